"""A crawl that is asked for: before a worker has said that it is there, twice in a second, and when the worker goes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from crawl_pages import article, feed
from docket import Worker
from ending import end
from filelock import FileLock
from mocksite import Delay, MockSite

from crawler.errors import BusyError, StateError
from crawler.items import Outcome, Run
from crawler.runtime import Places, utc_now
from crawler.service.worker.crawls import Crawls, take_tasks
from crawler.service.worker.once import crawl_by_service, crawl_now
from crawler.service.worker.tasks import crawl_key, docket
from crawler.state import EmbeddedServer

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def places(room, site: MockSite, valkey: EmbeddedServer, tmp_path: Path) -> Places:
    site.put("/news/crane", article("a crane"))
    site.put("/feed.xml", feed([site.url("/news/crane")]))
    room.use(f"sources:\n  - {{id: a, feed: '{site.url('/feed.xml')}', delay: 0s}}\n")
    return Places(tmp_path, valkey.url, f"sqlite:///{tmp_path / 'items.db'}", 1)


@asynccontextmanager
async def worker(room, places: Places) -> AsyncIterator[None]:
    async with docket(places.redis_url) as queue:
        take_tasks(queue, Crawls(room.runtime, room.settings))
        async with Worker(queue) as one:
            at_work = asyncio.create_task(one.run_forever())
            try:
                yield
            finally:
                await end(at_work)


def now(room, places: Places, tell: Callable[[str], None], patience_s: float) -> asyncio.Future:
    asking = crawl_now(room.runtime.watch, places, room.settings, "a", tell, timeout_s=patience_s)
    return asyncio.ensure_future(asking)


async def test_a_worker_that_has_just_begun_is_waited_for(room, places: Places):
    told: list[str] = []
    waits = asyncio.Event()

    def tell(line: str) -> None:
        told.append(line)
        waits.set()

    asking = now(room, places, tell, 30)
    await asyncio.wait_for(waits.wait(), 20)
    assert told == ["a: no worker is running yet; waiting up to 30 s for one"]
    async with worker(room, places):
        run = await asyncio.wait_for(asking, 20)
    assert (run.source, run.new) == ("a", 1)
    assert told[1:] == ["a: queued for the running service"]


async def test_nobody_who_comes_is_an_error_after_a_while(room, places: Places):
    begun, told = time.monotonic(), []
    with pytest.raises(StateError, match="no worker is running: start `wirewatch run`"):
        await now(room, places, told.append, 0.5)
    assert time.monotonic() - begun >= 0.5
    assert len(told) == 1


async def test_a_folder_that_is_taken_is_waited_for(room, places: Places):
    with FileLock(places.folder / "wirewatch.lock"):
        alone, told = replace(places, redis_url=""), []
        with pytest.raises(BusyError, match="another Wirewatch uses this folder"):
            await now(room, alone, told.append, 0.5)
    assert len(told) == 1


async def test_who_asks_twice_in_a_second_gets_one_run(room, site: MockSite, places: Places):
    site.put("/feed.xml", feed([site.url("/news/crane")]), behaviour=Delay(1.2))
    async with worker(room, places):
        await asyncio.sleep(1 - utc_now().microsecond / 1_000_000)
        asking = [crawl_by_service(places.redis_url, places, "a", [].append) for _ in range(2)]
        one, two = await asyncio.wait_for(asyncio.gather(*asking), 30)
    assert one == two
    assert (one.new, len(site.asked("/feed.xml"))) == (1, 1)


async def test_a_crawl_that_is_done_is_not_made_again_under_its_name(room, site: MockSite, places: Places):
    crawls, key = Crawls(room.runtime, room.settings), crawl_key("a", utc_now())
    done = await crawls.crawl("a", key)
    assert (await crawls.crawl("a", key), done.new) == (None, 1), "its record stays as it is"
    archive = room.runtime.archive.sync
    assert [run.new for run in archive.runs("a")] == [1]
    stopped = Run(crawl_key("a", utc_now() + timedelta(seconds=5)), "a", utc_now(), utc_now(), Outcome.STOPPED)
    archive.save_run(stopped)
    assert (await crawls.crawl("a", stopped.id)).outcome is Outcome.DONE, "what was stopped goes on"
    assert len(site.asked("/feed.xml")) == 2


async def test_a_service_that_went_away_is_not_waited_for_for_ever(places: Places):
    with pytest.raises(StateError, match="no worker is running: start `wirewatch run`; it then runs the queued crawl"):
        await asyncio.wait_for(crawl_by_service(places.redis_url, places, "a", [].append, lost_s=0.5), 20)
