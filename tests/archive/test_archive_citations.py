"""Citations of outlets, on both databases: stored with their articles, replaced and deleted with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from archive_samples import NOW, make_alert, make_article

from crawler.archive import Archive, Entry
from crawler.archive.maintenance.retention import prune
from crawler.archive.model import Visited
from crawler.config.archive import ArchiveRetention
from crawler.items import Citation

LINK = Citation("link", "haaretz.com", "https://www.haaretz.com/2026/11/20/a-long-story-of-the-port")
NAME = Citation("name", "Reuters")
STORY = "00000000000000aa"


def entry(number: int, *cited: Citation, story: str = STORY, alerted: bool = False, **fields: object) -> Entry:
    article = make_article(number, citations=cited, **fields)
    return Entry(article, (make_alert(article, story=story),) if alerted else (), story=story)


def found(archive: Archive, days: int = 1) -> set[tuple[str, str, int]]:
    cited, complete = archive.cited_outlets.since(NOW - timedelta(days=days))
    assert complete
    return {(one.kind, one.name, one.article_id) for one in cited}


def test_all_articles_of_alerting_stories_count(archive: Archive):
    archive.store(
        [
            entry(1, LINK, NAME, alerted=True),
            entry(2, NAME, source="other"),
            entry(3, NAME, story="00000000000000bb"),
            entry(4, LINK, story="", alerted=True),
        ]
    )
    assert found(archive) == {("link", "haaretz.com", 1), ("name", "Reuters", 1), ("name", "Reuters", 2),
                              ("link", "haaretz.com", 4)}  # fmt: skip
    assert {one.story for one in archive.cited_outlets.since(NOW - timedelta(days=1))[0]} == {STORY, "article 4"}
    assert archive.cited_outlets.since(NOW + timedelta(seconds=1)) == ([], True)


def test_storing_again_changes_nothing(archive: Archive):
    archive.store([entry(1, LINK, alerted=True)])
    archive.store([entry(1, NAME, alerted=True)])
    assert found(archive) == {("link", "haaretz.com", 1)}


def test_an_edit_and_a_better_extractor_replace_them(archive: Archive):
    archive.store([entry(1, LINK, alerted=True)])
    edited = make_article(1, text="Another text.", citations=(NAME,))
    seen = Visited(1, NOW, None, 1, "v2", article=edited, changed=("text",), old_version="v1")
    archive.visits.record(seen)
    assert found(archive) == {("name", "Reuters", 1)}
    archive.correct(1, replace(edited, citations=(LINK, NAME)), NOW)
    assert found(archive) == {("link", "haaretz.com", 1), ("name", "Reuters", 1)}


def test_retention_deletes_them_with_their_articles(archive: Archive):
    archive.store([entry(1, LINK, alerted=True), entry(2, NAME, found=NOW - timedelta(days=90))])
    assert prune(archive, ArchiveRetention.model_validate({"keep": "30d"}), NOW).articles == 1
    assert found(archive) == {("link", "haaretz.com", 1)}


def test_dismissals_are_bounded_and_end_after_a_year(archive: Archive):
    dismissed = archive.dismissed_suggestions
    for number in range(5):
        dismissed.add(f"outlet{number}.com", NOW + timedelta(seconds=number), most=3)
    assert dismissed.all() == {"outlet2.com", "outlet3.com", "outlet4.com"}
    dismissed.add("new.com", NOW + timedelta(days=400))
    assert dismissed.all() == {"new.com"}
