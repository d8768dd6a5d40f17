"""The scheduler: due times become tasks, and the work that only one process may do is done by the one that leads."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from docket import Docket

from crawler.archive import Archive
from crawler.archive.maintenance.retention import prune
from crawler.archive.queries.sources import NamedSource
from crawler.config import Watch
from crawler.errors import ArchiveError, StateError, WirewatchError
from crawler.runtime import Runtime
from crawler.service.scheduler.baseline import take_up_rules
from crawler.service.scheduler.health import LOOK_S as HEALTH_LOOK_S
from crawler.service.scheduler.health import HealthWatch
from crawler.service.scheduler.histories import SKEW
from crawler.service.scheduler.indexing import INDEX_S, tend_index
from crawler.service.scheduler.item_feeds import FOLDER, UPDATE_S, update_feeds
from crawler.service.scheduler.pending import PendingCrawls
from crawler.service.scheduler.publishing_patterns import PublishingPatterns
from crawler.service.scheduler.revisits import SWEEP_S as REVISIT_SWEEP_S
from crawler.service.scheduler.revisits import Revisits
from crawler.service.scheduler.schedule import Schedule
from crawler.service.scheduler.signals import LOOK_S, SPIKES_S, raise_signals, raise_spikes
from crawler.service.scheduler.websub import LOOK_S as WEBSUB_LOOK_S
from crawler.service.scheduler.websub import Subscriber, is_public, unverified_pushes
from crawler.service.worker.queue import end_overlong as end_overlong_tasks
from crawler.service.worker.tasks import add_crawl
from crawler.state import LeaderLease
from crawler.state.clock import end_overlong as end_overlong_keys
from crawler.state.keys import LEADER_RENEW_S

ADAPT_S = 5.0
RETENTION_S = 3600.0
SET = timedelta(seconds=5)  # a clock that goes so far back was set
SET_AHEAD = timedelta(minutes=5)  # and so far ahead: or the machine slept

_log = logging.getLogger(__name__)


class Scheduling:
    """One scheduler of possibly several; item feeds go to `folder`.

    `note` tells a person something, `wake` says that there may be more to send. `home`: where hubs may call back.

    It leads while it holds the lease; a standby takes over within LEADER_TTL_S and LEADER_RENEW_S.
    """

    def __init__(
        self,
        runtime: Runtime,
        queue: Docket,
        lead: LeaderLease,
        folder: Path,
        note: Callable[[str], None],
        wake: Callable[[], None],
        home: str = "",
    ) -> None:
        self._runtime = runtime
        self._folder = folder
        self._queue = queue
        self._lead = lead
        self._note = note
        self._wake = wake
        self._home = home
        self._revisits = Revisits(runtime, queue)
        self._schedule: Schedule | None = None  # while it leads
        self._patterns: PublishingPatterns | None = None  # of that schedule
        self._pending = PendingCrawls()
        self._looked = (runtime.now(), time.monotonic())
        self._was_ahead = False  # the clock, before it was set back
        self._beside: set[asyncio.Task[None]] = set()

    def next_due(self, source_id: str) -> datetime | None:
        """When the source is due next; None when it is paused or unknown, or another process schedules."""
        return self._schedule.next_due(source_id) if self._schedule else None

    async def run(self) -> None:
        """Leads whenever it can; never returns."""
        try:
            while True:
                try:
                    await self._look()
                except WirewatchError as error:
                    _log.warning("scheduling postponed: %s", error)
                await asyncio.sleep(LEADER_RENEW_S)
        finally:
            await self._resign()

    async def use(self, watch: Watch) -> None:
        """Takes a new watch file. Raises ArchiveError."""
        patterns, archive = self._patterns, self._runtime.archive
        if patterns is None:
            return
        named = [NamedSource(source.id, source.url, source.tags) for source in watch.sources]
        await archive.call(archive.sync.sources.note, named, self._runtime.now())
        await patterns.use(watch)
        task = asyncio.create_task(self._take_up_rules(watch), name="new-rules")
        self._beside.add(task)
        task.add_done_callback(self._done)

    async def update_feeds(self) -> None:
        """Brings the item feeds up to date."""
        runtime = self._runtime
        if runtime.watch.feeds:  # not in the archive's own thread: a long feed must not keep articles waiting
            folder = self._folder / FOLDER
            await asyncio.to_thread(update_feeds, runtime.archive.sync, runtime.watch, folder, runtime.now())

    async def _look(self) -> None:
        self._mind_the_clock()
        leads = await self._lead.hold()
        if leads and self._schedule is None:
            await self._begin()
        elif not leads and self._schedule is not None:
            self._note("another process is now the scheduler")
            self.stop()
        if leads:
            await self._pay()

    def _mind_the_clock(self) -> None:
        """Ends a schedule whose times lie in what is now the future, or all in the past: the next begins at once."""
        ahead = self._set_by()
        self._looked = (self._runtime.now(), time.monotonic())
        if self._schedule is None or -SET <= ahead <= SET_AHEAD:
            return
        self._was_ahead = ahead < -SET
        how = "set back" if self._was_ahead else "set ahead, or the machine slept,"
        self._note(f"the clock was {how} by {abs(ahead).total_seconds():.0f} s: due times recalculated")
        self.stop()

    def _set_by(self) -> timedelta:
        """By how much the clock was set ahead since it was looked at; negative where it was set back."""
        before, then_s = self._looked
        return self._runtime.now() - before - timedelta(seconds=time.monotonic() - then_s)

    async def _forgive(self) -> None:
        """End what a clock that was ahead left in Redis: pauses and leases as long as it was. Raises WirewatchError."""
        archive, now = self._runtime.archive, self._runtime.now()
        last = await archive.call(archive.sync.runs, limit=1)
        if self._was_ahead or any(run.started > now + SKEW for run in last):
            await end_overlong_keys(self._runtime.state.redis)
            await end_overlong_tasks(self._queue, now)
        self._was_ahead = False

    async def _pay(self) -> None:
        """Hands over what Redis did not take, or may have lost with its last second. Raises StateError."""
        self._pending.lives(await self._runtime.state.life())
        for source_id, due in self._pending.all():
            await add_crawl(self._queue, source_id, due)
            self._pending.handed_over(source_id, due)

    async def _begin(self) -> None:
        """Starts the clock, after Redis knows what the archive has. Raises WirewatchError."""
        await self._forgive()
        await self._revisits.mend()
        self._schedule = schedule = Schedule(self._due, self._runtime.now)
        self._patterns = patterns = PublishingPatterns(self._runtime, schedule)
        try:
            await self.use(self._runtime.watch)
        except ArchiveError:
            self._schedule = self._patterns = None
            raise
        schedule.repeat("item-feeds", UPDATE_S, self.update_feeds)
        schedule.repeat("signals", LOOK_S, partial(self._raise, raise_signals))
        schedule.repeat("spikes", SPIKES_S, partial(self._raise, raise_spikes))
        schedule.repeat("retention", RETENTION_S, self._prune)
        schedule.repeat("search-index", INDEX_S, partial(tend_index, self._runtime.archive.sync))
        schedule.repeat("revisits", REVISIT_SWEEP_S, self._revisits.sweep)
        schedule.repeat("patterns", ADAPT_S, patterns.adapt)
        schedule.repeat("health", HEALTH_LOOK_S, partial(self._look_after, HealthWatch(self._runtime.archive.sync)))
        if is_public(self._home):
            schedule.repeat("websub", WEBSUB_LOOK_S, Subscriber(self._runtime, self._home).look)
        schedule.start()

    def stop(self) -> None:
        """Stops the clock; nothing is due any more."""
        if self._schedule is not None:
            self._schedule.stop()
            self._schedule = self._patterns = None

    async def _resign(self) -> None:
        self.stop()
        with contextlib.suppress(StateError):  # then it runs out by itself
            await self._lead.release()

    async def _due(self, source_id: str, when: datetime) -> None:
        try:
            if self._patterns is not None and await self._patterns.is_due(source_id):
                await add_crawl(self._queue, source_id, when)
                self._pending.handed_over(source_id, when)
        except StateError as error:
            if self._pending.missed(source_id, when):
                self._note(f"crawl of {source_id} postponed: {error}")
        except ArchiveError as error:
            self._pending.missed(source_id, when)
            _log.warning("learning the publishing pattern of %s postponed: %s", source_id, error)

    async def _raise(self, signals: Callable[[Archive, Watch, datetime], int]) -> None:
        runtime = self._runtime  # in a thread of its own: weeks of counts must not keep articles waiting
        try:
            told = await asyncio.to_thread(signals, runtime.archive.sync, runtime.watch, runtime.now())
        except ArchiveError as error:
            _log.warning("spike and growth detection postponed: %s", error)
            return
        if told:
            self._wake()

    async def _look_after(self, health: HealthWatch) -> None:
        now, pushes = self._runtime.now(), None
        with contextlib.suppress(StateError):  # without Redis nothing is known of pushes
            pushes = unverified_pushes(await self._runtime.state.websub.listed(), now)
        try:
            lines = await asyncio.to_thread(health.look, self._runtime.watch, now, pushes)
        except ArchiveError as error:
            _log.warning("source health check postponed: %s", error)
            return
        for line in lines:
            self._runtime.tell(line)
        if lines:
            self._wake()

    async def _prune(self) -> None:
        if self._set_by() > SET_AHEAD:  # it may be wrong, and then all is old: the next schedule waits for an hour
            return
        runtime = self._runtime
        try:
            gone = await asyncio.to_thread(prune, runtime.archive.sync, runtime.watch.archive, runtime.now())
        except ArchiveError as error:
            _log.warning("retention postponed: %s", error)
            return
        if gone:
            self._note(f"retention: deleted {gone.articles} articles and {gone.pages} pages")

    async def _take_up_rules(self, watch: Watch) -> None:
        if await asyncio.to_thread(take_up_rules, self._runtime.archive.sync, watch, self._runtime.now()):
            self._wake()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._beside.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("%s failed: %s", task.get_name(), task.exception())
