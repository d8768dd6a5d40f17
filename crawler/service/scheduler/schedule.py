"""When each source is due: by `every`, `cron`, or its pattern. APScheduler beats the time."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from crawler.config import Source
from crawler.schedule.cron import CronSchedule
from crawler.schedule.due_queue import DueQueue
from crawler.schedule.publishing_pattern import INITIAL, SHORTEST, after_failures, next_poll
from crawler.service.scheduler.histories import NOTHING, History, is_adaptive

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
CRON_SPREAD_S = 20.0  # many sources with one cron line do not all start in the same second
TICK_S = 0.25
ON_TIME = timedelta(seconds=5)  # what starts within this keeps its due time as its name, the same in every scheduler


def due_after(source: Source, history: History, after: datetime) -> datetime:
    """When the source is due next, having been polled at `after`.

    `every`: in a phase of its own, the same in every scheduler, half an interval later at least: a poll that was late
    shifts nothing. `cron`: the line's next time. Else as its failures or its pattern ask for.
    """
    if source.every:
        return _in_phase(source.id, source.every, after + source.every / 2)
    if source.cron:
        shift = phase(source.id) * timedelta(seconds=CRON_SPREAD_S)
        return CronSchedule(source.cron, ZoneInfo(source.timezone or "UTC")).after(after - shift) + shift
    wait = after_failures(history.runs) or (SHORTEST if not history.is_learned else None)
    return after + wait if wait else next_poll(history.pattern, after, hint=history.hint)


def next_due(source: Source, history: History, now: datetime) -> datetime | None:
    """When a running service crawls the source next, as far as that follows from its history; at the earliest now."""
    if source.paused:
        return None
    return max(now, due_after(source, history, min(now, history.last.started))) if history.last else now


def phase(source_id: str) -> float:
    """A number in [0, 1) that follows from the id: spreads sources evenly, in every process alike."""
    return int.from_bytes(hashlib.blake2b(source_id.encode(), digest_size=6).digest()) / 2**48


def _in_phase(source_id: str, step: timedelta, earliest: datetime) -> datetime:
    start = EPOCH + phase(source_id) * step
    return start + ceil((earliest - start) / step) * step


def _timing(source: Source) -> tuple[object, ...]:
    return source.every, source.cron, source.timezone


class _Every(IntervalTrigger):  # type: ignore[misc]  # APScheduler has no types
    """An interval that goes on from now where its times have passed: APScheduler lists each, and then runs one.

    A clock that is set forward by a year passes 126 million of TICK_S; a machine that slept over the weekend 700,000.
    """

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """As IntervalTrigger's, but after `now` where it follows another."""
        due: datetime = super().get_next_fire_time(previous_fire_time, now)
        return due if previous_fire_time is None or due > now else now + self.interval


class Schedule:
    """Due times of all sources that are not paused. `due` is called with the source's id and the due time."""

    def __init__(self, due: Callable[[str, datetime], Awaitable[None]], now: Callable[[], datetime]) -> None:
        self._due = due
        self._now = now
        self._due_queue = DueQueue()
        self._sources: dict[str, Source] = {}
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )

    def start(self) -> None:
        """Starts the clock, which ticks at once; needs a running event loop."""
        self.repeat("due", TICK_S, self.tick, first=datetime.now(UTC))
        self._scheduler.start()

    def stop(self) -> None:
        """Stops the clock; nothing is due any more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def changed(self, sources: Iterable[Source]) -> list[Source]:
        """Those of `sources` that are not scheduled as they stand."""
        wanted = (source for source in sources if not source.paused)
        return [one for one in wanted if (old := self._sources.get(one.id)) is None or _timing(old) != _timing(one)]

    def use(self, sources: Iterable[Source], histories: Mapping[str, History]) -> None:
        """Schedules `sources` and nothing else; what did not change stays. `histories`: of those that `changed` names.

        What is new or was due while nothing ran is due at once, as fast as the due queue's pace allows.
        """
        wanted = {source.id: source for source in sources if not source.paused}
        for name in self._sources.keys() - wanted.keys():
            self._due_queue.drop(name)
        for source in self.changed(wanted.values()):
            history, now = histories.get(source.id, NOTHING), self._now()
            if history.last is None:
                self._due_queue.put(source.id, now, _gap(source, history, now), is_new=True)
            else:
                self._put(source, history, min(now, history.last.started))  # the clock may have been set back
        self._sources = wanted

    def adapt(self, source: Source, history: History) -> datetime | None:
        """Gives a source without `every` and `cron` the time that its history asks for, and returns it."""
        if source.id not in self._sources or history.last is None or not is_adaptive(source):
            return None
        self._put(source, history, min(self._now(), history.last.started))
        return self._due_queue.due(source.id)

    def next_due(self, source_id: str) -> datetime | None:
        """When the source is due next; None when it is paused or unknown."""
        return self._due_queue.due(source_id)

    def repeat(
        self, name: str, seconds: float, work: Callable[[], Awaitable[None]], first: datetime | None = None
    ) -> None:
        """Runs `work` every so many seconds, the first time after that long or at `first`."""
        at = {"next_run_time": first} if first else {}
        self._scheduler.add_job(work, _Every(seconds=seconds), id=name, replace_existing=True, **at)

    async def tick(self) -> None:
        """Hands out what is due."""
        now = self._now()
        taken = self._due_queue.take(now)
        for name, _due in taken:  # an adaptive source gets a better time when its crawl has ended
            self._put(self._sources[name], NOTHING, now)
        for name, due in taken:
            await self._due(name, due if now - due < ON_TIME else now)

    def _put(self, source: Source, history: History, after: datetime) -> None:
        self._due_queue.put(source.id, due_after(source, history, after), _gap(source, history, after))


def _gap(source: Source, history: History, after: datetime) -> timedelta:
    """How long a source usually waits, from SHORTEST on."""
    if source.every:
        return source.every
    if not history.is_learned:
        return INITIAL
    first = due_after(source, history, after)
    return max(SHORTEST, due_after(source, history, first) - first if source.cron else first - after)
