"""A source of the public internet does not lead into private networks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from crawl_pages import article, feed
from mocksite import MockSite

pytestmark = pytest.mark.asyncio(loop_scope="session")


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


async def test_links_and_redirects_into_a_private_network_are_refused(room, site: MockSite, public: str):
    site.put("/secret", article("the vault"))
    room.use(f"sources: [{{id: a, feed: '{public}', delay: 0s}}]")
    run = await room.crawl()
    assert (run.new, run.failed) == (1, 4), run.error
    assert "is on a private network" in run.error
    assert not site.asked("/secret")
    assert [one.url for one in room.articles()] == ["http://news.example/story"]


async def test_a_source_inside_may_lead_inside(room, site: MockSite):
    site.put("/secret", article("the vault"), host=1)
    site.put("/feed.xml", feed([site.url("/secret", 1)]))
    room.use(f"sources: [{{id: a, feed: '{site.url('/feed.xml')}', delay: 0s}}]")
    assert (await room.crawl()).new == 1
