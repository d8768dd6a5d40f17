"""`wirewatch run`: schedule, worker, crawls and deliveries in one process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

from docket import Docket, Worker
from scrapy.settings import Settings

from crawler.archive import Stored
from crawler.config import Watch
from crawler.errors import ArchiveError, StateError, WirewatchError
from crawler.items import Article, Run
from crawler.runtime import Places, Runtime
from crawler.service.baseline import take_up_rules
from crawler.service.board import Board
from crawler.service.crawls import Crawls
from crawler.service.deliveries import SWEEP_S, Deliveries
from crawler.service.item_feeds import FOLDER, UPDATE_S, update_feeds
from crawler.service.reactor import twisted
from crawler.service.revisits import SWEEP_S as REVISIT_SWEEP_S
from crawler.service.revisits import Revisits
from crawler.service.schedule import Schedule
from crawler.service.signals import LOOK_S, raise_signals
from crawler.service.tasks import CRAWL, DELIVER, add_crawl, docket
from crawler.service.watching import follow

CRAWLS_AT_ONCE = 50
REDELIVER = timedelta(seconds=10)  # a dead worker's tasks come again; a living one renews its leases
RUNS_REMEMBERED = 40  # of a source, for its rhythm
STOP_S = 2.5  # for crawls to end by themselves
GUARD_S = 0.5

_log = logging.getLogger(__name__)


class Service:
    """One process that does everything. `run` returns when it is told to stop."""

    def __init__(
        self, watch: Watch, places: Places, settings: Settings, path: Path, environ: Mapping[str, str]
    ) -> None:
        self._watch = watch
        self._places = places
        self._settings = settings
        self._path = path
        self._environ = environ
        self._stopping = asyncio.Event()
        self._due = asyncio.Event()
        self._ready: list[Callable[[], None]] = []
        self.runtime: Runtime
        self.board: Board
        self.crawls: Crawls
        self.schedule: Schedule

    def stop(self) -> None:
        """Asks `run` to end; safe to call twice and from a signal handler of the loop."""
        self._stopping.set()

    def when_ready(self, call: Callable[[], None]) -> None:
        """Calls `call` once everything is open."""
        self._ready.append(call)

    async def run(self) -> None:
        """Runs until `stop`. Raises BusyError, StateError, ArchiveError when it cannot start.

        Raises WirewatchError, after an orderly end, when one of its loops broke.
        """
        async with AsyncExitStack() as stack:
            self.runtime = await Runtime.open(self._watch, self._places, owner=True)
            stack.push_async_callback(self.runtime.close)
            await stack.enter_async_context(twisted())
            queue = await stack.enter_async_context(docket(self._redis_url()))
            self._wire(queue)
            worker = await stack.enter_async_context(
                Worker(queue, concurrency=CRAWLS_AT_ONCE, redelivery_timeout=REDELIVER)
            )
            await self._use(self._watch)
            self.schedule.repeat("item-feeds", UPDATE_S, self._update_feeds)
            await self.revisits.mend()
            self.schedule.repeat("signals", LOOK_S, self._raise_signals)
            self.schedule.repeat("revisits", REVISIT_SWEEP_S, self.revisits.sweep)
            self.schedule.start()
            stack.callback(self.schedule.stop)
            background = self._background(worker)
            for call in self._ready:
                call()
            try:
                await self._until_stopped(background)
            finally:
                self.schedule.stop()
                await self._end(background)
                await self._update_feeds()
                await self.deliveries.close()

    def _redis_url(self) -> str:
        return self.runtime.server.url if self.runtime.server else self._places.redis_url

    def _wire(self, queue: Docket) -> None:
        runtime = self.runtime
        self.board = Board(runtime.now())
        self.crawls = Crawls(runtime, self._settings)
        self.revisits = Revisits(runtime, queue, self.crawls)
        home = self._settings["WIREWATCH_WEB_URL"]
        self.deliveries = Deliveries(runtime, queue, self.board.alert, self._due.set, home)
        runtime.on_stored += [self.board.stored, self._stored]
        runtime.on_run += [self.board.ran, self._ran]
        runtime.on_note.append(self.board.note)

        async def due(source_id: str, when: datetime) -> None:
            try:
                await add_crawl(queue, source_id, when)
            except StateError as error:
                self.board.note(f"{source_id} is left out this time: {error}")

        async def crawl(source_id: str, task: str) -> None:
            await self.crawls.crawl(source_id, task)

        async def deliver(channel: str, message: str) -> None:
            await self.deliveries.deliver(channel, message)

        queue.register(crawl, names=[CRAWL])
        queue.register(deliver, names=[DELIVER])
        self.schedule = Schedule(due, runtime.now)

    def _background(self, worker: Worker) -> list[asyncio.Task[None]]:
        changes = follow(self._path, self._environ, self._use, self.board.note)
        loops: dict[str, Awaitable[None]] = {
            "worker": self._work(worker),
            "watch-file": changes,
            "deliveries": self._deliver_due(),
            "guard": self._guard_server(),
        }
        return [asyncio.create_task(_coroutine(loop), name=name) for name, loop in loops.items()]

    async def _until_stopped(self, background: list[asyncio.Task[None]]) -> None:
        stopped = asyncio.create_task(self._stopping.wait(), name="stop")
        done, _ = await asyncio.wait([stopped, *background], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        for task in done - {stopped}:
            _log.error("%s ended", task.get_name(), exc_info=task.exception())
            raise WirewatchError(f"{task.get_name()} ended unexpectedly: {task.exception()}", subject="the service")

    async def _end(self, background: list[asyncio.Task[None]]) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.crawls.stop(), STOP_S)
        for task in background:
            task.cancel()
        await asyncio.wait(background, timeout=1.0)

    async def _use(self, watch: Watch) -> None:
        await asyncio.to_thread(self.runtime.use, watch)
        self.schedule.use(watch.sources, {source.id: await self._history(source.id) for source in watch.sources})
        asyncio.create_task(self._take_up_rules(watch), name="new-rules").add_done_callback(_report)

    async def _take_up_rules(self, watch: Watch) -> None:
        if await asyncio.to_thread(take_up_rules, self.runtime.desk.archive, watch, self.runtime.now()):
            self._due.set()

    async def _history(self, source_id: str) -> list[Run]:
        desk = self.runtime.desk
        return list(reversed(await desk.call(desk.archive.runs, source_id, limit=RUNS_REMEMBERED)))

    def _stored(self, article: Article, stored: Stored) -> None:
        del article
        if stored.new_alerts:
            self._due.set()

    def _ran(self, run: Run) -> None:
        source = self.runtime.watch.source_by_id.get(run.source)
        if source is not None and not source.every and not source.cron:
            asyncio.create_task(self._adapt(run.source)).add_done_callback(_report)

    async def _adapt(self, source_id: str) -> None:
        source = self.runtime.watch.source_by_id.get(source_id)
        if source is not None:
            self.schedule.adapt(source, await self._history(source_id))

    async def _deliver_due(self) -> None:
        while True:
            again = None
            self._due.clear()
            try:
                again = await self.deliveries.sweep()
            except WirewatchError as error:
                _log.warning("deliveries wait: %s", error)
            wait_s = (again - self.runtime.now()).total_seconds() if again else SWEEP_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), min(SWEEP_S, max(0.05, wait_s)))

    async def _raise_signals(self) -> None:
        runtime = self.runtime  # in a thread of its own: weeks of counts must not keep articles waiting
        try:
            told = await asyncio.to_thread(raise_signals, runtime.desk.archive, runtime.watch, runtime.now())
        except ArchiveError as error:
            _log.warning("spikes and growth are looked for later: %s", error)
            return
        if told:
            self._due.set()

    async def _update_feeds(self) -> None:
        runtime = self.runtime
        if runtime.watch.feeds:  # not in the archive's own thread: a long feed must not keep articles waiting
            folder = self._places.folder / FOLDER
            await asyncio.to_thread(update_feeds, runtime.desk.archive, runtime.watch, folder, runtime.now())

    async def _work(self, worker: Worker) -> None:
        """Runs the worker: it waits out a lost Redis by itself, and begins again after anything else."""
        while True:
            try:
                await worker.run_forever()
            except Exception as error:  # noqa: BLE001  the edge of the service's loop
                _log.warning("the worker failed, and begins again: %s", error)
            await asyncio.sleep(GUARD_S)

    async def _guard_server(self) -> None:
        """Starts the embedded server again when it died; everything else waits for it by itself."""
        server = self.runtime.server
        while True:
            await asyncio.sleep(GUARD_S)
            if server is None or server.alive():
                continue
            self.board.note("Valkey ended unexpectedly; starting it again")
            try:
                await asyncio.to_thread(server.restart)
            except WirewatchError as error:
                self.board.note(f"{error}; trying again")
                await asyncio.sleep(timedelta(seconds=5).total_seconds())


async def _coroutine(awaitable: Awaitable[None]) -> None:
    await awaitable


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.error("%s failed: %s", task.get_name(), task.exception())
