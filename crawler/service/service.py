"""The service: schedule, crawls and deliveries, all in one process or each in processes of its own."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import socket
import uuid
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Final

from docket import Docket, Worker
from scrapy.settings import Settings

from crawler.archive import Stored
from crawler.config import Watch
from crawler.errors import WirewatchError
from crawler.items import Article
from crawler.observe.server import Port
from crawler.runtime import Places, Runtime
from crawler.service.delivery.deliveries import Deliveries
from crawler.service.guard import guard
from crawler.service.observing import Duty, Monitor
from crawler.service.opening import Opening
from crawler.service.scheduler.scheduler import Scheduling
from crawler.service.scheduler.watch_file import follow
from crawler.service.status import ServiceStatus
from crawler.service.worker.crawls import Crawls, take_tasks
from crawler.service.worker.reactor import twisted
from crawler.service.worker.task_data import refuse
from crawler.service.worker.tasks import delivery_docket, docket

COLLECT_EVERY: Final = 50_000  # objects: a crawl makes some thousand; a look at so many takes 8 ms, at 200,000 some 70


@contextmanager
def settled_heap() -> Iterator[None]:
    """What a service begins with lives as long as it does: the collector need not walk it again and again."""
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


CRAWLS_AT_ONCE = 50  # that do more than wait for their hosts
OPEN_CRAWLS = 10  # times as many may be open, the others waiting
DELIVERIES_AT_ONCE = 20
REDELIVER = timedelta(seconds=10)  # a dead worker's tasks come again; a living one renews its leases
STOP_S = 2.0  # for crawls to end by themselves
STOP_LOOPS_S = 0.3  # for loops; then those of workers, which let their tasks finish, are ended all the same
GUARD_S = 0.5

_log = logging.getLogger(__name__)


class Role(StrEnum):
    """What a process of the service does."""

    SCHEDULER = "scheduler"
    WORKER = "worker"
    DELIVER = "deliver"


ALL = frozenset(Role)


class Service:
    """One process of the service, with all roles or some. `run` returns when it is told to stop.

    Several processes share a Redis and an archive: one scheduler and one planner of deliveries lead, the others wait;
    workers share the crawls, `concurrency` of them at once in each.
    """

    def __init__(
        self,
        watch: Watch,
        places: Places,
        settings: Settings,
        path: Path,
        environ: Mapping[str, str],
        *,
        roles: frozenset[Role] = ALL,
        concurrency: int = CRAWLS_AT_ONCE,
        metrics: Port | None = None,
    ) -> None:
        self._watch = watch
        self._places = places
        self._settings = settings
        self._path = path
        self._environ = environ
        self._roles = roles
        self._concurrency = concurrency
        self._metrics = metrics
        self._stopping = asyncio.Event()
        self._due = asyncio.Event()
        self._ready: list[Callable[[], None]] = []
        self._loops: dict[str, Coroutine[Any, Any, None]] = {}
        self._duties: dict[str, Duty] = {}
        self._takers: dict[str, tuple[Docket, str]] = {}  # by queue: whose tasks this process takes, by what name
        self.runtime: Runtime
        self.status: ServiceStatus
        self.crawls: Crawls | None = None
        self.scheduling: Scheduling | None = None
        self._deliveries: Deliveries | None = None

    def stop(self) -> None:
        """Asks `run` to end; safe to call twice and from a signal handler of the loop."""
        self._stopping.set()

    def kill_server(self) -> None:
        """End the embedded server, where there is one; from any thread, where everything else hangs."""
        opened: Runtime | None = getattr(self, "runtime", None)
        if opened is not None and opened.server is not None:
            opened.server.stop()

    def when_ready(self, call: Callable[[], None]) -> None:
        """Calls `call` once everything is open."""
        self._ready.append(call)

    def next_due(self, source_id: str) -> datetime | None:
        """When the source is due next; None when it is paused or unknown, or another process schedules."""
        return self.scheduling.next_due(source_id) if self.scheduling else None

    def is_crawling(self, source_id: str) -> bool:
        """Whether this process is crawling the source."""
        return self.crawls is not None and source_id in self.crawls.running

    async def run(self) -> None:
        """Runs until `stop`. Raises BusyError, StateError, ArchiveError when it cannot start.

        Raises WirewatchError, after an orderly end, when one of its loops broke.
        """
        async with AsyncExitStack() as stack:
            opening = Opening(self._places, self._stopping, self._metrics)
            opened = await opening.runtime(self._watch, extracts=Role.WORKER in self._roles)
            if opened is None:
                return
            self.runtime = opened
            stack.push_async_callback(self.runtime.close)
            self.status = ServiceStatus(self.runtime.now())
            self.runtime.on_stored += [self.status.stored, self._stored]
            self.runtime.on_run += [self.status.ran]
            self.runtime.on_note.append(self.status.note)
            await self._open_roles(stack)
            stack.enter_context(settled_heap())
            background = self._background()
            for call in self._ready:
                call()
            try:
                await self._show(stack, background)
                await self._until_stopped(background)
            finally:
                await self._end(background)
                if self.scheduling is not None:
                    await self.scheduling.update_feeds()
                if self._deliveries is not None:
                    await self._deliveries.close()

    def _redis_url(self) -> str:
        return self.runtime.server.url if self.runtime.server else self._places.redis_url

    def _name(self) -> str:
        """Who holds a lease. The owner of a folder is alone on its server: it goes on where its last life ended."""
        if self.runtime.server is not None:
            return "owner"
        return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"

    async def _open_roles(self, stack: AsyncExitStack) -> None:
        runtime, loops = self.runtime, self._loops
        if self._roles & {Role.SCHEDULER, Role.WORKER}:
            queue = await stack.enter_async_context(docket(self._redis_url()))
        if Role.WORKER in self._roles:
            await stack.enter_async_context(twisted())
            self.crawls = Crawls(runtime, self._settings)
            take_tasks(queue, self.crawls)
            worker = await stack.enter_async_context(self._worker(queue, self._concurrency))
            runtime.on_waiting.append(partial(make_room, worker, self._concurrency))
            self._takers["crawls"] = (queue, worker.name)
            loops["worker"] = self._work(worker)
        if Role.SCHEDULER in self._roles:
            lead = runtime.state.leader_lease("schedule", self._name())
            self._duties["crawls"] = Duty(queue, lead)
            folder, home = self._places.folder, self._settings["WIREWATCH_WEB_URL"]
            self.scheduling = Scheduling(runtime, queue, lead, folder, self.status.note, self._due.set, home)
            loops["schedule"] = self.scheduling.run()
        if Role.DELIVER in self._roles:
            outgoing = await stack.enter_async_context(delivery_docket(self._redis_url()))
            home = self._settings["WIREWATCH_WEB_URL"]
            lead = runtime.state.leader_lease("deliveries", self._name())
            self._deliveries = Deliveries(runtime, outgoing, self.status.alert, self._due, lead, home)
            sender = await stack.enter_async_context(self._worker(outgoing, DELIVERIES_AT_ONCE))
            self._duties["deliveries"] = Duty(outgoing, lead)
            self._takers["deliveries"] = (outgoing, sender.name)
            loops["deliveries"] = self._deliveries.run()
            loops["sender"] = self._work(sender)
        loops["watch-file"] = follow(self._path, self._environ, self._use, self.status.note)
        loops["guard"] = guard(runtime.server, runtime.archive.sync, self.status.note)

    @staticmethod
    def _worker(queue: Docket, concurrency: int) -> Worker:
        return Worker(queue, concurrency=concurrency, redelivery_timeout=REDELIVER, fallback_task=refuse)

    def _background(self) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(loop, name=name) for name, loop in self._loops.items()]

    async def _show(self, stack: AsyncExitStack, background: list[asyncio.Task[None]]) -> None:
        """Opens the port for monitoring, where one is wanted. Raises ConfigError when it cannot be taken."""
        if self._metrics is not None:
            monitor = Monitor(self.runtime, sorted(self._roles), background, self._duties, self._takers)
            address = await stack.enter_async_context(monitor.serving(self._metrics))
            self.status.note(f"metrics: {address}/metrics")

    async def _until_stopped(self, background: list[asyncio.Task[None]]) -> None:
        stopped = asyncio.create_task(self._stopping.wait(), name="stop")
        done, _ = await asyncio.wait([stopped, *background], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        for task in done if not self._stopping.is_set() else ():
            _log.error("%s stopped unexpectedly", task.get_name(), exc_info=task.exception())
            raise WirewatchError(f"{task.get_name()} stopped unexpectedly: {task.exception()}", subject="the service")

    async def _end(self, background: list[asyncio.Task[None]]) -> None:
        self._stopping.set()
        if self.scheduling is not None:
            self.scheduling.stop()
        if self.crawls is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.crawls.stop(), STOP_S)
        for task in background:
            task.cancel()
        _, waiting = await asyncio.wait(background, timeout=STOP_LOOPS_S)
        for task in waiting:  # a worker that lets its crawls finish: their tasks come again at the next start
            task.cancel()
        if waiting:
            await asyncio.wait(waiting, timeout=STOP_LOOPS_S)

    async def _use(self, watch: Watch) -> None:
        await asyncio.to_thread(self.runtime.use, watch)
        if self.scheduling is not None:
            await self.scheduling.use(watch)

    def _stored(self, article: Article, stored: Stored) -> None:
        del article
        if stored.new_alerts:
            self._due.set()

    async def _work(self, worker: Worker) -> None:
        """Runs the worker: it waits out a lost Redis by itself, and begins again after anything else.

        It takes being cancelled for a wish to end in order, and returns: that must not begin it again.
        """
        while not self._stopping.is_set():
            try:
                await worker.run_forever()
            except Exception as error:  # noqa: BLE001  the edge of the service's loop
                _log.warning("the worker failed and restarts: %s", error)
            await asyncio.sleep(GUARD_S)


def make_room(worker: Worker, concurrency: int, waiting: int) -> None:
    """A crawl that only waits for its hosts takes no other crawl's place."""
    worker.concurrency = min(OPEN_CRAWLS * concurrency, concurrency + waiting)
