from __future__ import annotations

import gzip
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pace import within

from crawler.discover.sitemaps.choice import ChildHistory, due_children, newest_children
from crawler.discover.sitemaps.reader import MAX_URLS, read_sitemap
from crawler.errors import SitemapError
from crawler.items import Candidate

URL = "https://news.example.com/sitemap.xml"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SEVEN = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
ROOT = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
)


def urlset(*entries: str, root: str = ROOT) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}{"".join(entries)}</urlset>'.encode()


def entry(number: int) -> str:
    return f"<url><loc>https://news.example.com/{number}</loc><lastmod>2026-11-23</lastmod></url>"


def urls(body: bytes) -> list[str]:
    return [candidate.url for candidate in read_sitemap(body, URL).candidates]


def test_a_news_sitemap():
    body = urlset(
        "<url><loc> https://news.example.com/rain?a=1&amp;b=2\n</loc><lastmod>2026-11-23T07:00:00Z</lastmod>"
        "<news:news><news:publication><news:name>The News</news:name><news:language>sw</news:language>"
        "</news:publication><news:publication_date>2026-11-23T10:00:00+03:00</news:publication_date>"
        "<news:title>Rain &amp; storm</news:title><news:keywords>weather, Kenya,,weather</news:keywords></news:news>"
        "<image:image><image:loc>https://img.example.com/1.jpg</image:loc><image:title>No</image:title></image:image></url>"
    )
    sitemap = read_sitemap(body, URL)
    assert sitemap.news
    assert sitemap.children == ()
    assert sitemap.candidates == (
        Candidate(
            url="https://news.example.com/rain?a=1&b=2",
            title="Rain & storm",
            published=SEVEN,
            modified=SEVEN,
            language="sw",
            tags=("weather", "Kenya"),
            listed_in=URL,
        ),
    )


def test_an_index():
    body = (
        b'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        b"<sitemap><loc>/a.xml</loc><lastmod>2026-11-23T07:00:00Z</lastmod></sitemap>"
        b"<sitemap><loc>https://news.example.com/a.xml</loc></sitemap><sitemap><loc>ftp://x/</loc></sitemap>"
        b"<sitemap><loc>https://news.example.com/b.xml.gz</loc></sitemap></sitemapindex>"
    )
    sitemap = read_sitemap(body, URL)
    assert sitemap.children == (
        ("https://news.example.com/a.xml", SEVEN),
        ("https://news.example.com/b.xml.gz", None),
    )
    assert (sitemap.candidates, sitemap.news) == ((), False)


@pytest.mark.parametrize(
    "body",
    [
        urlset(entry(1), entry(2)),
        gzip.compress(urlset(entry(1), entry(2))),
        b"\xef\xbb\xbf\r\n" + urlset(entry(1), entry(2)),
        urlset(entry(1), entry(2)).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        urlset(entry(1), entry(2), root="<urlset>"),
        urlset(entry(1), "<!-- <url><loc>https://x.example/</loc></url> -->", entry(2)),
        urlset(entry(1), "</oops>", entry(2)),
        urlset(entry(1), "<url><lastmod>x</lastmod></url><url><loc>javascript:x</loc></url>", entry(2)),
        urlset(entry(1), entry(2))[:-9],
        urlset(entry(1), entry(2), "<url><loc>https://news.exa").replace(b"</urlset>", b""),
        gzip.compress(urlset(entry(1), entry(2), *(f"<!-- {n} -->" for n in range(3000))))[:-400],
        urlset(entry(1), entry(2)).replace(b"lastmod>", b"last\x00mod>"),
        urlset(entry(1), "<url><loc><![CDATA[https://news.example.com/2]]></loc></url>"),
        b'<s:urlset xmlns:s="http://x"><s:url><s:loc>/1</s:loc></s:url><s:url><s:loc>/2</s:loc></s:url></s:urlset>',
        b"https://news.example.com/1\r\n\r\n  https://news.example.com/2  \nhttps://news.example.com/1\n",
        b"PHP warning\n" + urlset(entry(1), entry(2)),
    ],
)
def test_two_pages_in_many_shapes(body: bytes):
    assert urls(body) == ["https://news.example.com/1", "https://news.example.com/2"]


def test_bare_ampersands_and_doubly_escaped_ones():
    body = urlset(
        "<url><loc>https://a.example/?a=1&b=2</loc></url><url><loc>https://a.example/?c=1&amp;amp;d=2</loc></url>"
    )
    assert urls(body) == ["https://a.example/?a=1&b=2", "https://a.example/?c=1&d=2"]


def test_character_references_even_impossible_ones():
    body = urlset(
        "<url><loc>https://a.example/&#xD800;&#55296;&#0;&#x110000;1</loc><news:news>"
        "<news:title>A &#128512; &#228; &#xe4;</news:title></news:news></url>"
    )
    (candidate,) = read_sitemap(body, URL).candidates
    assert candidate.title == "A 😀 ä ä"
    assert candidate.url.startswith("https://a.example/&#")


def test_entities_are_neither_expanded_nor_fetched():
    body = urlset("<url><loc>https://a.example/&x;&y;</loc></url>").replace(
        b"<urlset", b'<!DOCTYPE u [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "yyyy">]><urlset', 1
    )
    assert urls(body) == ["https://a.example/&x;&y;"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<html><body>Not found</body></html>", "HTML"),
        (b"not found", "neither"),
        (b"\x1f\x8bnonsense", "gzip"),
    ],
)
def test_what_is_no_sitemap_is_refused_with_the_reason(body: bytes, reason: str):
    assert_refused(body, reason)


def assert_refused(body: bytes, reason: str) -> None:
    tracemalloc.start()
    with pytest.raises(SitemapError, match=reason) as caught:
        read_sitemap(body, URL)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.subject == URL
    assert peak < 130_000_000


def bomb(byte: bytes, megabytes: int) -> bytes:
    """Return a gzip stream of so many bytes, made piece by piece: the whole is more than a test should hold."""
    press, piece = zlib.compressobj(9, wbits=31), byte * 1_000_000
    return b"".join([press.compress(b"<urlset>"), *(press.compress(piece) for _ in range(megabytes)), press.flush()])


@pytest.mark.slow
@pytest.mark.parametrize(("byte", "megabytes"), [(b" ", 60), (b"\x00", 600)])
def test_what_inflates_to_too_much_is_refused(byte: bytes, megabytes: int):
    assert_refused(bomb(byte, megabytes), "more than")


@pytest.mark.slow
def test_at_most_50000_pages_in_bounded_memory_and_time():
    body = urlset(*(entry(number) for number in range(MAX_URLS + 1000)))
    with within(30):
        assert len(read_sitemap(body, URL).candidates) == MAX_URLS


@pytest.mark.slow
@pytest.mark.parametrize(
    "junk",
    [
        b"<url>" * 200_000,
        b"<url " * 100_000,
        b"<url><loc>" + b"a" * 5_000_000,
        b"&" * 2_000_000,
        b"<url>" + b"<image:loc>x</image:loc>" * 100_000 + b"</url>",
        b"<!DOCTYPE" * 50_000,
        b"<!--" * 100_000,
    ],
)
def test_hostile_markup_ends_in_bounded_time(junk: bytes):
    with within(10):
        found = urls(urlset(entry(1), "@@@", entry(2)).replace(b"@@@", junk))
    assert found[:1] == ["https://news.example.com/1"]


@given(st.binary(max_size=300), st.integers(0, 300))
def test_garbage_gives_a_sitemap_or_a_sitemap_error(junk: bytes, place: int):
    whole = urlset(entry(1), entry(2))
    for body in (junk, whole[:place] + junk + whole[place:], gzip.compress(whole)[: place % 100] + junk):
        try:
            assert all(candidate.url.startswith("http") for candidate in read_sitemap(body, URL).candidates)
        except SitemapError:
            continue


def day(number: int) -> datetime:
    return datetime(2026, 11, number, tzinfo=UTC)


CHILDREN = [
    # WordPress with Yoast: posts by number with lastmod, the rest is not about articles
    (
        [("post-sitemap.xml", day(1)), ("post-sitemap12.xml", day(23)), ("category-sitemap.xml", day(23)),
         ("author-sitemap.xml", day(23)), ("page-sitemap.xml", day(23)), ("post_tag-sitemap.xml", day(23))],
        ["post-sitemap12.xml"],
    ),
    (
        [("all.xml", day(23)), ("news.xml", day(2)), ("video-news.xml", day(22))],
        ["video-news.xml", "news.xml", "all.xml"],
    ),
    (
        [(f"sitemap-{year}-{month:02}.xml", None) for year in (2024, 2026) for month in range(1, 13)],
        ["sitemap-2026-11.xml"],
    ),
    (
        [(f"sitemap.xml?yyyy=2026&mm=11&dd={number:02}", None) for number in range(1, 24)],
        [f"sitemap.xml?yyyy=2026&mm=11&dd={number}" for number in (23, 22, 21, 20)],
    ),
    ([(f"2026/11/{number:02}.xml.gz", day(23)) for number in range(18, 30)],
     [f"2026/11/{number}.xml.gz" for number in (23, 22, 21, 20)]),
    ([("archive-20261123.xml", None), ("s-20261123.xml", None), ("s-20250101.xml", None)], ["s-20261123.xml"]),
    ([(f"s{number}.xml", None) for number in range(1, 12)], [f"s{number}.xml" for number in (11, 10, 9, 8)]),
    ([("a.xml", day(1)), ("b.xml", day(19)), ("c.xml", day(23))], ["c.xml"]),
    # lastmods that nobody keeps up say nothing but in which order to try
    ([("a.xml", day(1)), ("b.xml", day(19))], ["b.xml", "a.xml"]),
    ([("a.xml", day(23)), ("b2.xml", day(23)), ("b10.xml", day(23))], ["b10.xml", "b2.xml", "a.xml"]),
    ([("a.xml", NOW + timedelta(days=400)), ("b.xml", NOW)], ["a.xml", "b.xml"]),
    ([], []),
]  # fmt: skip


@pytest.mark.parametrize(("children", "expected"), CHILDREN)
def test_the_children_worth_fetching(children: list[tuple[str, datetime | None]], expected: list[str]):
    base = "https://example.com/"
    chosen = newest_children([(base + name, lastmod) for name, lastmod in children], NOW)
    assert chosen == tuple(base + name for name in expected)


def test_limit_and_age_are_arguments():
    children = [(f"https://a.example/s{number}.xml", day(number)) for number in range(1, 24)]
    assert newest_children(children, NOW, limit=1) == ("https://a.example/s23.xml",)
    assert newest_children(children, NOW, limit=0) == ()
    assert len(newest_children(children, NOW, limit=99, max_age=timedelta(days=10))) == 10


def test_rss_and_atom_are_sitemaps_too():
    """https://www.sitemaps.org/protocol.html, "Other Sitemap formats"."""
    rss = (
        b"<rss version='2.0'><channel><link>https://news.example.com/</link><item><link>/ferry</link>"
        b"<pubDate>Mon, 23 Nov 2026 07:00:00 GMT</pubDate></item></channel></rss>"
    )
    atom = (
        b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><link href='https://news.example.com/ferry'/></entry></feed>"
    )
    assert [(one.url, one.published) for one in read_sitemap(rss, URL).candidates] == [
        ("https://news.example.com/ferry", SEVEN)
    ]
    assert urls(atom) == urls(gzip.compress(atom)) == ["https://news.example.com/ferry"]


KINDS_OF_NAMES = (
    lambda n: f"sitemap-{2026 - n}.xml",
    lambda n: f"sitemap-{n}.xml",
    lambda n: f"part-{chr(97 + n)}.xml",
    lambda n: f"archive-{n}.xml",
    lambda n: f"sitemap.xml?yyyy={2026 - n // 11}&mm={1 + n % 11}",
)
LASTMODS = (
    lambda _: None,
    lambda _: NOW,
    lambda _: datetime(2019, 1, 1, tzinfo=UTC),
    lambda n: NOW - timedelta(days=30 * n),
    lambda n: NOW + timedelta(days=n),
)


@pytest.mark.slow
@given(
    st.sampled_from(KINDS_OF_NAMES),
    st.sampled_from(LASTMODS),
    st.integers(1, 26),
    st.integers(0, 25),
    st.integers(0, 200),
    st.booleans(),
)
def test_whichever_child_names_something_new_is_read_soon_and_then_by_every_crawl(
    name, lastmod, count: int, lively: int, quiet: int, lively_from_the_start: bool
):
    """Crawls ten minutes apart: after `quiet` of them, one child names something new each time."""
    children = [(f"https://a.example/{name(n)}", lastmod(n)) for n in range(count)]
    changing = children[lively % count][0]
    past: dict[str, ChildHistory] = {}
    now, found = NOW, []
    for crawl in range(quiet + 150):
        due = [child.url for child in due_children(children, past, now)]
        assert len(due) == len(set(due)) <= 12
        for url in due:
            is_new = url == changing and (crawl >= quiet or lively_from_the_start)
            past[url] = ChildHistory(
                now.timestamp(), 0 if is_new else past.get(url, ChildHistory()).unchanged_reads + 1
            )
        found.append(changing in due)
        now += timedelta(minutes=10)
    after = found[quiet:]
    assert after.index(True) <= 144, "within a day"
    assert all(after[after.index(True) :])


@pytest.mark.slow
def test_old_children_cost_little():
    children = [(f"https://a.example/sitemap-{year}.xml", None) for year in range(1990, 2027)]
    past: dict[str, ChildHistory] = {}
    requests = 0
    for crawl in range(144 * 7):
        now = NOW + timedelta(minutes=10 * crawl)
        for child in due_children(children, past, now):
            requests += child.stale
            past[child.url] = ChildHistory(now.timestamp(), past.get(child.url, ChildHistory()).unchanged_reads + 1)
    assert requests <= 36 * 8, "once a day each"
