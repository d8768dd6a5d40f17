"""Nothing on a private network is fetched unless the watch file names its host, whatever pages and names lead to."""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from crawl_pages import article, feed
from mocksite import MockSite

from crawler.middlewares.browser import SocksProxy

pytestmark = pytest.mark.asyncio(loop_scope="session")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
def public(site: MockSite, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The public site http://news.example behind a proxy: its feed, an article, and ways into our own network."""
    names = ("moved", "story", "refresh")
    urls = [site.url("/secret"), *(f"http://news.example/{name}" for name in names), "http://[::1]:1/x"]
    refresh = f"<noscript><meta http-equiv=refresh content='0;url={site.url('/secret')}'></noscript>"
    pages = {"/feed.xml": feed(urls), "/story": article("the ferry"), "/refresh": refresh}

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.removeprefix("http://news.example")
            self.send_response(302 if path == "/moved" else 200 if path in pages else 404)
            self.send_header("Location", site.url("/secret"))
            self.end_headers()
            body = pages.get(path, "")
            self.wfile.write(body.encode() if isinstance(body, str) else body)

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("no_proxy", "127.0.0.1,127.0.0.2,127.0.0.3")
        yield "http://news.example/feed.xml"
        server.shutdown()
        thread.join()


@pytest.fixture
def names(reactor: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Addresses by name, as a name server would give them."""
    from twisted.internet import reactor as twisted  # noqa: PLC0415  installed by the fixture

    known: dict[str, list[str]] = {}
    ask = socket.getaddrinfo

    def getaddrinfo(host: str, port: object, *args: object, **kwargs: object) -> list:
        return [entry for one in known.get(host, [host]) for entry in ask(one, port, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(twisted.nameResolver, "_getaddrinfo", getaddrinfo)
    return known


async def test_links_and_redirects_into_a_private_network_are_refused(room, site: MockSite, public: str):
    site.put("/secret", article("the vault"))
    room.use(f"sources: [{{id: a, feed: '{public}', delay: 0s}}]")
    run = await room.crawl()
    assert (run.new, run.failed) == (1, 4), run.error
    assert "is on a private network" in run.error
    assert not site.asked("/secret")
    assert [one.url for one in room.articles()] == ["http://news.example/story"]


@pytest.mark.parametrize(("more", "new"), [("", 1), (", private: true", 1), (", private_hosts: [127.0.0.2]", 2)])
async def test_a_source_inside_leads_to_its_own_host_and_those_that_it_names(room, site: MockSite, more: str, new: int):
    site.put("/own", article("the dock"))
    site.put("/secret", article("the vault"), host=1)
    site.put("/moved", status=302, headers={"Location": site.url("/secret", 1)})
    site.put("/feed.xml", feed([site.url("/own"), site.url("/moved"), site.url("/secret", 1)]))
    room.use(f"sources: [{{id: a, feed: '{site.url('/feed.xml')}', delay: 0s{more}}}]")
    assert (await room.crawl()).new == new
    assert bool(site.asked("/secret", 1)) == (new == 2)
    assert bool(site.asked("/robots.txt", 1)) == (new == 2)


@pytest.mark.parametrize(("more", "new"), [("", 0), (", private: true", 1)])
async def test_a_name_that_leads_inside_is_private_only_if_the_watch_file_says_so(
    room, site: MockSite, names: dict[str, list[str]], more: str, new: int
):
    names["news.test"] = ["127.0.0.1"]
    port = site.url().rpartition(":")[2].strip("/")
    site.put("/own", article("the dock"))
    site.put("/secret", article("the vault"))
    site.put("/feed.xml", feed([f"http://news.test:{port}/own", site.url("/secret")]))
    room.use(f"sources: [{{id: a, feed: 'http://news.test:{port}/feed.xml', delay: 0s{more}}}]")
    run = await room.crawl()
    assert run.new == new, run.error
    assert ("news.test is on a private network: set private: true" in run.error) == (new == 0)
    assert len(site.requests) == (0 if new == 0 else 3), "robots.txt, the feed and the article"
    assert not site.asked("/secret"), "its own host alone is let in"


async def test_of_a_name_with_a_public_and_a_private_address_the_public_one_is_used(
    room, site: MockSite, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
):
    """127.0.0.2 stands for a public address."""
    for module in ("crawler.networks", "crawler.middlewares.downloading"):
        monkeypatch.setattr(f"{module}.is_private_address", lambda address: address != "127.0.0.2")
    site.put("/own", article("the dock"), host=1)
    site.put("/secret", article("the vault"))
    site.put("/moved", status=302, headers={"Location": site.url("/secret")}, host=1)
    port = site.url("", 1).rpartition(":")[2]
    for order in (["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "127.0.0.2"]):
        names[f"{order[0][-1]}.test"] = order
        home = f"http://{order[0][-1]}.test:{port}"
        site.put("/feed.xml", feed([f"{home}/own", f"{home}/moved", site.url("/secret")]), host=1)
        room.use(f"sources: [{{id: a, feed: '{home}/feed.xml', delay: 0s}}]")
        run = await room.crawl()
        assert run.new == 1, run.error
    assert not [one for one in site.requests if one.host == 0]


@pytest.mark.parametrize("tls", [False, True])
async def test_a_name_that_changes_between_lookup_and_connection_leads_nowhere(
    room, site: MockSite, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch, tls: bool
):
    """The middleware sees a public address, the connection a private one: no request arrives."""
    from twisted.internet import reactor  # noqa: PLC0415  installed by the fixture

    names["news.test"] = ["127.0.0.1"]
    opened = []
    monkeypatch.setattr("crawler.middlewares.private.resolves_privately", lambda _: asyncio.sleep(0, result=False))
    monkeypatch.setattr(reactor, "connectTCP", lambda *args, **_: opened.append(args))
    port = site.url().rpartition(":")[2].strip("/")
    room.use(f"sources: [{{id: a, feed: 'http{'s' * tls}://news.test:{port}/feed.xml', delay: 0s}}]")
    run = await room.crawl()
    assert "news.test is on a private network" in run.error
    assert not opened
    assert not site.requests


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="NO BROWSER: install chromium to test `render: true`")
async def test_the_scripts_of_a_page_reach_nothing_inside(room, site: MockSite):
    """A page may ask its own host, and nothing else that is private, by whatever name."""
    script = f"""<script>document.title = 'The weir is closed';
    Promise.allSettled(['{site.url("/secret", 1)}', '{site.url("/own.html")}'].map(u => fetch(u, {{mode: 'no-cors'}})))
    .then(all => document.body.append(all.map(one => one.status).join(' and ')));</script>"""
    site.put("/news/scripted", article("the weir").replace("</body>", f"{script}</body>"))
    site.put("/secret", article("the vault"), host=1)
    site.put("/own.html", "<p>Own</p>")
    site.put("/feed.xml", feed([site.url("/news/scripted")]))
    options = room.settings.getdict("PLAYWRIGHT_LAUNCH_OPTIONS") | {"executable_path": BROWSER}
    room.settings.set("PLAYWRIGHT_LAUNCH_OPTIONS", options, priority="project")
    room.use(f"sources: [{{id: a, feed: '{site.url('/feed.xml')}', render: true, delay: 0s}}]")
    run = await room.crawl()
    assert run.new == 1, run.error
    assert site.asked("/own.html")
    assert not [one for one in site.requests if one.host == 1]


async def asked(door: SocksProxy, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", await door.open())
    writer.write(b"\x05\x01\x00" + request)
    writer.write_eof()
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("target", "inside", "reply"),
    [
        (b"\x01\x7f\x00\x00\x01", "", 2),
        (b"\x01\x7f\x00\x00\x01", "127.0.0.1", 0),
        (b"\x03\x09news.test", "", 2),
        (b"\x03\x09news.test", "news.test", 0),
        (b"\x03\x09news.test", "127.0.0.1", 2),
        (b"\x03\x09NEWS.test", "news.test", 4),
        (b"\x04" + bytes(15) + b"\x01", "", 2),
        (b"\x03\x0fnowhere.invalid", "", 4),
    ],
)
async def test_the_browsers_way_out(
    site: MockSite, names: dict[str, list[str]], target: bytes, inside: str, reply: int
):
    names["news.test"] = ["127.0.0.1"]
    door = SocksProxy(frozenset(filter(None, [inside])))
    port = int(site.url().rpartition(":")[2].strip("/"))
    get = b"GET /x HTTP/1.0\r\n\r\n" if reply == 0 else b""
    answer = await asked(door, b"\x05\x01\x00" + target + port.to_bytes(2, "big") + get)
    await door.close()
    assert answer[:2] == b"\x05\x00"
    assert answer[3] == reply
    assert (b"HTTP/1" in answer) == (reply == 0)


@pytest.mark.parametrize(
    "junk", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x05\x02\x00\x01\x7f\x00\x00\x01\x00\x50", b"\x05\x01\x00\x09x"]
)
async def test_what_is_no_request_of_a_browser_ends(junk: bytes):
    door = SocksProxy(frozenset())
    assert len(await asked(door, junk)) <= 2
    await door.close()
