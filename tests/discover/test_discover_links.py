from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pace import within

from crawler.discover.links import article_links

PAGE = "https://www.example.com/world/"


def found(html: str, url: str = PAGE) -> list[tuple[str, str]]:
    return [(candidate.url, candidate.title) for candidate in article_links(html.encode(), url)]


WORDPRESS = """<!DOCTYPE html><html lang="en-KE"><head><title>World</title></head><body class="home archive">
<header class="masthead"><nav><ul><li><a href="/world/">World</a></li><li><a href="/politics/">Politics</a></li>
<li><a href="/2026/11/20/how-we-work-and-who-pays-for-our-journalism/">How we work</a></li></ul></nav></header>
<main><article class="post-7 post"><header><h2 class="entry-title"><a href="https://www.example.com/2026/11/23/rain/"
rel="bookmark">Rain floods the capital again</a></h2><time datetime="2026-11-23T09:00:00+02:00">today</time></header>
<a class="more-link" href="https://www.example.com/2026/11/23/rain/#more">Continue reading</a>
<a href="https://www.example.com/category/weather/">Weather</a> <a href="https://www.example.com/author/ann-writer/">Ann</a>
<a href="https://www.example.com/2026/11/23/rain/#comments">12 Comments</a></article>
<article class="post-8 post"><a href="/2026/11/22/vote/"><img src="v.jpg" alt=""></a><h2><a href="/2026/11/22/vote/">
Parliament votes on the budget</a></h2></article></main>
<aside><a href="/tag/kenya/">Kenya</a></aside>
<footer><a href="/privacy-policy/">Privacy</a><a href="https://social.example.net/2026/11/23/share-this-page">Share</a></footer>
</body></html>"""


def test_wordpress_archive_with_dates():
    candidates = article_links(WORDPRESS.encode(), PAGE)
    assert [(candidate.url, candidate.title) for candidate in candidates] == [
        ("https://www.example.com/2026/11/23/rain/", "Rain floods the capital again"),
        ("https://www.example.com/2026/11/22/vote/", "Parliament votes on the budget"),
    ]
    assert [candidate.published for candidate in candidates] == [datetime(2026, 11, 23, 7, tzinfo=UTC), None]
    assert {(candidate.language, candidate.listed_in) for candidate in candidates} == {("en-KE", PAGE)}


SITES = {
    "Arc cards whose headline is inside the link": (
        """<div id="fusion-app"><div class="story-card">
        <a href="/news/2026/11/23/strike-ends-after-nine-days/">
        <span class="label">Transport</span><h3>Strike ends after nine days</h3><p>Trains run.</p></a></div></div>""",
        [("https://www.example.com/news/2026/11/23/strike-ends-after-nine-days/", "Strike ends after nine days")],
    ),
    "Drupal views with node numbers": (
        """<div class="view-content">""" + "".join(
            f'<div class="views-row"><span class="field-content"><a href="/node/{10_000 + n}">Council decides on matter'
            f' number {n}</a></span></div>' for n in range(3)) + "</div><a href='?page=1'>2</a>",
        [(f"https://www.example.com/node/{10_000 + n}", f"Council decides on matter number {n}") for n in range(3)],
    ),
    "ids in the query, relative to a base": (
        """<head><base href="https://www.example.com/portal/"></head><table><tr><td><a href="view.php?idxno=8576">
        First report of the long day</a></td></tr><tr><td><a href="view.php?idxno=8577">8577</a></td></tr>
        <tr><td><a href="list.php?page=2">Next</a></td></tr></table>""",
        [("https://www.example.com/portal/view.php?idxno=8576", "First report of the long day"),
         ("https://www.example.com/portal/view.php?idxno=8577", "8577")],
    ),
    "Cyrillic": (
        """<ul class="список"><li><a href="/новости/министр-ушёл-в-отставку">Министр неожиданно ушёл в отставку</a></li>
        <li><a href="/новости/">Все новости</a></li></ul>""",
        [("https://www.example.com/новости/министр-ушёл-в-отставку", "Министр неожиданно ушёл в отставку")],
    ),
    "Japanese without spaces": (
        """<div class="news"><h2><a href="/articles/ASR8X">首相が内閣改造を表明した</a></h2>
        <a href="/politics/">政治</a></div>""",
        [("https://www.example.com/articles/ASR8X", "首相が内閣改造を表明した")],
    ),
    "Arabic slugs": (
        """<h3><a href="/news/politics/وزير-الخارجية-يزور-العاصمة">وزير الخارجية يزور العاصمة اليوم</a></h3>""",
        [("https://www.example.com/news/politics/وزير-الخارجية-يزور-العاصمة", "وزير الخارجية يزور العاصمة اليوم")],
    ),
    "a short opaque path under a headline": (
        """<section><h2><a href="/x/kq">The harbour opens to ships after repairs</a></h2></section>""",
        [("https://www.example.com/x/kq", "The harbour opens to ships after repairs")],
    ),
    "picture link first, headline later": (
        """<main><a href="/a/4711123?utm_source=front" title="Photo"><img></a>
        <a href="/a/4711123">A bridge is closed for two weeks</a></main>""",
        [("https://www.example.com/a/4711123?utm_source=front", "A bridge is closed for two weeks")],
    ),
    "navigation, tags, media, other sites": (
        """<nav><a href="/2026/11/23/x-y-z-in-navigation">In navigation</a></nav><div class="tag-list tags">
        <a href="/thema/bundestag-und-die-politik-in-berlin">Bundestag und die Politik</a></div>
        <a href="/videos/clip-of-the-day-12345678">A clip of the day that is long</a>
        <a href="/a.pdf">The report as a file</a>
        <a href="https://elsewhere.example.org/2026/11/23/their-own-long-story">Their own long story today</a>
        <a href="#top">Back to the top of this page</a><a href="javascript:x()">Open the long menu of items</a>
        <a name="x">An anchor without any target here</a><a href="http://[bad">A broken link with many words</a>
        <a href="//[bad#x">Another broken link with words</a>""",
        [],
    ),
    "the page itself": ('<h1><a href="/world/?utm_source=x">All the news of the whole world</a></h1>', []),
}  # fmt: skip


@pytest.mark.parametrize("name", SITES)
def test_sites(name: str):
    html, expected = SITES[name]
    assert found(html) == expected


def test_limit_keeps_the_first():
    html = "".join(
        f"<h2><a href='/2026/11/23/story-{n}-is-told-here/'>Story {n} is told here</a></h2>" for n in range(50)
    )
    assert [candidate.title for candidate in article_links(html.encode(), PAGE, limit=2)] == [
        "Story 0 is told here",
        "Story 1 is told here",
    ]
    assert len(article_links(html.encode(), PAGE)) == 50


def test_a_time_belongs_to_its_own_card_only():
    html = """<ul><li><a href="/2026/11/23/first-story-of-today/">First story of the day</a>
    <time datetime="2026-11-23T07:00Z"></li><li><a href="/2026/11/23/second-story-of-today/">Second story of the
    day</a></li>
    <li><time datetime="2026-11-22T07:00Z"></time></li></ul>"""
    dates = [candidate.published for candidate in article_links(html.encode(), PAGE)]
    assert dates == [datetime(2026, 11, 23, 7, tzinfo=UTC), None]


@pytest.mark.parametrize(
    ("encoding", "head", "content_type"),
    [
        ("windows-1251", "", "text/html; charset=windows-1251"),
        ("windows-1251", '<meta charset="windows-1251">', ""),
        ("windows-1251", '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">', "text/html"),
        ("utf-8", "", ""),
        ("utf-16", "", ""),
    ],
)
def test_charsets(encoding: str, head: str, content_type: str):
    html = f"<html><head>{head}</head><h2><a href='/2026/11/23/x-y-z/'>Министр ушёл в отставку вчера</a></h2></html>"
    (candidate,) = article_links(html.encode(encoding), PAGE, content_type=content_type)
    assert candidate.title == "Министр ушёл в отставку вчера"


@pytest.mark.parametrize(
    "body", [b"", b" ", b"\x00\x00", b"plain text", b"%PDF-1.7 \xff\xfe", b"<!-- only -->", b"<?xml?>"]
)
def test_what_is_no_page_has_no_links(body: bytes):
    assert article_links(body, PAGE) == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        b"<a href='/2026/11/23/a-b-c-d-e'>" * 30_000,
        b"<div>" * 100_000 + b"<a href=/x/y-z-a-b-c>",
        b"<a href='/" + b"a-" * 500_000 + b"'>x</a>",
        b"<p><a href=/2026/11/23/a-b>" + b"word " * 1_000_000,
        b"<time datetime='" * 50_000,
        b"<ul>" + b"<li><time datetime=2026-11-23></time><a href=/2026/11/23/a-b-c-d>a b c d e f g h i j</a>" * 20_000,
    ],
)
def test_hostile_pages_end_in_bounded_time(body: bytes):
    with within(10):
        article_links(body, PAGE)


@given(st.binary(max_size=200))
def test_garbage_gives_links_or_none(junk: bytes):
    for body in (junk, WORDPRESS.encode()[:900] + junk + WORDPRESS.encode()[900:]):
        assert all(candidate.url.startswith("http") for candidate in article_links(body, PAGE))
