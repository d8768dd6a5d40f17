"""The newspaper over HTTP."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from crawler.demo import Demo, serve_demo, truth, truths
from crawler.errors import WirewatchError

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Clock:
    """A clock that stands where it is put, in seconds after the start."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def demo(clock: Clock) -> AsyncIterator[Demo]:
    async with serve_demo(started=START, now=clock) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


async def get(session: aiohttp.ClientSession, url: str, **headers: str) -> tuple[int, str, aiohttp.ClientResponse]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with session.get(url, headers=named, allow_redirects=False) as response:
        return response.status, await response.text(), response


async def test_everything_promised_answers(demo: Demo, session: aiohttp.ClientSession, clock: Clock):
    clock.seconds = 400
    lists = [*demo.urls, *demo.feed_urls, *demo.sitemap_urls, *demo.section_urls]
    assert (len(demo.urls), len(demo.feed_urls), len(demo.sitemap_urls), len(demo.section_urls)) == (3, 2, 3, 20)
    articles = [t.url for t in demo.truths()]
    assert len(articles) == 35 + 7 - 2  # written, generated in 400 s, withdrawn
    assert [t.url for t in truths(demo.edition())] == articles
    assert [demo.truth(url) for url in articles] == list(demo.truths())
    for url in [*lists, *articles]:
        status, _, response = await get(session, url)
        assert (url, status, response.charset) == (url, 200, "utf-8")


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/site.css", 200, "text/css"),
        ("/images/20261123080000-0.svg", 200, "image/svg+xml"),
        ("/robots.txt", 200, "text/plain"),
        ("/sitemap-news.xml", 200, "application/xml"),
        ("/rss.xml", 200, "application/rss+xml"),
        ("/feeds/all.atom", 404, "text/html"),
        ("/about", 200, "text/html"),
        ("/topic/floods", 200, "text/html"),
        ("/archive/old-news", 200, "text/html"),
        ("/print/world/luro-river-floods-cut-off-delta-villages", 200, "text/html"),
        ("/amp/world/luro-river-floods-cut-off-delta-villages", 404, "text/html"),
        ("/politics/luro-river-floods-cut-off-delta-villages", 404, "text/html"),
        ("/world", 404, "text/html"),
        ("/%00%ff/../x", 404, "text/html"),
    ],
)
async def test_paths(demo: Demo, session: aiohttp.ClientSession, path: str, status: int, kind: str):
    found, _, response = await get(session, demo.bases[0] + path)
    assert (found, response.content_type) == (status, kind)


async def test_an_address_in_arabic_letters(demo: Demo, session: aiohttp.ClientSession):
    url = next(t.url for t in demo.truths() if t.language == "ar")
    assert url.isascii()
    status, text, _ = await get(session, url)
    assert status == 200
    assert "خطة لإحياء نهر الصفصاف" in text


async def test_time_passes(demo: Demo, session: aiohttp.ClientSession, clock: Clock):
    first = {t.url: t for t in demo.truths()}
    clock.seconds = 200
    changed = [t for t in demo.truths() if t.url in first and t.text != first[t.url].text]
    assert len(changed) == 3
    for now in changed:
        status, text, _ = await get(session, now.url)
        assert status == 200
        assert now.title.replace("'", "&#x27;") in text or now.title in text
    gone = set(first) - {t.url for t in demo.truths()}
    assert sorted([(await get(session, url))[0] for url in gone]) == [404, 410]
    assert {truth(url, demo.edition()).gone for url in gone} == {404, 410}  # type: ignore[union-attr]
    new = {t.url for t in demo.truths()} - set(first)
    assert len(new) == 10
    feed = (await get(session, demo.feed_urls[0]))[1]
    assert all(url in feed for url in new if url.startswith(demo.bases[0]))
    assert not any(url in feed for url in gone)


@pytest.mark.parametrize("kind", ["feed", "sitemap", "page", "front"])
async def test_304_until_something_happens(demo: Demo, session: aiohttp.ClientSession, clock: Clock, kind: str):
    page = next(t.url for t in demo.truths() if "luro-river" in t.url)
    urls = {"feed": demo.feed_urls[0], "sitemap": demo.sitemap_urls[0], "page": page, "front": demo.urls[0]}
    url = urls[kind]
    status, _, response = await get(session, url)
    tag, changed = response.headers["ETag"], response.headers["Last-Modified"]
    assert status == 200
    clock.seconds = 15
    for headers in (
        {"If_None_Match": tag},
        {"If_None_Match": f'"x", W/{tag}'},
        {"If_Modified_Since": changed},
        {"If_None_Match": tag, "If_Modified_Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
    ):
        status, text, response = await get(session, url, **headers)
        assert (status, text, response.headers["ETag"]) == (304, "", tag)
    assert (await get(session, url, If_None_Match='"x"', If_Modified_Since=changed))[0] == 200
    assert (await get(session, url, If_Modified_Since="yesterday"))[0] == 200
    clock.seconds = 61
    assert (await get(session, url, If_None_Match=tag))[0] == 200
    assert (await get(session, url, If_Modified_Since=changed))[0] == 200


async def test_head(demo: Demo, session: aiohttp.ClientSession):
    async with session.head(demo.urls[0]) as response:
        assert response.status == 200
        assert int(response.headers["Content-Length"]) > 1000


async def test_two_at_once_get_different_ports():
    async with serve_demo(started=START) as one, serve_demo(started=START) as two:
        assert not set(one.bases) & set(two.bases)
        assert [name for outlet, _ in one.outlets() for name in [outlet.name]][2] == "Meridian"


async def test_a_wanted_port_and_a_taken_one():
    async with serve_demo(started=START) as one:
        port = int(one.bases[0].rpartition(":")[2])
        with pytest.raises(WirewatchError, match=f"127.0.0.1:{port} is in use"):
            async with serve_demo(port, started=START):
                pass
        async with serve_demo(port, started=START, or_free=True) as two:
            assert not set(one.bases) & set(two.bases)
    async with serve_demo(port, started=START) as again:
        assert again.bases == one.bases


async def test_a_port_that_is_taken_on_one_host_only_is_given_up():
    with socket.create_server(("127.0.0.3", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(WirewatchError, match="in use"):
            async with serve_demo(port, started=START):
                pass
    async with serve_demo(port, started=START) as free:
        assert free.bases[0].endswith(f":{port}")


async def test_addresses_of_other_machines_cannot_be_opened():
    with pytest.raises(WirewatchError, match=r"cannot listen on 192\.0\.2\.1:0"):
        async with serve_demo(started=START, hosts=("192.0.2.1", "192.0.2.2", "192.0.2.3")):
            pass


def three_free_ports() -> int:
    """The first of three neighbouring ports that are free on the first address."""
    while True:
        with ExitStack() as stack:
            first = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
            with suppress(OSError):
                for port in (first + 1, first + 2):
                    stack.enter_context(socket.create_server(("127.0.0.1", port)))
                return int(first)


@pytest.mark.parametrize("wanted", [False, True])
async def test_where_there_is_one_address_only(session: aiohttp.ClientSession, wanted: bool):
    hosts = ("127.0.0.1", "192.0.2.1", "192.0.2.2")  # RFC 5737: nobody's addresses
    port = three_free_ports() if wanted else 0
    async with serve_demo(port, started=START, hosts=hosts) as demo:
        ports = [int(base.rpartition(":")[2]) for base in demo.bases]
        assert all(base.startswith("http://127.0.0.1:") for base in demo.bases)
        assert len(set(ports)) == 3
        assert not wanted or ports == [port, port + 1, port + 2]
        names = [(await get(session, url))[1] for url in demo.urls]
        assert ["The Coast Standard" in names[0], "Northgate Courier" in names[1], "Meridian" in names[2]] == [True] * 3


async def test_it_stops_quickly_while_a_client_hangs_on(demo: Demo):
    async with serve_demo(started=START) as own:
        host, port = own.bases[0].removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /half HTTP/1.1\r\n")
        await reader.readuntil(b"\r\n\r\n")
        before = time.monotonic()
    assert time.monotonic() - before < 2
    writer.close()


async def test_the_pace_must_be_above_zero():
    with pytest.raises(ValueError, match="above 0"):
        async with serve_demo(started=START, new_every_s=0):
            pass
