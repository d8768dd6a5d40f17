"""Crawls in the event loop of the service: one ordinary Scrapy crawl for each run of a source."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from docket import Docket
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings

from crawler.items import Outcome, Run
from crawler.observe.logs import about
from crawler.runtime import Runtime
from crawler.schedule.due_time import SKEW
from crawler.service.worker.project import CrawlSettings
from crawler.service.worker.tasks import CRAWL, FETCH, REVISIT, Alone, AloneAgain, due_of

RELOAD_CHECK_S = 0.2
RELOAD_CHECKS = 25  # five times as long as reloading a changed watch file takes

_log = logging.getLogger(__name__)


class Crawls:
    """Runs crawls, at most one for each source at a time, and stops them when the service ends."""

    def __init__(self, runtime: Runtime, settings: Settings) -> None:
        self._runtime = runtime
        own = CrawlSettings.of(settings)
        own.set("STATS_DUMP", _log.isEnabledFor(logging.INFO), priority="project")  # formatting them takes time
        self._runner = AsyncCrawlerRunner(own)
        self._finished: dict[str, Run] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._waiting: set[str] = set()
        self._stopping = False
        self._ending: asyncio.Task[None] | None = None
        self.running: set[str] = set()
        self._revisiting: set[str] = set()
        runtime.on_run.append(self._ended)

    def _ended(self, run: Run) -> None:
        if run.id in self._finished:
            self._finished[run.id] = run

    async def crawl(self, source_id: str, task: str) -> Run | None:
        """Crawl a source; `task` names the run and is the same when a task is redelivered.

        While the source is being crawled, one more crawl waits; a third would add nothing. Returns None for that one,
        and for a source that is no longer in the watch file. Raises what Scrapy raises if a crawl cannot start.
        """
        turn = self._turns.setdefault(source_id, asyncio.Lock())
        if self._runtime.source(source_id) is None or source_id in self._waiting:
            _log.info("%s: skipped, %s", task, "another crawl is waiting" if turn.locked() else "not in the watch file")
            return None
        self._waiting.add(source_id)
        try:
            await turn.acquire()
        finally:
            self._waiting.discard(source_id)
        try:
            return await self._run(source_id, task)
        finally:
            turn.release()

    async def fetch(self, source_id: str, url: str, task: str) -> Run | None:
        """Fetch exactly one page as an article of a source, beside any crawl of it; `task` names the run.

        Returns None for a source that is no longer in the watch file. Raises as `crawl` does.
        """
        if source_id not in self._runtime.watch.source_by_id or self._stopping:
            return None
        self._finished[task] = Run(id=task, source=source_id, started=self._runtime.now())
        try:
            with about(source_id, task):
                await self._runner.crawl("page", source=source_id, url=url, runtime=self._runtime, task=task)
            return self._finished[task]
        finally:
            del self._finished[task]

    async def wait_for_source(self, source_id: str) -> None:
        """Wait briefly for a source that the scheduler may have read from the watch file before this process."""
        for _ in range(RELOAD_CHECKS):
            if self._runtime.source(source_id) is not None:
                return
            await asyncio.sleep(RELOAD_CHECK_S)

    async def _run(self, source_id: str, task: str) -> Run | None:
        source = self._runtime.source(source_id)
        if source is None or self._stopping or await self._covered(source_id, task):
            return None
        self.running.add(source_id)
        self._finished[task] = Run(id=task, source=source_id, started=self._runtime.now())
        try:
            with about(source_id, task):
                await self._runner.crawl(source.spider or "news", source=source_id, runtime=self._runtime, task=task)
            return self._finished[task]
        finally:
            self.running.discard(source_id)
            del self._finished[task]

    async def _covered(self, source_id: str, task: str) -> bool:
        """Return whether this crawl is done, or any process began another one of the source after its due time."""
        due, archive, now = due_of(task), self._runtime.archive, self._runtime.now()
        if due is None:
            return False
        earliest, latest = due + timedelta(seconds=1), now + SKEW
        last = await archive.call(archive.sync.runs, source_id, limit=1)
        return any(_is_done(run) if run.id == task else earliest < run.started <= latest for run in last)

    def is_revisiting(self, source_id: str) -> bool:
        """Return whether articles of the source are being revisited."""
        return source_id in self._revisiting

    async def revisit(self, source_id: str) -> None:
        """Revisit the due articles of a source, unless that is running already."""
        if source_id in self._revisiting or source_id not in self._runtime.watch.source_by_id or self._stopping:
            return
        self._revisiting.add(source_id)
        try:
            with about(source_id, "revisit"):
                await self._runner.crawl("revisit", source=source_id, runtime=self._runtime)
        finally:
            self._revisiting.discard(source_id)

    async def stop(self, within_s: float) -> None:
        """Finish the pages at hand within `within_s`, and drop the others (the next crawl takes them again).

        A download that still runs after as long again is left to the end of the process.
        """
        self._stopping = True
        self._ending = asyncio.create_task(self._end(), name="ending-crawls")
        await asyncio.wait({self._ending}, timeout=within_s)
        if not self._ending.done():
            self._runtime.drop_work()
            await asyncio.wait({self._ending}, timeout=within_s)

    async def keep(self, run: Run | None) -> None:
        """If the service stopped a run, wait for the end of the worker: its task is then redelivered."""
        if self._stopping and (run is None or run.outcome is Outcome.STOPPED):
            await asyncio.Event().wait()

    async def _end(self) -> None:
        await self._runner.stop()
        await self._runner.join()


def _is_done(run: Run) -> bool:
    """Return whether the run of a task is complete: it was requested twice in a second, or redelivered too late."""
    return run.outcome is not Outcome.STOPPED  # a stopped run is resumed


def take_tasks(queue: Docket, crawls: Crawls) -> None:
    """Register the tasks of the queue, run by `crawls`."""

    async def crawl(source_id: Alone, task: str) -> None:
        await crawls.wait_for_source(source_id)
        await crawls.keep(await crawls.crawl(source_id, task))

    async def revisit(source_id: AloneAgain) -> None:
        await crawls.revisit(source_id)

    async def fetch(source_id: str, url: str, task: str) -> None:
        await crawls.wait_for_source(source_id)
        await crawls.keep(await crawls.fetch(source_id, url, task))

    queue.register(crawl, names=[CRAWL])
    queue.register(revisit, names=[REVISIT])
    queue.register(fetch, names=[FETCH])
