"""Everything of a page is in its article or can be seen as removed or left out."""

from __future__ import annotations

from extract_fixtures import URL, page, paragraphs

from crawler.extract import Hints, examine
from crawler.extract.body.omitted import REASON

STORY = "".join(paragraphs())


def test_what_neither_the_article_nor_its_boilerplate_has_is_named_when_asked() -> None:
    extra = (
        "<nav><a href=/a>World of lakes</a> <a href=/b>Sport of kings</a></nav>"
        "<div class='menu-sidebar'><p>Tide tables for <b>every</b> harbour</p>"
        "<p>Tide tables for every harbour</p></div>"
        "<table class=nav><tr><td>Cell of its own<td>Another cell</table>"
    )
    html = page(STORY + extra + "<script>var x = 'never seen'</script>")
    found = examine(html, URL, Hints(explain=True))
    assert found.article is not None
    everything = found.article.text + found.article.title + "\n".join(one.text for one in found.removed)
    for line in (
        "World of lakes",
        "Sport of kings",
        "Tide tables for every harbour",
        "Cell of its own",
        "Another cell",
    ):
        assert line in everything
    assert "never seen" not in everything
    left_out = [one.text for one in found.removed if one.reason == REASON]
    assert len(left_out) == len(set(left_out))
    assert not any(line in found.article.text for line in left_out)
    assert REASON not in {one.reason for one in examine(html, URL).removed}, "it costs time: only when asked"


def test_a_page_that_is_no_article_shows_what_is_on_it() -> None:
    found = examine(page("<p>Nothing much to read.</p>"), URL, Hints(explain=True))
    assert found.article is None
    assert any("Nothing much to read." in one.text for one in found.removed)
