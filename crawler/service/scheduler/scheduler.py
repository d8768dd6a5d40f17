"""The scheduler role: due times become tasks, and the leader alone does the periodic work on archive and Redis.

From a due time to a crawl: `Schedule.take` releases the sources that are due, `PublishingPatterns.is_due` checks an
adaptive one whose pattern was not known yet, and `add_crawl` queues the task.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from docket import Docket

from crawler.archive import Archive
from crawler.archive.queries.sources import NamedSource
from crawler.config import Watch
from crawler.errors import ArchiveError, StateError, WirewatchError
from crawler.health.canary import CANARY, TIMING, Stage, Timing
from crawler.runtime import Runtime
from crawler.schedule.due_time import SKEW
from crawler.schedule.schedule import PendingCrawls, Schedule
from crawler.service.scheduler import health, maintenance, revisits, signals, websub
from crawler.service.scheduler.baseline import apply_new_rules
from crawler.service.scheduler.canary import CanaryKeeper
from crawler.service.scheduler.connection import Connection
from crawler.service.scheduler.publishing_patterns import PublishingPatterns
from crawler.service.worker.queue import end_overlong as end_overlong_tasks
from crawler.service.worker.tasks import add_crawl
from crawler.state import LeaderLease
from crawler.state.keys import LEADER_RENEW_S
from crawler.state.pauses import FRESH_S
from crawler.state.pauses import end_overlong as end_overlong_keys

TICK_S: Final = 0.25
ADAPT_S: Final = 5.0
SET_BACK: Final = timedelta(seconds=5)  # a clock that goes back further was set
SET_AHEAD: Final = timedelta(minutes=5)  # or the machine slept

_log = logging.getLogger(__name__)


class Every(IntervalTrigger):  # type: ignore[misc]  # APScheduler has no types
    """An interval that continues from now if its times have passed. APScheduler lists each of them, and then runs one.

    A clock that is set forward by a year passes 126 million of TICK_S; a machine that slept over the weekend 700,000.
    """

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return the next time, as IntervalTrigger does, but after `now` if it follows another one."""
        due: datetime = super().get_next_fire_time(previous_fire_time, now)
        return due if previous_fire_time is None or due > now else now + self.interval


class Scheduler:
    """One scheduler of possibly several; item feeds are written to `folder`.

    `note` receives lines for the operator, `wake` is called when there may be alerts to send. `home`: the address at
    which hubs may call back. A standby becomes the leader within LEADER_TTL_S and LEADER_RENEW_S.
    """

    def __init__(
        self,
        runtime: Runtime,
        queue: Docket,
        lease: LeaderLease,
        folder: Path,
        note: Callable[[str], None],
        wake: Callable[[], None],
        home: str = "",
        *,
        write: Callable[[str], None] = lambda _line: None,
        timing: Timing = TIMING,
    ) -> None:
        self._runtime = runtime
        self._folder = folder / maintenance.FOLDER
        self._queue = queue
        self._lease = lease
        self._note = note
        self._wake = wake
        self._home = home
        self._revisits = revisits.Revisits(runtime, queue)
        self._jobs: AsyncIOScheduler | None = None  # while this process is the leader
        self._schedule = Schedule()
        self._patterns = PublishingPatterns(runtime, self._schedule)
        self._pending = PendingCrawls()
        self._checked = (runtime.now(), time.monotonic())
        self._in_charge = False  # as of the last answer of Redis
        self.canary = CanaryKeeper(runtime, self._request, lambda: self._in_charge, write, wake, timing)
        self._was_ahead = False  # the clock, before it was set back
        self._over: timedelta | None = None  # how long ago the outage began whose end Redis does not have yet
        self._background: set[asyncio.Task[None]] = set()

    def next_due(self, source_id: str) -> datetime | None:
        """Return when the source is due next; None if it is paused or unknown, or if another process schedules."""
        return self._schedule.next_due(source_id) if self._jobs else None

    async def run(self) -> None:
        """Schedule whenever this process is the leader; never return."""
        try:
            while True:
                try:
                    await self.elect()
                except WirewatchError as error:
                    _log.warning("scheduling postponed: %s", error)
                await asyncio.sleep(LEADER_RENEW_S)
        finally:
            await self.stop()
            with contextlib.suppress(StateError):  # then the lease expires
                await self._lease.release()

    async def use(self, watch: Watch) -> None:
        """Apply a new watch file. Raises ArchiveError."""
        if self._jobs is not None:
            await self._use(watch)

    async def stop(self) -> None:
        """Stop releasing crawls and all periodic work."""
        if self._jobs is not None:
            if self._jobs.running:
                self._jobs.shutdown(wait=False)
            self._jobs = None

    async def close(self) -> None:
        """Write the latest articles to the item feeds."""
        await self._update_feeds()

    async def elect(self) -> None:
        """Acquire or renew the lease, and start or stop scheduling accordingly. Raises WirewatchError."""
        await self._check_clock()
        is_leader = self._in_charge = await self._lease.hold()
        if is_leader and self._jobs is None:
            await self._begin()
        elif not is_leader and self._jobs is not None:
            self._note("another process is now the scheduler")
            await self.stop()
        if is_leader:
            await self._queue_pending()

    async def _check_clock(self) -> None:
        """Stop a schedule whose times are all in the future, or in the past, by a clock that was set; restart it."""
        ahead = self._set_by()
        self._checked = (self._runtime.now(), time.monotonic())
        if self._jobs is None or -SET_BACK <= ahead <= SET_AHEAD:
            return
        self._was_ahead = ahead < -SET_BACK
        how = "set back" if self._was_ahead else "set ahead, or the machine slept,"
        self._note(f"the clock was {how} by {abs(ahead).total_seconds():.0f} s: due times recalculated")
        await self.stop()

    def _set_by(self) -> timedelta:
        """Return by how much the clock was set ahead since the last check; negative if it was set back."""
        before, then_s = self._checked
        return self._runtime.now() - before - timedelta(seconds=time.monotonic() - then_s)

    async def _end_overlong(self) -> None:
        """End pauses and leases in Redis that a clock that was ahead made too long. Raises WirewatchError."""
        archive, now = self._runtime.archive, self._runtime.now()
        last = await archive.call(archive.sync.runs, limit=1)
        if self._was_ahead or any(run.started > now + SKEW for run in last):
            await end_overlong_keys(self._runtime.state.redis)
            await end_overlong_tasks(self._queue, now)
        self._was_ahead = False

    async def _queue_pending(self) -> None:
        """Queue the crawls that Redis did not accept, or may have lost with its last second. Raises StateError."""
        self._pending.server_is(await self._runtime.state.life())
        for source_id, due in self._pending.all():
            await add_crawl(self._queue, source_id, due)
            self._pending.queued(source_id, due)

    async def _begin(self) -> None:
        """Start scheduling, after Redis has been rebuilt if it was empty. Raises WirewatchError."""
        await self._end_overlong()
        await self._revisits.rebuild_if_lost()
        self._schedule = Schedule()
        self._patterns = PublishingPatterns(self._runtime, self._schedule)
        await self._use(self._runtime.watch)
        self._jobs = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )
        archive = self._runtime.archive.sync
        self._repeat("due", TICK_S, self._release, first=datetime.now(UTC))
        self._repeat("item-feeds", maintenance.FEEDS_S, self._update_feeds)
        self._repeat("signals", signals.SIGNALS_S, partial(self._raise, signals.raise_signals))
        self._repeat("spikes", signals.SPIKES_S, partial(self._raise, signals.raise_spikes))
        retention = maintenance.Retention(archive)
        self._repeat("retention", maintenance.RETENTION_S, partial(self._apply_retention, retention))
        self._repeat("search-index", maintenance.INDEX_S, partial(maintenance.maintain_index, archive))
        self._repeat("revisits", revisits.SWEEP_S, self._revisits.sweep)
        self._repeat("patterns", ADAPT_S, self._patterns.adapt)
        self._repeat("health", health.CHECK_S, partial(self._check_health, health.HealthWatch(archive)))
        if websub.is_public(self._home):
            self._repeat("websub", websub.CHECK_S, websub.Subscriber(self._runtime, self._home).renew)
        self._jobs.start()

    def _repeat(
        self, name: str, seconds: float, work: Callable[[], Awaitable[None]], first: datetime | None = None
    ) -> None:
        """Run `work` every so many seconds, first after that time or at `first`."""
        assert self._jobs is not None
        at = {"next_run_time": first} if first else {}
        self._jobs.add_job(work, Every(seconds=seconds), id=name, **at)

    async def _use(self, watch: Watch) -> None:
        archive = self._runtime.archive
        named = [NamedSource(source.id, source.url, source.tags) for source in watch.sources]
        await archive.call(archive.sync.sources.note, named, self._runtime.now())
        await self._patterns.use(watch)
        task = asyncio.create_task(self._apply_new_rules(watch), name="new-rules")
        self._background.add(task)
        task.add_done_callback(self._done)

    def _request(self, source_id: str, due: datetime) -> None:
        self._schedule.add_once(source_id, due)

    async def _release(self) -> None:
        """Queue the sources that are due."""
        for source_id, due in self._schedule.take(self._runtime.now()):
            if self._jobs is None:  # another process became the leader
                return
            is_canary = source_id == CANARY
            if is_canary:
                self.canary.passed(Stage.DUE)
            try:
                if is_canary or await self._patterns.is_due(source_id):
                    await add_crawl(self._queue, source_id, due)
                    self._pending.queued(source_id, due)
                    if is_canary:
                        self.canary.passed(Stage.QUEUED)
            except StateError as error:
                if self._pending.not_queued(source_id, due) and not is_canary:
                    self._note(f"crawl of {source_id} postponed: {error}")
            except ArchiveError as error:
                self._pending.not_queued(source_id, due)
                _log.warning("learning the publishing pattern of %s postponed: %s", source_id, error)

    async def _update_feeds(self) -> None:
        runtime = self._runtime
        if runtime.watch.feeds:  # not in the archive's own thread: a long feed must not delay articles
            await asyncio.to_thread(
                maintenance.update_feeds, runtime.archive.sync, runtime.watch, self._folder, runtime.now()
            )

    async def _raise(self, raise_alerts: Callable[[Archive, Watch, datetime], int]) -> None:
        runtime = self._runtime  # in a thread of its own: counting weeks of matches must not delay articles
        try:
            raised = await asyncio.to_thread(raise_alerts, runtime.archive.sync, runtime.watch, runtime.now())
        except ArchiveError as error:
            _log.warning("spike and growth detection postponed: %s", error)
            return
        if raised:
            self._wake()

    async def _check_health(self, watch: health.HealthWatch) -> None:
        now, pushes = self._runtime.now(), None
        with contextlib.suppress(StateError):  # without Redis, nothing is known about pushes
            pushes = websub.unverified_pushes(await self._runtime.state.websub.listed(), now)
        try:
            lines = await asyncio.to_thread(watch.check, self._runtime.watch, now, pushes)
        except ArchiveError as error:
            _log.warning("source health check postponed: %s", error)
            return
        await self._end_outage(watch.connection)
        for line in lines:
            self._runtime.report(line)
        if lines:
            self._wake()

    async def _end_outage(self, connection: Connection) -> None:
        """After an outage, end the pauses that began in it, and then poll its sources again."""
        self._over = max(filter(None, (self._over, connection.take_over())), default=None)
        if self._over is not None:
            try:
                await self._runtime.state.outages.ended(self._over.total_seconds())
            except StateError as error:
                _log.warning("the end of an outage will be recorded later: %s", error)
            else:
                self._over = None
        self._schedule.hasten(connection.take_again(), self._runtime.now() + timedelta(seconds=FRESH_S))

    async def _apply_retention(self, retention: maintenance.Retention) -> None:
        if self._set_by() > SET_AHEAD:  # everything looks old: the next schedule looks at the clock again
            return
        await retention.apply(self._runtime.watch, self._runtime.now(), self._note)

    async def _apply_new_rules(self, watch: Watch) -> None:
        if await asyncio.to_thread(apply_new_rules, self._runtime.archive.sync, watch, self._runtime.now()):
            self._wake()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("%s failed: %s", task.get_name(), task.exception())
