from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from crawler.discover.explore.pages import declared_feeds, page_title, robots_sitemaps, section_links
from crawler.discover.explore.proposal import Kind, ago
from crawler.discover.explore.site import EntryPoint, Explorer, Fetched, Proposal, entry_points, start_url

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOME = "https://news.example.com/"


def story(number: int) -> str:
    return f"{HOME}world/2026/11/23/story-{number}/"


def rss(
    numbers: Iterable[int], title: str = "World news", *, age: timedelta = timedelta(minutes=12), extra: str = ""
) -> bytes:
    date = (NOW - age).strftime("%a, %d %b %Y %H:%M:%S GMT")
    items = "".join(
        f"<item><title>Story {n}</title><link>{story(n)}</link><pubDate>{date}</pubDate>{extra}</item>" for n in numbers
    )
    return f'<rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'.encode()


def page(numbers: Iterable[int], head: str = "", body: str = "") -> bytes:
    cards = "".join(
        f"<article><h3><a href='{story(n)}'>Headline of story number {n}</a></h3></article>" for n in numbers
    )
    title = "<title>Home of News</title>"
    return f"<html lang='en'><head>{title}{head}</head><body>{body}<main>{cards}</main></body></html>".encode()


def sitemap(numbers: Iterable[int], *, news: bool = True, date: str = "2026-11-23T07:30:00Z") -> bytes:
    tags = f"<news:news><news:publication_date>{date}</news:publication_date></news:news>" if news else ""
    urls = "".join(f"<url><loc>{story(n)}</loc><lastmod>{date}</lastmod>{tags}</url>" for n in numbers)
    return f'<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{urls}</urlset>'.encode()


def index(*names: str) -> bytes:
    children = "".join(f"<sitemap><loc>{HOME}{name}</loc></sitemap>" for name in names)
    return f"<sitemapindex>{children}</sitemapindex>".encode()


def declare(*hrefs: str) -> str:
    return "".join(f'<link rel="alternate" type="application/rss+xml" href="{href}">' for href in hrefs)


def explore(web: Mapping[str, bytes], address: str = "news.example.com") -> tuple[Proposal, list[str]]:
    """Answer from `web` (paths below HOME, or whole URLs); what is not in it is a 404."""
    explorer = Explorer(address, NOW)
    asked: list[str] = []
    while batch := explorer.next_urls():
        asked += batch
        for url in reversed(batch):  # the order of answers must not matter
            body = web.get(url) or web.get(url.removeprefix(HOME))
            explorer.receive(Fetched(url, url, 200 if body else 404, {"Content-Type": "text/html"}, body or b""))
    return explorer.proposal(), asked


def rejections(proposal: Proposal) -> dict[str, str]:
    return {rejection.url.removeprefix(HOME): rejection.reason for rejection in proposal.rejected}


def test_a_site_that_declares_everything():
    bad = {
        "comments/feed": rss(range(5), "Comments on News"),
        "dead.xml": rss(range(10), "Old", age=timedelta(days=100)),
        "podcast.xml": rss(range(9), "Talk", extra='<enclosure url="https://a.example/a.mp3" type="audio/mpeg"/>'),
        "empty.xml": rss([]),
        "again.xml": rss(range(30)),
        "links.xml": rss(range(5)).replace(b"news.example.com", b"press.test"),
        "page.xml": b"<html><body>404 in disguise</body></html>",
    }
    web = {
        HOME: page(
            range(40),
            declare("/world.xml", *(f"/{name}" for name in bad)) + "<link rel=alternate href=/sw>",
        ),
        "robots.txt": f"User-agent: *\nDisallow: /x\nSITEMAP: {HOME}news.xml # here\nSitemap: /images.xml".encode(),
        "news.xml": sitemap(range(50)),
        "world.xml": rss(range(36)),
        **bad,
    }
    proposal, asked = explore(web)
    assert (proposal.title, proposal.language, proposal.site) == ("Home of News", "en", HOME)
    (feed,) = proposal.feeds
    assert (feed.url, feed.title, feed.items, feed.coverage) == (HOME + "world.xml", "World news", 36, 0.9)
    assert feed.reason == "36 items, newest 12 minutes ago, covers 90% of the home page's articles"
    (news,) = proposal.sitemaps
    assert news.reason == "50 items, newest 30 minutes ago, covers 100% of the home page's articles, a news sitemap"
    assert proposal.sections == ()
    assert rejections(proposal) == {
        "comments/feed": "a feed of comments",
        "dead.xml": "dead: newest item 100 days ago",
        "podcast.xml": "a podcast: its entries carry audio or video",
        "empty.xml": "empty",
        "again.xml": f"30 of its 30 entries are in {HOME}world.xml",
        "links.xml": "5 of 5 links lead to other sites",
        "page.xml": "an HTML page, not a feed",
        "": "100% of the home page is covered already",
    }
    assert entry_points(proposal) == (
        EntryPoint(HOME + "world.xml", Kind.FEED),
        EntryPoint(HOME + "news.xml", Kind.SITEMAP),
    )
    assert proposal.requests == len(asked) == len(set(asked)) == 11


def test_feeds_that_complete_each_other_are_all_chosen_best_first():
    web = {
        HOME: page(range(40), declare("/sport", "/world", "/top")),
        "sport": rss(range(30, 50), "Sport"),
        "world": rss(range(30), "World"),
        "top": rss(range(25, 35), "Top stories"),
    }
    proposal, _ = explore(web)
    assert [choice.title for choice in proposal.feeds] == ["World", "Sport"]
    assert "10 of its 10 entries are in" in rejections(proposal)["top"]


def test_usual_places_are_tried_and_a_dated_sitemap_is_reached_by_its_index():
    web = {
        HOME: page(range(40)),
        "feed": rss(range(10)),
        "sitemap.xml": index("sitemap-2026-10.xml", "sitemap-2026-11.xml", "images.xml"),
        "sitemap-2026-11.xml": sitemap(range(40), news=False),
    }
    proposal, asked = explore(web)
    assert entry_points(proposal) == (
        EntryPoint(HOME + "feed", Kind.FEED),
        EntryPoint(HOME + "sitemap.xml", Kind.SITEMAP),
    )
    assert HOME + "sitemap-2026-10.xml" not in asked
    assert all("404" not in rejection.reason for rejection in proposal.rejected)


def test_an_index_is_polled_whatever_its_children_are_called():
    web = {
        HOME: page(range(40)),
        "robots.txt": b"Sitemap: /all.xml",
        "all.xml": index("news-sitemap.xml"),
        "news-sitemap.xml": sitemap([1]),
    }
    proposal, _ = explore(web)
    assert [choice.url for choice in proposal.sitemaps] == [HOME + "all.xml"]


def test_without_feeds_and_sitemaps_sections_are_followed():
    menu = "<a href='/sport'>Sport</a><a href='/sport/'>Sport</a><a href='/same'>Same</a><a href='/search'>?</a>"
    web = {
        HOME: page(range(20), body=menu),
        "sport": page(range(100, 110)),
        "same": page(range(5)),
        "sitemap.xml": sitemap(range(20), date="2026-11-10T08:00:00Z"),
    }
    proposal, _ = explore(web)
    assert [choice.url for choice in proposal.sections] == [HOME, HOME + "sport"]
    assert proposal.sections[0].reason == "20 items, undated, covers 100% of the home page's articles"
    assert rejections(proposal)["same"] == "adds only 0 articles"
    assert rejections(proposal)["sitemap.xml"] == "a sitemap without recent dates (newest item 13 days ago)"
    assert {point.kind for point in entry_points(proposal)} == {Kind.SECTION}


def test_what_is_wrong_with_sitemaps_and_hidden_comment_feeds_is_said():
    comments = rss(range(4), "Latest").replace(b"/</link>", b"/#comment-7</link>")
    web = {
        HOME: page(range(20), declare("/latest", "/all")),
        "robots.txt": b"Sitemap: /index.xml\nSitemap: /torn.xml\nSitemap: /news.xml\nSitemap: /more.xml",
        "index.xml": index("sitemap-2019-01.xml", "images.xml"),
        "torn.xml": b"\x1f\x8bno gzip",
        "news.xml": sitemap(range(20)),
        "more.xml": sitemap(range(20), news=False),
        "latest": comments,
        "all": rss(range(9)),
    }
    proposal, _ = explore(web)
    assert rejections(proposal) == {
        "latest": "a feed of comments",
        "index.xml": "an index without sitemaps of recent articles",
        "torn.xml": "broken gzip (Error -3 while decompressing data: unknown compression method)",
        "more.xml": "adds nothing to what is chosen",
        "": "100% of the home page is covered already",
    }


def test_children_of_one_dated_index_are_one_entry_point_and_undated_ones_count_too():
    web = {
        HOME: page(range(30)),
        "robots.txt": b"Sitemap: /index.xml",
        "index.xml": index("s-2026-11-23.xml", "s-2026-11-22.xml"),
        "s-2026-11-23.xml": sitemap(range(10), news=False),
        "s-2026-11-22.xml": sitemap(range(10, 20), news=False),
    }
    proposal, _ = explore(web)
    assert [choice.url for choice in proposal.sitemaps] == [HOME + "index.xml"]
    assert [choice.url for choice in proposal.sections] == [HOME]


def test_many_feeds_and_sections_are_limited():
    names = [f"part{letter}" for letter in "abcdefgh"]
    menu = "".join(f"<a href='/{name}x'>{name}</a>" for name in names)
    web = {HOME: page(range(200, 290), declare(*names), menu)}
    web |= {name: rss(range(10 * n, 10 * n + 10), name) for n, name in enumerate(names)}
    web |= {f"{name}x": page(range(1000 + 10 * n, 1010 + 10 * n)) for n, name in enumerate(names)}
    proposal, asked = explore(web)
    assert [choice.title for choice in proposal.feeds] == names
    assert [choice.url.removeprefix(HOME) for choice in proposal.sections] == ["", *(f"{name}x" for name in names[:4])]
    assert len(asked) <= 25


def test_links_to_the_same_house_under_another_suffix_are_no_other_site():
    web = {HOME: page(range(9), declare("/rss")), "rss": rss(range(9)).replace(b"news.example.com", b"example.co.ke")}
    proposal, _ = explore(web)
    assert [choice.coverage for choice in proposal.feeds] == [0.0]


def test_a_home_page_made_by_scripts_is_judged_by_its_feeds():
    proposal, _ = explore({HOME: b"<html><div id=app></div></html>", "rss.xml": rss(range(3))})
    assert [choice.reason for choice in proposal.feeds] == ["3 items, newest 12 minutes ago"]
    assert rejections(proposal)[""] == "empty"


def test_a_page_that_lists_feeds_is_read():
    links = "".join(f"<li><a href='/rss/{name}.xml'>{name}</a></li>" for name in ("world", "sport"))
    web = {
        HOME: page(range(20), body="<footer><a href='/rss'>RSS feeds</a></footer>"),
        "rss": f"<html><body><ul>{links}</ul></body></html>".encode(),
        "rss/world.xml": rss(range(12)),
        "rss/sport.xml": rss(range(12, 22)),
    }
    proposal, _ = explore(web)
    assert [choice.url for choice in proposal.feeds] == [HOME + "rss/world.xml", HOME + "rss/sport.xml"]


def test_the_address_of_a_feed_is_that_feed():
    proposal, asked = explore({HOME + "world.xml": rss(range(3))}, "https://news.example.com/world.xml")
    assert entry_points(proposal) == (EntryPoint(HOME + "world.xml", Kind.FEED),)
    assert (proposal.title, len(asked)) == ("World news", 2)


def test_where_a_home_page_does_not_answer_others_are_tried():
    explorer = Explorer("example.com", NOW)
    assert set(explorer.next_urls()) == {"https://example.com/", "https://example.com/robots.txt"}
    explorer.fail("https://example.com/", "no such host")
    explorer.fail("https://example.com/robots.txt", "no such host")
    assert explorer.next_urls() == ("https://www.example.com/", "http://example.com/")
    both = Fetched("http://example.com/", HOME, 200, body=page(range(9), declare("/rss")))
    explorer.receive(both)
    explorer.receive(Fetched("https://www.example.com/", HOME, 200, body=page(range(3))))
    assert explorer.next_urls()[0] == HOME + "rss"
    explorer.receive(Fetched(HOME + "rss", HOME + "rss", 200, body=rss(range(9))))
    proposal = explorer.proposal()
    assert (proposal.site, proposal.feeds[0].coverage) == (HOME, 1.0)
    assert rejections(proposal)["https://example.com/"] == "no such host"


def test_answers_to_questions_not_asked_are_ignored():
    explorer = Explorer("news.example.com", NOW)
    explorer.next_urls()
    explorer.receive(Fetched(HOME + "other", HOME, 200, body=rss(range(3))))
    explorer.fail(HOME + "other", "x")
    explorer.receive(Fetched(HOME + "robots.txt", HOME, 500))
    assert explorer.proposal().is_empty
    assert explorer.proposal().rejected == ()


def test_a_site_that_answers_nothing_ends_with_an_empty_proposal():
    proposal, asked = explore({})
    assert proposal.is_empty
    assert entry_points(proposal) == ()
    assert rejections(proposal) == {"": "HTTP 404"}
    assert len(asked) <= 25


def test_a_site_without_end_is_left_after_25_requests():
    class Maze(dict[str, bytes]):
        def get(self, url: str, default: object = None) -> bytes:  # type: ignore[override]
            feeds = declare(*(f"{url}{n}/feed.xml" for n in range(9)))
            return page(range(3), feeds, f"<a href='{url}more/rss'>RSS</a>")

    _, asked = explore(Maze())
    assert len(asked) == len(set(asked)) == 25


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("bbc.com", "https://bbc.com/"),
        (" bbc.com/news ", "https://bbc.com/news"),
        ("http://bbc.com", "http://bbc.com/"),
        ("https://bbc.com/news?x=1", "https://bbc.com/news?x=1"),
        ("localhost:8000", "https://localhost:8000/"),
        ("http://127.0.0.1:8000/a", "http://127.0.0.1:8000/a"),
        ("http://[::1]:8000", "http://[::1]:8000/"),
        ("bücher.example", "https://bücher.example/"),
    ],
)
def test_addresses_as_people_type_them(address: str, url: str):
    assert start_url(address) == url


@pytest.mark.parametrize("address", ["", "bbc", "ftp://bbc.com", "two words.com", "https://", "a" * 9000 + ".com"])
def test_what_is_no_address(address: str):
    with pytest.raises(ValueError, match=r"URL|address|host"):
        Explorer(address, NOW)


def test_robots_sitemaps():
    robots = f"Sitemap:{HOME}a.xml\n sitemap : /b.xml\nSitemap: {HOME}a.xml\nSitemap:\nSitemap: ftp://x/\nX-Sitemap: /c"
    assert robots_sitemaps(robots.encode(), HOME + "robots.txt") == (HOME + "a.xml", HOME + "b.xml")
    assert robots_sitemaps(b"\xff\xfe\x00", HOME) == ()


def test_declared_feeds_come_before_linked_ones():
    html = b"""<a href="/rss/world">W</a><a href="https://feeds.feedburner.example/x">F</a><a href="/feedback">Us</a>
      <link rel="ALTERNATE nofollow" type="application/atom+xml" href="atom"><link rel=alternate href=/sw>
      <link rel=alternate type="application/json" href="/wp-json/oembed/1.0/embed?url=x">
      <link rel=stylesheet href=/feed.css><a href="/article/comments/feed/">C</a><a href="javascript:feed()">J</a>"""
    assert declared_feeds(html, HOME) == (HOME + "atom", HOME + "rss/world", "https://feeds.feedburner.example/x")
    assert declared_feeds(b"", HOME) == ()


def test_sections_are_short_paths_of_words():
    html = b"""<a href="/sport/football">F</a><a href="/world/">W</a><a href="/world?x=1">q</a>
      <a href="/2026/11/23/a-b-c/">a</a><a href="/tag/x">t</a><a href="https://other.example.org/world">o</a>
      <a href="/a/b/c">deep</a><a href="/amp/x">amp</a><a href="/">h</a><a href="/sport">S</a><a href="/sport">S</a>
      <a href="/4711">n</a><a href="/logo.png">l</a>"""
    assert section_links(html, HOME) == (HOME + "sport", HOME + "world/", HOME + "sport/football")
    assert section_links(html, HOME + "sport", limit=1) == (HOME + "world/",)
    assert section_links(b"", HOME) == ()


def test_page_title():
    assert page_title(b"<title> A </title><meta property='og:site_name' content='The A &amp; B'>", HOME) == (
        "The A & B",
        "",
    )
    assert page_title(b"<html lang=sw><title>\n A  b</title>", HOME) == ("A b", "sw")
    assert page_title(b"<p>x", HOME) == ("", "")
    assert page_title(b"", HOME) == ("", "")


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=2), "2 days ago"),
    ],
)
def test_ages_in_words(age: timedelta, words: str):
    assert ago(age) == words


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("/portal/", HOME + "portal/"),
        (HOME + "portal/index.html", HOME + "portal/"),
        ("https://cdn.example.org/x/", "https://cdn.example.org/x/"),
        ("", HOME),
        ("javascript:alert(1)", HOME),
        ("http://[broken", HOME),
    ],
)
def test_relative_links_refer_to_the_page_s_base(base: str, expected: str):
    """HTML Living Standard, section 2.4.3: the first `<base>` with an href holds for every link."""
    html = f"""<base target=_top><base href="{base}"><base href="/other/">
    <link rel=alternate type=application/rss+xml href="feeds/news.rss"><a href="rss/world">RSS</a>""".encode()
    assert declared_feeds(html, HOME) == (expected + "feeds/news.rss", expected + "rss/world")


def test_sections_refer_to_the_page_s_base():
    html = b"<base href='/portal/'><a href='sport'>Sport</a>"
    assert section_links(html, HOME) == (HOME + "portal/sport",)
