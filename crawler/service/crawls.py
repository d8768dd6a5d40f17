"""Crawls in the service's own event loop: one ordinary Scrapy crawl for each run of a source."""

from __future__ import annotations

import asyncio
import logging

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings

from crawler.items import Run
from crawler.runtime import Runtime

_log = logging.getLogger(__name__)


class Crawls:
    """Starts crawls, at most one for each source at a time, and stops them all when the service ends."""

    def __init__(self, runtime: Runtime, settings: Settings) -> None:
        self._runtime = runtime
        self._runner = AsyncCrawlerRunner(settings)
        self._finished: dict[str, Run] = {}
        self.running: set[str] = set()
        runtime.on_run.append(self._note)

    def _note(self, run: Run) -> None:
        if run.id in self._finished:
            self._finished[run.id] = run

    async def crawl(self, source_id: str, task: str) -> Run | None:
        """Crawls a source; `task` names the run and stays the same when a task is delivered again.

        Returns None when the source is gone from the watch file, or is being crawled already.
        Raises whatever Scrapy raises when a crawl cannot even start.
        """
        source = self._runtime.watch.source_by_id.get(source_id)
        if source is None or source_id in self.running:
            _log.info("%s: %s", source_id, "crawled already" if source else "no longer in the watch file")
            return None
        self.running.add(source_id)
        self._finished[task] = Run(id=task, source=source_id, started=self._runtime.now())
        try:
            await self._runner.crawl(source.spider or "news", source=source_id, runtime=self._runtime, task=task)
            return self._finished[task]
        finally:
            self.running.discard(source_id)
            del self._finished[task]

    async def stop(self) -> None:
        """Lets what is being downloaded finish, drops what waits (the next crawl finds it again)."""
        await self._runner.stop()
        await asyncio.wait_for(self._runner.join(), timeout=None)
