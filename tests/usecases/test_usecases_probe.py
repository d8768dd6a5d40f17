"""Single requests: polite, bounded, and every failure a line that a person understands."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

import pytest
from mocksite import Bomb, MockSite, Never, RedirectLoop, Repeat, Reset

from crawler.errors import FetchError
from crawler.service.worker.project import project_settings
from crawler.usecases.preview import preview, web_url
from crawler.usecases.probe import Probe, open_probe

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("reactor")]

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MAX_BYTES = 10 * 2**20
AGENT = "Wirewatch/test (+https://example.org)"


@pytest.fixture
def site() -> Iterator[MockSite]:
    with MockSite() as site:
        yield site


def probe(timeout_s: float = 5.0) -> AbstractAsyncContextManager[Probe]:
    settings = project_settings()
    settings.set("DOWNLOAD_TIMEOUT", timeout_s)
    return open_probe(user_agent=AGENT, delay_s=0, inside=("127.0.0.1",), settings=settings)


async def fetched(url: str, timeout_s: float = 5.0) -> str:
    """Return the reason why `url` cannot be fetched."""
    async with probe(timeout_s) as client:
        with pytest.raises(FetchError) as caught:
            await client.get(url)
    assert caught.value.subject
    return caught.value.message


async def test_a_page_is_fetched_with_an_honest_name(site: MockSite):
    site.put("/a", "hello", headers={"Content-Type": "text/plain"})
    async with probe() as client:
        answer = await client.get(site.url("/a"))
    assert (answer.status, answer.body, answer.content_type) == (200, b"hello", "text/plain")
    assert dict(site.asked("/a")[0].headers)["user-agent"] == AGENT
    assert len(site.asked("/robots.txt")) == 1


async def test_redirects_are_followed_to_the_end(site: MockSite):
    site.put("/a", status=301, headers={"Location": "/b"})
    site.put("/b", status=302, headers={"Location": site.url("/c")})
    site.put("/c", "there")
    async with probe() as client:
        answer = await client.get(site.url("/a"))
    assert (answer.url, answer.body) == (site.url("/c"), b"there")


async def test_a_page_that_only_sends_its_reader_on_is_followed(site: MockSite):
    tag = "<noscript><meta http-equiv=refresh content='0;url={}'></noscript>"
    site.put("/a", tag.format("/b"))
    site.put("/b", tag.format(site.url("/c")))
    site.put("/c", "<p>there</p>")
    site.put("/itself", tag.format("/itself#again"))
    site.put("/loop", tag.format("/pool"))
    site.put("/pool", tag.format("/loop"))
    site.put("/out", tag.format(site.url("/c", host=1)))
    async with probe() as client:
        answer = await client.get(site.url("/a"))
        assert (answer.url, answer.body) == (site.url("/c"), b"<p>there</p>")
        assert (await client.get(site.url("/itself"))).url == site.url("/itself")
        assert (await client.get(site.url("/loop"))).url == site.url("/pool")
    assert "private network" in await fetched(site.url("/out")), "a host that nobody named"


@pytest.mark.parametrize(
    ("path", "target", "reason"),
    [
        ("/file", "file:///etc/passwd", "not an http(s) address"),
        ("/port", "http://127.0.0.1:99999/", "not an http(s) address"),
        ("/brackets", "http://[", "not an http(s) address"),
    ],
)
async def test_redirects_away_from_http_end(site: MockSite, path: str, target: str, reason: str):
    site.put(path, status=301, headers={"Location": target})
    assert reason in await fetched(site.url(path))


async def test_endless_redirects_end(site: MockSite):
    site.put("/loop", behaviour=RedirectLoop())
    assert await fetched(site.url("/loop")) == "more than 5 redirects"


async def test_robots_txt_is_obeyed(site: MockSite):
    site.put("/robots.txt", "User-agent: *\nDisallow: /private\n")
    site.put("/private", "secret")
    site.put("/public", status=302, headers={"Location": "/private"})
    assert await fetched(site.url("/private")) == "Forbidden by robots.txt"
    assert await fetched(site.url("/public")) == "Forbidden by robots.txt"
    assert not site.asked("/private")


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_robots_txt_that_cannot_be_read_allows_nothing(site: MockSite, status: int):
    site.put("/robots.txt", "", status=status)
    told = f"status {status} (at {site.url('/robots.txt')}, which must be read first)"
    assert await fetched(site.url("/a")) == told


async def test_a_robots_txt_behind_redirects_counts_and_a_loop_allows_all(site: MockSite):
    site.put("/robots.txt", status=301, headers={"Location": "/r2"})
    site.put("/r2", "User-agent: *\nDisallow: /\n")
    site.put("/a", "a")
    assert await fetched(site.url("/a")) == "Forbidden by robots.txt"
    site.put("/r2", status=301, headers={"Location": "/robots.txt"})
    async with probe() as client:
        assert (await client.get(site.url("/a"))).body == b"a"


async def test_pauses_of_robots_txt_are_kept_and_endless_ones_refused(site: MockSite):
    site.put("/robots.txt", "User-agent: *\nCrawl-delay: 0.3\n")
    site.put("/a", "a")
    async with probe() as client:
        await client.get(site.url("/a"))
        await client.get(site.url("/a"))
    first, second = site.asked("/a")
    assert second.at - first.at >= 0.25
    site.put("/robots.txt", "User-agent: *\nCrawl-delay: 600\n")
    async with probe() as client:
        await client.get(site.url("/a"))
        with pytest.raises(FetchError, match="no requests for another 300 s"):
            await client.get(site.url("/a"))


async def test_large_bodies_end_at_the_limit(site: MockSite):
    site.put("/big", behaviour=Repeat(b"x" * 65536, MAX_BYTES // 65536 + 1))
    site.put("/robots.txt", behaviour=Repeat(b"# comment\n" * 1000, 200))
    site.put("/bomb", behaviour=Bomb(MAX_BYTES + 1))
    for path in ("/big", "/bomb"):
        assert await fetched(site.url(path)) == "larger than the size limit of 10 MB"


async def test_each_failure_of_the_network_has_its_line(site: MockSite):
    site.put("/never", behaviour=Never())
    site.put("/reset", behaviour=Reset())
    assert (await fetched(site.dead_url("/"))).startswith("connection refused (at ")
    assert (await fetched("http://no.such.host.invalid/")).startswith("no such host (at ")
    assert await fetched(site.url("/never"), timeout_s=0.4) == "no answer within 0.4 s"
    assert await fetched(site.url("/reset")) == "the connection broke off"
    assert await fetched("https://a..b/") == "no such host"
    assert await fetched("ftp://example.org/") == "not an http(s) address"


async def test_tls_that_is_none_or_that_nobody_trusts():
    with MockSite(tls=True) as site:
        assert "no secure connection: SSL: certificate verify failed" in await fetched(site.tls_url("/"))

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert "is the URL http:// rather than https://?" in await fetched(f"https://127.0.0.1:{port}/")


async def test_private_networks_are_open_only_where_the_user_named_them(site: MockSite):
    site.put("/a", status=302, headers={"Location": site.url("/b", host=1)})
    assert "private network" in await fetched(site.url("/a"))
    async with probe() as client:
        for url in (site.url("/b", host=1), "http://[::1]:1/", "http://[::ffff:127.0.0.1]:1/"):
            with pytest.raises(FetchError, match="private network"):
                await client.get(url)
    assert not site.asked("/b")


def rss(count: int) -> str:
    items = (
        f"<item><title>A headline about matter {n}</title><link>/2026/a-story-about-matter-{n}</link>"
        f"<pubDate>Mon, 23 Nov 2026 {n:02}:00:00 GMT</pubDate></item>"
        for n in range(count)
    )
    return f"<rss version='2.0'><channel><title>All news</title>{''.join(items)}</channel></rss>"


def page(count: int, head: str = "") -> str:
    links = (
        f"<h2><a href='/2026/a-story-about-matter-{n}'>A headline about matter {n} of some length</a></h2>"
        for n in range(count)
    )
    return f"<html><head><title>The Paper</title>{head}</head><body><main>{''.join(links)}</main></body></html>"


SITEMAP = (
    "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>{0}</loc>"
    "<lastmod>2026-11-23T10:00:00Z</lastmod></url></urlset>"
)
INDEX = (
    "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>{0}</loc></sitemap></sitemapindex>"
)


async def looked(address: str) -> tuple[str, str, str]:
    """Return the kind, the URL and the reasons in one line."""
    async with probe() as client:
        found = await preview(client, address, NOW, lambda _: None)
    return found.kind, found.url, " | ".join(found.why)


@pytest.mark.parametrize(
    ("path", "body", "kind", "why"),
    [
        ("/rss.xml", rss(9), "feed", "a feed with 9 articles, the newest 4 hours ago"),
        (
            "/map.xml",
            SITEMAP.format("https://a.org/2026/x"),
            "sitemap",
            "a sitemap with 1 articles, the newest 2 hours ago",
        ),
        ("/index.xml", INDEX.format("https://a.org/m.xml"), "sitemap", "an index of 1 sitemaps"),
        ("/world", page(9), "section", "a page that links to 9 articles"),
        ("/notices", page(1), "page", "watched for changes"),
    ],
)
async def test_an_address_is_what_its_content_says(site: MockSite, path: str, body: str, kind: str, why: str):
    site.put(path, body)
    found = await looked(site.url(path))
    assert found[:2] == (kind, site.url(path))
    assert why in found[2]


async def test_a_host_alone_is_explored(site: MockSite):
    site.put("/", page(9, "<link rel=alternate type='application/rss+xml' href='/rss.xml'>"))
    site.put("/rss.xml", rss(9))
    kind, url, why = await looked(site.url("/"))
    assert (kind, url) == ("site", site.url("/"))
    assert f"feed {site.url('/rss.xml')}: 9 items" in why


async def test_a_host_without_articles_is_told(site: MockSite):
    site.put("/", "<p>Under construction</p>")
    with pytest.raises(FetchError, match="no articles found"):
        await looked(site.url("/"))
    with pytest.raises(FetchError, match="responded with status 404"):
        await looked(site.url("/nothing"))


async def test_an_address_without_scheme_is_tried_both_ways(site: MockSite):
    site.put("/rss.xml", rss(3))
    address = site.dead_url("/").removeprefix("http://")
    heard: list[str] = []
    async with probe() as client:
        with pytest.raises(FetchError, match="refused"):
            await preview(client, address, NOW, heard.append)
    assert heard == [f"https://{address}", f"http://{address}"]


@pytest.mark.parametrize("address", ["", "news", "http://", "http://[", "a b", "mailto:x@y.org"])
async def test_what_is_no_address(address: str):
    with pytest.raises(FetchError, match="not a web address"):
        web_url(address)


async def test_a_feed_of_which_nothing_can_be_used_says_why(site: MockSite):
    usable = "<item><title>Fog</title></item>"
    site.put("/some.xml", f"<rss version='2.0'><channel><item><guid>a</guid></item>{usable}</channel></rss>")
    site.put("/none.xml", "<rss version='2.0'><channel><item><guid>a</guid></item><item/></channel></rss>")
    site.put("/empty.xml", "<rss version='2.0'><channel><title>T</title></channel></rss>")
    reasons: list[str] = []
    async with probe() as client:
        for path in ("/some.xml", "/none.xml", "/empty.xml"):
            found = await preview(client, site.url(path), NOW, lambda _: None)
            reasons += found.why
    assert reasons == [
        "a feed with 1 articles; 1 entry without a link, a title or a text cannot be used",
        "a feed without usable entries: 2 entries without a link, a title or a text",
        "a feed without usable entries: it is empty",
    ]
