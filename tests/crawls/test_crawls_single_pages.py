"""Single pages (`try`, `sources add`, the page) and crawls: one host gate, one robots.txt, one table of error texts."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
import quick_settings
import typer
from crawl_pages import NEIGHBOURS, article, feed
from mocksite import Bomb, MockSite, Never, RedirectLoop, Repeat
from typer.testing import CliRunner

from crawler.cli.sources import commands as sources
from crawler.cli.try_page import try_page
from crawler.errors import FetchError
from crawler.hosts import Robots
from crawler.state import EmbeddedServer
from crawler.usecases.probe import ProbeResponse, open_probe

pytestmark = pytest.mark.asyncio(loop_scope="session")
MIB = 2**20

app = typer.Typer()
app.command("try")(try_page)
app.add_typer(sources.app, name="sources")


async def fetched(url: str, redis_url: str, delay_s: float = 0.0) -> ProbeResponse:
    async with open_probe(redis_url=redis_url, inside=("127.0.0.1",), delay_s=delay_s) as probe:
        return await probe.get(url)


async def refused(*command: str) -> str:
    """Why a command of the face fails, in one line."""
    result = await asyncio.to_thread(CliRunner().invoke, app, list(command))
    assert result.exit_code == 1, result.output
    lines = str(result.exception) if not isinstance(result.exception, SystemExit) else result.stderr
    return lines.strip().splitlines()[-1]


async def test_a_page_waits_at_the_gate_while_a_crawl_has_the_host(room, site: MockSite, valkey: EmbeddedServer):
    urls = [site.url(f"/news/one-{n}") for n in range(4)]
    for n, url in enumerate(urls):
        site.put(f"/news/one-{n}", article(f"lock keeper {n}"))
        assert url
    site.put("/feed.xml", feed(urls))
    site.put("/other", "<p>another page</p>")
    site.put("/robots.txt", "User-agent: *\nAllow: /\n")
    room.use(f"sources:\n  - {{id: a, feed: '{site.url('/feed.xml')}', {NEIGHBOURS}, delay: 400ms}}")
    crawl = asyncio.create_task(room.crawl())
    while not site.asked("/feed.xml"):  # noqa: ASYNC110  the mock site tells no event
        await asyncio.sleep(0.02)
    answers = [await fetched(site.url("/other"), valkey.url, 0.4) for _ in range(2)]
    run = await crawl
    assert [answer.status for answer in answers] == [200, 200]
    assert (run.new, run.error) == (4, "")
    starts = sorted(request.at for request in site.requests)
    assert len(starts) == 1 + 1 + 4 + 2, "robots.txt is fetched once for both"
    assert min(later - sooner for sooner, later in itertools.pairwise(starts)) > 0.39


async def test_a_host_that_asked_for_a_pause_is_left_alone_by_every_face(
    room, site: MockSite, valkey: EmbeddedServer, home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("settings.WIREWATCH_REDIS_URL", valkey.url)
    await room.runtime.state.gate.hold(site.url("").removeprefix("http://"), 3600)
    for command in (("try",), ("sources", "add")):
        assert "asked for a pause: no requests for another 3" in await refused(*command, site.url("/a"))
    assert not site.requests


async def test_without_a_redis_pages_keep_a_pace_of_their_own(site: MockSite, reactor: None, valkey: EmbeddedServer):
    site.put("/a", "a")
    for redis_url in ("", "redis://127.0.0.1:1/0"):
        site.reset()
        async with open_probe(redis_url=redis_url, inside=("127.0.0.1",), delay_s=1.0) as probe:
            for _ in range(2):
                await probe.get(site.url("/a"))
        robots, first, second = (request.at for request in site.requests)
        assert first - robots < 0.9, "the page follows its robots.txt at once"
        assert second - first > 0.99


async def test_a_robots_txt_that_could_not_be_read_is_requested_again(room, site: MockSite, valkey: EmbeddedServer):
    site.put("/a", "a")
    site.put("/robots.txt", status=500)
    with pytest.raises(FetchError, match="status 500"):
        await fetched(site.url("/a"), valkey.url)
    site.put("/robots.txt", "")
    assert (await fetched(site.url("/a"), valkey.url)).body == b"a"
    known = await room.runtime.state.http.robots(site.url("").removesuffix("/"))
    assert known == Robots(200, b""), "crawls have it from here"


def forbidden(site: MockSite) -> str:
    site.put("/robots.txt", "User-agent: *\nDisallow: /\n")
    return site.url("/a.xml")


def put(path: str, **reply: object) -> Callable[[MockSite], str]:
    def given(site: MockSite) -> str:
        site.put(path, **reply)
        return site.url("/x.xml" if path == "/robots.txt" else path)

    return given


FAILING: dict[str, tuple[Callable[[MockSite], str], str]] = {
    "no such host": (lambda _: "http://nowhere.invalid/x.xml", "no such host (at http://nowhere.invalid/robots.txt"),
    "refused": (lambda site: site.dead_url("/x.xml"), "connection refused (at "),
    "tls": (lambda site: site.tls_url("/x.xml"), "no secure connection: SSL: certificate verify failed (at "),
    "time-out": (put("/x.xml", behaviour=Never()), "no answer within 3 s"),
    "too large": (put("/x.xml", behaviour=Repeat(b"x" * 65536, 161)), "larger than the size limit of 10 MB"),
    "a bomb": (put("/x.xml", behaviour=Bomb(11 * MIB)), "larger than the size limit of 10 MB"),
    "robots": (forbidden, "Forbidden by robots.txt"),
    "robots unreachable": (put("/robots.txt", status=503), "status 503 (at "),
    "redirects": (put("/x.xml", behaviour=RedirectLoop()), "more than 5 redirects"),
}


@pytest.mark.parametrize("name", FAILING)
async def test_the_same_failure_has_the_same_text_everywhere(
    room, tls_site: MockSite, home: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    prepare, text = FAILING[name]
    tls_site.reset()
    url = prepare(tls_site)
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "quick_settings")
    room.settings.set("DOWNLOAD_TIMEOUT", quick_settings.DOWNLOAD_TIMEOUT)
    room.use(f"sources: [{{id: a, feed: '{url}', delay: 0s}}]")
    crawled = (await room.crawl()).error
    tried = await refused("try", url)
    added = await refused("sources", "add", url, "--watch", str(home / "watch.yaml"))
    assert text in crawled
    assert tried == added
    assert tried.partition(": ")[2] == crawled.partition(": ")[2]
