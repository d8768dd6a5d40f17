"""Crawls in the service's own event loop: one ordinary Scrapy crawl for each run of a source."""

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
from crawler.service.scheduler.histories import SKEW
from crawler.service.worker.project import CrawlSettings
from crawler.service.worker.tasks import CRAWL, FETCH, REVISIT, Alone, AloneAgain, due_of

MEET_LOOK_S = 0.2
MEET_LOOKS = 25  # five times as long as it takes to see that the watch file changed

_log = logging.getLogger(__name__)


class Crawls:
    """Starts crawls, at most one for each source at a time, and stops them all when the service ends."""

    def __init__(self, runtime: Runtime, settings: Settings) -> None:
        self._runtime = runtime
        own = CrawlSettings.of(settings)
        own.set("STATS_DUMP", _log.isEnabledFor(logging.INFO), priority="project")  # printing them takes its time
        self._runner = AsyncCrawlerRunner(own)
        self._finished: dict[str, Run] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._waiting: set[str] = set()
        self._stopping = False
        self.running: set[str] = set()
        self._revisiting: set[str] = set()
        runtime.on_run.append(self._note)

    def _note(self, run: Run) -> None:
        if run.id in self._finished:
            self._finished[run.id] = run

    async def crawl(self, source_id: str, task: str) -> Run | None:
        """Crawls a source; `task` names the run and stays the same when a task is delivered again.

        While the source is being crawled, one more crawl waits for its turn; a third has nothing to add.
        Returns None for that one, and for a source that is gone from the watch file.
        Raises whatever Scrapy raises when a crawl cannot even start.
        """
        turn = self._turns.setdefault(source_id, asyncio.Lock())
        if source_id not in self._runtime.watch.source_by_id or source_id in self._waiting:
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
        """Fetches exactly one page as an article of a source, beside any crawl of it; `task` names the run.

        Returns None for a source that is gone from the watch file. Raises as `crawl` does.
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

    async def meet(self, source_id: str) -> None:
        """Waits a moment for a source that the scheduler may have read from the watch file before this process did."""
        for _ in range(MEET_LOOKS):
            if source_id in self._runtime.watch.source_by_id:
                return
            await asyncio.sleep(MEET_LOOK_S)

    async def _run(self, source_id: str, task: str) -> Run | None:
        source = self._runtime.watch.source_by_id.get(source_id)
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
        """Whether this crawl is done, or another of the source began after it was due: here or in another process."""
        due, archive, now = due_of(task), self._runtime.archive, self._runtime.now()
        if due is None:
            return False
        earliest, latest = due + timedelta(seconds=1), now + SKEW
        last = await archive.call(archive.sync.runs, source_id, limit=1)
        return any(_is_done(run) if run.id == task else earliest < run.started <= latest for run in last)

    def is_revisiting(self, source_id: str) -> bool:
        """Whether known articles of the source are being looked at again."""
        return source_id in self._revisiting

    async def revisit(self, source_id: str) -> None:
        """Looks at the articles of a source that are due; nothing when that is being done already."""
        if source_id in self._revisiting or source_id not in self._runtime.watch.source_by_id or self._stopping:
            return
        self._revisiting.add(source_id)
        try:
            with about(source_id, "revisit"):
                await self._runner.crawl("revisit", source=source_id, runtime=self._runtime)
        finally:
            self._revisiting.discard(source_id)

    async def stop(self) -> None:
        """Lets what is being downloaded finish, drops what waits (the next crawl finds it again)."""
        self._stopping = True
        await self._runner.stop()
        await self._runner.join()


def _is_done(run: Run) -> bool:
    """Whether a task with this run has nothing to add: asked for twice in a second, or delivered again too late."""
    return run.outcome is not Outcome.STOPPED  # what was stopped goes on


def take_tasks(queue: Docket, crawls: Crawls) -> None:
    """Has the queue's tasks done by `crawls`."""

    async def crawl(source_id: Alone, task: str) -> None:
        await crawls.meet(source_id)
        await crawls.crawl(source_id, task)

    async def revisit(source_id: AloneAgain) -> None:
        await crawls.revisit(source_id)

    async def fetch(source_id: str, url: str, task: str) -> None:
        await crawls.meet(source_id)
        await crawls.fetch(source_id, url, task)

    queue.register(crawl, names=[CRAWL])
    queue.register(revisit, names=[REVISIT])
    queue.register(fetch, names=[FETCH])
