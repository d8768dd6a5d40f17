from __future__ import annotations

from datetime import UTC, datetime

import pytest
from extract_fixtures import PAGES

from crawler.extract import clean_text, examine

LINES = [" ".join(line.split()) for line in (PAGES / "seed.txt").read_text("utf-8").splitlines() if line.strip()]
INLINE, TOPICS = LINES.index("Read More"), LINES.index("Related Topics")
BODY = "\n\n".join(LINES[3:INLINE] + LINES[INLINE + 1 : TOPICS])
INSTANT = datetime(2020, 9, 30, 2, 17, 20, tzinfo=UTC)
LAYOUTS = sorted(path.name for path in PAGES.glob("seed-*.html"))


def test_there_are_five_layouts():
    assert len(LAYOUTS) == 5


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_article_comes_out_letter_for_letter(name):
    found = examine((PAGES / name).read_bytes(), "https://harbourpost.example/world/2020/us-pullout").article
    assert found is not None
    assert found.text == BODY
    assert (found.title, found.agency, found.published) == (LINES[0], "AFP", INSTANT)
    assert not found.published_uncertain
    assert found.captions == (LINES[2],)
    assert found.tags == ("Iraq", "Mike Pompeo", "Diplomatic Row", "USA")


def test_raw_text_gives_the_same_article():
    extraction = clean_text((PAGES / "seed.txt").read_text("utf-8"))
    found = extraction.article
    assert found is not None
    assert found.text == BODY
    assert (found.title, found.agency, found.captions) == (LINES[0], "AFP", (LINES[2],))
    assert found.published is not None
    assert found.published.isoformat() == "2020-09-30T05:17:20+03:00"
    assert found.tags == ("Iraq", "Mike Pompeo", "Diplomatic Row", "USA")
    removed = {r.text: r.reason for r in extraction.removed}
    assert removed["Read More"] == "label:related"
    assert removed["Previous article"] == "label:nav"
    assert removed[LINES[-1]] == "after-label:nav"


@pytest.mark.parametrize("text", ["", "\n \n", "One line", "A title\n\nAnd a line."])
def test_raw_text_without_a_story_gives_a_reason(text):
    found = clean_text(text)
    assert found.article is None
    assert found.reason in ("empty", "too-short")
