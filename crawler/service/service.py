"""The service: one process that runs some or all of the roles (scheduler, worker, deliver)."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from docket import Docket
from scrapy.settings import Settings

from crawler.config import Watch
from crawler.errors import WirewatchError
from crawler.health.canary import TIMING, Timing
from crawler.observe.server import Port
from crawler.runtime import Places, Runtime
from crawler.service.delivery.deliverer import Deliverer
from crawler.service.guard import guard
from crawler.service.observing import Duty, Monitor
from crawler.service.opening import Opening
from crawler.service.scheduler.scheduler import Scheduler
from crawler.service.scheduler.watch_file import follow
from crawler.service.status import ServiceStatus
from crawler.service.worker.canary_site import CanarySite
from crawler.service.worker.queue import redeliver_all
from crawler.service.worker.tasks import delivery_docket, docket
from crawler.service.worker.worker import CrawlWorker, TaskWorker

CRAWLS_AT_ONCE: Final = 50  # that do more than wait for their hosts
STOP_LOOPS_S: Final = 0.3  # for loops to end; then workers that still finish their tasks are cancelled again
COLLECT_EVERY: Final = 50_000  # objects: a crawl makes some thousand; collecting so many takes 8 ms, 200,000 some 70

_log = logging.getLogger(__name__)


class Role(StrEnum):
    """The roles of a process of the service."""

    SCHEDULER = "scheduler"
    WORKER = "worker"
    DELIVER = "deliver"


ALL = frozenset(Role)


class RunningRole(Protocol):
    """A role while it runs."""

    async def run(self) -> None:
        """Do the work of the role until cancelled."""

    async def stop(self) -> None:
        """Prepare the cancellation of `run`."""

    async def close(self) -> None:
        """Finish, after `run` has ended."""


@contextmanager
def settled_heap() -> Iterator[None]:
    """Exclude the objects of the start from the cyclic collector for the block, as they live as long as the service."""
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


class Service:
    """One process of the service, with all roles or some. `run` returns after `stop`.

    Several processes share a Redis and an archive: one scheduler and one planner of deliveries is the leader, the
    others are on standby; workers share the crawls, with at most `concurrency` at once in each process.
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
        canary: Timing = TIMING,
    ) -> None:
        self._watch = watch
        self._places = places
        self._settings = settings
        self._path = path
        self._environ = environ
        self._roles = roles
        self._concurrency = concurrency
        self._metrics = metrics
        self._canary = canary
        self._canary_site: CanarySite | None = None
        self._stopping = asyncio.Event()
        self._due = asyncio.Event()
        self._ready: list[Callable[[], None]] = []
        self._running: dict[Role, RunningRole] = {}
        self._duties: dict[str, Duty] = {}  # by queue: where this process may be the leader
        self._workers: dict[str, TaskWorker] = {}  # by queue: whose tasks this process takes
        self._worker: CrawlWorker | None = None
        self._scheduler: Scheduler | None = None
        self._opened: Runtime | None = None
        self.status: ServiceStatus

    @property
    def runtime(self) -> Runtime:
        """The shared parts of the process; available when the service is ready."""
        if self._opened is None:
            raise RuntimeError("the service is not open yet")
        return self._opened

    def stop(self) -> None:
        """Make `run` return; safe to call twice and from a signal handler of the loop."""
        if self._opened is not None:
            self._opened.pool.expect_end()  # the signal may have reached its processes too
        self._stopping.set()

    def kill_server(self) -> None:
        """Stop the embedded server, if there is one; from any thread, if everything else hangs."""
        if self._opened is not None and self._opened.server is not None:
            self._opened.server.stop()

    def when_ready(self, call: Callable[[], None]) -> None:
        """Call `call` once everything is open."""
        self._ready.append(call)

    def next_due(self, source_id: str) -> datetime | None:
        """Return when the source is due next; None if it is paused or unknown, or if another process schedules."""
        return self._scheduler.next_due(source_id) if self._scheduler else None

    def is_crawling(self, source_id: str) -> bool:
        """Return whether this process is crawling the source."""
        return self._worker is not None and source_id in self._worker.crawls.running

    async def run(self) -> None:
        """Run until `stop`. Raises BusyError, StateError, ArchiveError if it cannot start.

        Raises WirewatchError, after an orderly end, if one of its loops failed.
        """
        async with AsyncExitStack() as stack:
            opening = Opening(self._places, self._stopping, self._metrics)
            self._opened = await opening.runtime(self._watch, extracts=Role.WORKER in self._roles)
            if self._opened is None:
                return
            stack.push_async_callback(self.runtime.close)
            self.status = ServiceStatus(self.runtime.now())
            self.runtime.on_stored += [self.status.stored]
            self.runtime.on_outgoing += [self._due.set]
            self.runtime.on_run += [self.status.ran]
            self.runtime.on_note.append(self.status.note)
            await self._open_roles(stack)
            stack.enter_context(settled_heap())
            loops = self._loops()
            for call in self._ready:
                call()
            try:
                await self._monitor(stack, loops)
                await self._until_stopped(loops)
            finally:
                await self._end(loops)
                for role in self._running.values():
                    await role.close()

    def _redis_url(self) -> str:
        return self.runtime.server.url if self.runtime.server else self._places.redis_url

    def _name(self) -> str:
        """Return the holder of a lease. The owner of a folder is alone on its server, and takes its own leases over."""
        if self.runtime.server is not None:
            return "owner"
        return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"

    async def _open_roles(self, stack: AsyncExitStack) -> None:
        runtime, home = self.runtime, self._settings["WIREWATCH_WEB_URL"]
        if self._roles & {Role.SCHEDULER, Role.WORKER}:
            queue = await self._open_queue(stack, docket(self._redis_url()))
        if Role.WORKER in self._roles:
            opening = CrawlWorker.open(runtime, self._settings, queue, self._concurrency)
            self._worker = worker = await stack.enter_async_context(opening)
            self._running[Role.WORKER] = worker
            self._workers["crawls"] = worker.tasks
            self._canary_site = CanarySite(runtime)
            stack.push_async_callback(self._canary_site.close)
            await self._canary_site.open()
        if Role.SCHEDULER in self._roles:
            lease = runtime.state.leader_lease("schedule", self._name())
            self._duties["crawls"] = Duty(queue, lease)
            note, wake, write = self.status.note, self._due.set, self.status.alert
            self._scheduler = self._running[Role.SCHEDULER] = Scheduler(
                runtime, queue, lease, self._places.folder, note, wake, home, write=write, timing=self._canary
            )
        if Role.DELIVER in self._roles:
            outgoing = await self._open_queue(stack, delivery_docket(self._redis_url()))
            lease = runtime.state.leader_lease("deliveries", self._name())
            self._duties["deliveries"] = Duty(outgoing, lease)
            deliverer = await stack.enter_async_context(
                Deliverer.open(runtime, outgoing, self.status.alert, self._due, lease, home)
            )
            self._running[Role.DELIVER] = deliverer
            self._workers["deliveries"] = deliverer.tasks

    async def _open_queue(self, stack: AsyncExitStack, queue: Docket) -> Docket:
        """Open a queue. The owner of a folder is the only process with workers: those before it have ended."""
        await stack.enter_async_context(queue)
        if self.runtime.server is not None:
            await redeliver_all(queue)
        return queue

    def _loops(self) -> list[asyncio.Task[None]]:
        loops = {
            **{role.value: running.run() for role, running in self._running.items()},
            "watch-file": follow(self._path, self._environ, self._use, self.status.note),
            "guard": guard(self.runtime.server, self.runtime.archive.sync, self.status.note),
        }
        if self._scheduler is not None:
            loops["canary"] = self._scheduler.canary.run()
        return [asyncio.create_task(loop, name=name) for name, loop in loops.items()]

    async def _monitor(self, stack: AsyncExitStack, loops: list[asyncio.Task[None]]) -> None:
        """Open the port for monitoring, if there is one. Raises ConfigError if it is in use."""
        if self._metrics is not None:
            monitor = Monitor(self.runtime, sorted(self._roles), loops, self._duties, self._workers)
            monitor.canary = self._scheduler.canary if self._scheduler else None
            address = await stack.enter_async_context(monitor.serving(self._metrics))
            self.status.note(f"metrics: {address}/metrics")

    async def _until_stopped(self, loops: list[asyncio.Task[None]]) -> None:
        stopped = asyncio.create_task(self._stopping.wait(), name="stop")
        done, _ = await asyncio.wait([stopped, *loops], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        for task in done if not self._stopping.is_set() else ():
            _log.error("%s stopped unexpectedly", task.get_name(), exc_info=task.exception())
            raise WirewatchError(f"{task.get_name()} stopped unexpectedly: {task.exception()}", subject="the service")

    async def _end(self, loops: list[asyncio.Task[None]]) -> None:
        self._stopping.set()
        for role in self._running.values():
            await role.stop()
        for task in loops:
            task.cancel()
        _, pending = await asyncio.wait(loops, timeout=STOP_LOOPS_S)
        for task in pending:  # a worker that lets its crawls finish: their tasks are redelivered at the next start
            task.cancel()
        if pending:
            await asyncio.wait(pending, timeout=STOP_LOOPS_S)

    async def _use(self, watch: Watch) -> None:
        await asyncio.to_thread(self.runtime.use, watch)
        if self._scheduler is not None:
            await self._scheduler.use(watch)
