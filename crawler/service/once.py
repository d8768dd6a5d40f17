"""One crawl now: by the service that runs, or in this process where none does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from docket import Docket, ExecutionState
from scrapy.settings import Settings

from crawler.archive import Archive
from crawler.config import Watch
from crawler.errors import StateError
from crawler.items import Run
from crawler.runtime import Places, Runtime, utc_now
from crawler.service.crawls import Crawls
from crawler.service.reactor import twisted
from crawler.service.tasks import add_crawl, crawl_key, docket
from crawler.state import State, answers, failures, socket_path

POLL_S = 0.2
_OVER = (ExecutionState.COMPLETED, ExecutionState.FAILED, ExecutionState.CANCELLED)


def service_url(places: Places) -> str:
    """The Redis of a service that may be running; "" when none can be."""
    if places.redis_url:
        return places.redis_url
    path = socket_path(places.folder)
    return f"unix://{path}" if answers(path) else ""


async def expect_redis(url: str) -> None:
    """Raises StateError where the Redis at `url` does not answer now: a command waits for none. "" is embedded."""
    if url:
        state = State.connect(url, retries=0)
        try:
            await state.answers()
        finally:
            await state.close()


async def crawl_once(watch: Watch, places: Places, settings: Settings, source_id: str) -> Run | None:
    """Crawls a source in this process. None when the source is not in the watch file."""
    runtime = await Runtime.open(watch, places, owner=True)
    try:
        async with twisted():
            return await Crawls(runtime, settings).crawl(source_id, crawl_key(source_id, utc_now()))
    finally:
        await runtime.close()


async def ask_service(url: str, places: Places, source_id: str, tell: Callable[[str], None]) -> Run:
    """Has the running service crawl a source, and waits for the run. Raises StateError when no worker is there."""
    async with failures("asking the service"), docket(url) as queue:
        await _expect_worker(queue)
        asked = utc_now()
        crawled = await add_crawl(queue, source_id, asked)
        tell(f"{source_id}: handed to the running service")
        with Archive.open(places.database_url) as archive:
            while True:
                over = crawled.state in _OVER
                runs = await asyncio.to_thread(archive.runs, source_id, limit=5)
                for run in runs:
                    if run.id == crawled.key or (over and run.started >= asked):  # another one that began since
                        return run
                if over:
                    raise StateError("the service left it out: another crawl of it waits already", subject=source_id)
                await asyncio.sleep(POLL_S)
                await crawled.sync()


async def _expect_worker(queue: Docket) -> None:
    if not list(await queue.workers()):
        raise StateError("no worker is running: start `wirewatch run`", subject=queue.url.split("@")[-1])
