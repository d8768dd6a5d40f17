"""Slow hosts among quick ones: nobody waits for a host that is not his own, and a pause holds for all who wait."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from crawl_pages import NEIGHBOURS, article, feed
from ending import end
from mocksite import Delay, MockSite, Never, Reset, RetryAfter
from scrapy import Request
from scrapy.crawler import Crawler

from crawler.service.worker.crawls import Crawls, take_tasks
from crawler.service.worker.tasks import add_crawl, docket
from crawler.service.worker.worker import TaskWorker
from crawler.state import keys

pytestmark = pytest.mark.asyncio(loop_scope="session")
SLOW = 6


@pytest.fixture(scope="module")
def hosts() -> Iterator[MockSite]:
    with MockSite(8) as site:
        yield site


@pytest.fixture(autouse=True)
def empty(hosts: MockSite) -> None:
    hosts.reset()


def publish(hosts: MockSite, host: int, count: int, **how: Any) -> list[str]:
    for n in range(count):
        hosts.put(f"/news/h{host}-{n}", article(f"host {host} report {n}"), host=host, **how)
    urls = [hosts.url(f"/news/h{host}-{n}", host) for n in range(count)]
    hosts.put("/feed.xml", feed(urls), host=host)
    return urls


def watch(hosts: MockSite, delays: dict[int, str]) -> str:
    lines = (
        f"  - {{id: s{n}, feed: '{hosts.url('/feed.xml', n)}', {NEIGHBOURS}, delay: {delay}}}\n"
        for n, delay in delays.items()
    )
    return f"sources:\n{''.join(lines)}"


def netloc(hosts: MockSite) -> str:
    return hosts.url("", 0).removeprefix("http://")


def gaps(requests) -> list[float]:
    at = sorted(request.at for request in requests)
    return [later - sooner for sooner, later in itertools.pairwise(at)]


@pytest.mark.slow
async def test_many_slow_hosts_do_not_delay_a_quick_one(room, hosts: MockSite, valkey):
    for n in range(SLOW):
        publish(hosts, n, 3)
    publish(hosts, 7, 3)
    room.use(watch(hosts, dict.fromkeys(range(SLOW), "3s") | {7: "0s"}))
    ended: dict[str, float] = {}
    done = asyncio.Event()

    def note(run) -> None:
        ended[run.source] = time.monotonic()
        if run.source == "s7":
            done.set()

    room.runtime.on_run.append(note)
    await room.runtime.pool.call(len, b"", subject="")  # its processes are there
    async with docket(valkey.url) as queue:
        take_tasks(queue, Crawls(room.runtime, room.settings))
        async with TaskWorker.open(queue, 2) as worker:  # places for two crawls at once
            room.runtime.on_waiting.append(worker.make_room)
            begun, working = time.monotonic(), asyncio.create_task(worker.run())
            for n in range(SLOW):
                await add_crawl(queue, f"s{n}", datetime.now(UTC))
            await asyncio.sleep(2)
            asked = time.monotonic()
            await add_crawl(queue, "s7", datetime.now(UTC))
            await asyncio.wait_for(done.wait(), 20)
            assert ended["s7"] - asked < 6, "it waited for hosts that are not its own"
            assert not ended.keys() - {"s7"}, "the slow ones are still at it"
            assert time.monotonic() - begun < 13
            worker.stop()
            await end(working)
    assert len(hosts.asked("/news/h7-2", 7)) == 1


async def test_one_slow_host_does_not_delay_the_others_of_its_listing(room, hosts: MockSite):
    room.settings.set("WIREWATCH_MAX_WAIT_S", 4)  # the crawl does not stay for the slow one
    slow, quick = publish(hosts, 1, 20), publish(hosts, 2, 3)
    hosts.put("/robots.txt", "User-agent: *\nCrawl-delay: 60\n", host=1)
    hosts.put("/feed.xml", feed([*slow, *quick]), host=0)
    room.use(watch(hosts, {0: "0s"}))
    assert (await room.crawl("s0")).new >= 3
    first = min(request.at for request in hosts.requests if request.host in {1, 2})
    assert all(request.at - first < 5 for n in range(3) for request in hosts.asked(f"/news/h2-{n}", 2))
    assert len([request for request in hosts.requests if request.host == 1]) <= 2


async def test_a_pause_holds_for_those_who_wait_already(room, hosts: MockSite):
    publish(hosts, 0, 6)
    hosts.put("/news/h0-1", behaviour=RetryAfter(30), status=429, host=0)
    room.use(watch(hosts, {0: "200ms"}))
    await room.crawl("s0")
    requests = sorted(hosts.requests, key=lambda request: request.at)
    at = next(n for n, request in enumerate(requests) if request.path == "/news/h0-1")
    assert len(requests) == at + 1, "nobody asks after the host asked for a pause"


@pytest.mark.slow
async def test_two_crawls_of_a_host_that_answers_late_keep_its_gap(room, hosts: MockSite):
    publish(hosts, 0, 2, behaviour=Delay(0.7))
    for n in range(2):
        hosts.put(f"/news/more-{n}", article(f"more {n}"), behaviour=Delay(0.7), host=0)
    hosts.put("/more.xml", feed([hosts.url(f"/news/more-{n}", 0) for n in range(2)]), host=0)
    second = f"  - {{id: t, feed: '{hosts.url('/more.xml', 0)}', delay: 300ms}}\n"
    room.use(watch(hosts, {0: "300ms"}) + second)
    runs = await asyncio.gather(room.crawl("s0"), room.crawl("t"))
    assert [run.new for run in runs] == [2, 2]
    assert min(gaps(hosts.requests)) > 0.29
    late = sorted(gaps(request for request in hosts.requests if request.path.startswith("/news/")))
    assert late[0] > 0.99, "the gap is counted from the answer"
    assert late[1] < 1.5, "and nobody waits for longer"


class LateMiddleware:
    """What source s0 sends leaves long after the gate let it through, as from a machine that stands still."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> LateMiddleware:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if self.crawler.spider.source.id == "s0" and "/news/" in request.url:
            await asyncio.sleep(1.0)


@pytest.mark.slow
async def test_a_crawl_that_stands_still_after_its_start_keeps_the_gap_to_other_crawls(room, hosts: MockSite):
    publish(hosts, 0, 2)
    more = [f"/news/more-{n}" for n in range(3)]
    for path in more:
        hosts.put(path, article(f"late {path}"), host=0)
    hosts.put("/more.xml", feed([hosts.url(path, 0) for path in more]), host=0)
    room.settings.set("DOWNLOADER_MIDDLEWARES", {**room.settings["DOWNLOADER_MIDDLEWARES"], LateMiddleware: 845})
    second = f"  - {{id: t, feed: '{hosts.url('/more.xml', 0)}', delay: 400ms}}\n"
    room.use(watch(hosts, {0: "400ms"}) + second)
    runs = await asyncio.gather(room.crawl("s0"), room.crawl("t"))
    assert [run.new for run in runs] == [2, 3]
    assert min(gaps(hosts.requests)) > 0.399
    assert max(gaps(hosts.requests)) < 3, "the end of a start is told, and then nobody waits for its lease"
    left = await room.runtime.state.redis.hkeys(keys.gate(netloc(hosts)))
    assert not {b"start", b"gap"} & set(left), "what has ended leaves nothing"


@pytest.mark.parametrize("behaviour", [Never(), Reset()])
async def test_a_host_that_does_not_answer_is_left_alone_ever_longer(room, hosts: MockSite, behaviour):
    room.settings.set("DOWNLOAD_TIMEOUT", 0.5)
    publish(hosts, 0, 2, behaviour=behaviour)
    room.use(watch(hosts, {0: "0s"}))
    assert (await room.crawl("s0")).failed == 2
    first, second = (request.at for request in hosts.requests if request.path.startswith("/news/"))
    assert second - first > 0.99
    assert await room.runtime.state.redis.hget(keys.gate(netloc(hosts)), "errors") == b"2"


@pytest.mark.slow
async def test_a_host_that_fails_is_asked_ever_more_seldom(room, hosts: MockSite):
    publish(hosts, 0, 3, status=500)
    room.use(watch(hosts, {0: "0s"}))
    run = await room.crawl("s0")
    assert run.failed == 3
    failures = [request for request in hosts.requests if request.path.startswith("/news/")]
    first, second = gaps(failures)
    assert first > 0.99
    assert second > 1.99
