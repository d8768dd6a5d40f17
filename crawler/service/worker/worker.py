"""The worker role: takes tasks from the queue and runs their crawls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, Self

from docket import Docket, Worker
from scrapy.settings import Settings

from crawler.runtime import Runtime
from crawler.service.worker.crawls import Crawls, take_tasks
from crawler.service.worker.reactor import twisted
from crawler.service.worker.task_data import refuse

REDELIVER: Final = timedelta(seconds=10)  # a dead worker's tasks are redelivered; a living one renews its leases
RESTART_S: Final = 0.5
STOP_S: Final = 2.0  # in which crawls may end by themselves
OPEN_CRAWLS: Final = 10  # times the concurrency may be open while they wait for hosts

_log = logging.getLogger(__name__)


class TaskWorker:
    """Takes the tasks of one queue, `concurrency` at once. `worker` is open."""

    def __init__(self, worker: Worker, queue: Docket, concurrency: int) -> None:
        self.queue = queue
        self._worker = worker
        self._concurrency = concurrency
        self._stopping = False

    @classmethod
    @asynccontextmanager
    async def open(cls, queue: Docket, concurrency: int) -> AsyncIterator[Self]:
        """Open a worker for the block."""
        worker = Worker(queue, concurrency=concurrency, redelivery_timeout=REDELIVER, fallback_task=refuse)
        async with worker:
            yield cls(worker, queue, concurrency)

    @property
    def name(self) -> str:
        """The name under which Redis knows the worker."""
        return self._worker.name

    async def run(self) -> None:
        """Take tasks until cancelled. The worker waits out a lost Redis by itself, and is restarted after other errors.

        It handles a cancellation as a request to finish its tasks, and returns; call `stop` before, or it restarts.
        """
        while not self._stopping:
            try:
                await self._worker.run_forever()
            except Exception as error:  # noqa: BLE001  the edge of the service's loop
                _log.warning("the worker failed and restarts: %s", error)
            await asyncio.sleep(RESTART_S)

    def stop(self) -> None:
        """Let `run` return when it is cancelled."""
        self._stopping = True

    def make_room(self, waiting: int) -> None:
        """Raise the concurrency by the number of crawls that only wait for their hosts."""
        self._worker.concurrency = min(OPEN_CRAWLS * self._concurrency, self._concurrency + waiting)


class CrawlWorker:
    """Runs the crawls of the queue."""

    def __init__(self, crawls: Crawls, tasks: TaskWorker) -> None:
        self.crawls = crawls
        self.tasks = tasks

    @classmethod
    @asynccontextmanager
    async def open(cls, runtime: Runtime, settings: Settings, queue: Docket, concurrency: int) -> AsyncIterator[Self]:
        """Open the role for the block, once in the life of a process."""
        async with twisted():
            crawls = Crawls(runtime, settings)
            take_tasks(queue, crawls)
            async with TaskWorker.open(queue, concurrency) as tasks:
                runtime.on_waiting.append(tasks.make_room)
                yield cls(crawls, tasks)

    async def run(self) -> None:
        """Take tasks until cancelled."""
        await self.tasks.run()

    async def stop(self) -> None:
        """Give the running crawls STOP_S to end."""
        self.tasks.stop()
        await self.crawls.stop(STOP_S)

    async def close(self) -> None:
        """Do nothing: leaving `open` releases everything."""
