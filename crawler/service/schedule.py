"""When each source is due: APScheduler turns `every`, `cron` or the source's rhythm into due times."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from crawler.archive import Archive
from crawler.config import Source
from crawler.items import Run
from crawler.rhythm import REMEMBERED, UNKNOWN, Rhythm, after_failures, learn, next_poll

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
CRON_JITTER_S = 20  # many sources with one cron line do not all start in the same second
SPREAD_S = 60.0  # what was due while nothing ran starts within this time, by source
SOON = timedelta(seconds=0.2)
RUNS_REMEMBERED = 40  # of a source
LISTED_BEFORE = timedelta(days=7)  # what is older was kept, and says little about how often there is news


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a source: its last runs, the oldest first, and how it publishes."""

    runs: tuple[Run, ...] = ()
    rhythm: Rhythm = UNKNOWN

    @property
    def last(self) -> Run | None:
        """The last run."""
        return self.runs[-1] if self.runs else None


NOTHING = Past()


def past_of(archive: Archive, source: Source, now: datetime) -> Past:
    """What the archive knows of a source, its rhythm only where that is asked for. Raises ArchiveError."""
    runs = tuple(reversed(archive.runs(source.id, limit=RUNS_REMEMBERED)))
    if source.every or source.cron or not runs:
        return Past(runs)
    moments = archive.moments(source.id, now - REMEMBERED)
    recent = [moment for moment in moments if moment > runs[0].started - LISTED_BEFORE]
    since = min([runs[0].started, *recent])  # what its listing held at first tells of the days before
    return Past(runs, learn(moments, since, now))


def every(source: Source, past: Past, now: datetime) -> timedelta:
    """How long after its last run the source is due: as told, after failures, or by its rhythm."""
    if source.every:
        return source.every
    begun = past.last.started if past.last else now
    return after_failures(past.runs) or next_poll(past.rhythm, begun) - begun


def trigger(source: Source, past: Past, now: datetime) -> BaseTrigger:
    """When the source is due. Interval sources keep a phase of their own, the same in every scheduler."""
    if source.cron:
        zone = ZoneInfo(source.timezone or "UTC")
        line = CronTrigger.from_crontab(source.cron, timezone=zone)
        line.jitter = CRON_JITTER_S
        return line
    step = every(source, past, now)
    return IntervalTrigger(seconds=step.total_seconds(), start_date=EPOCH + phase(source.id) * step, timezone=UTC)


def phase(source_id: str) -> float:
    """A number in [0, 1) that follows from the id: spreads sources evenly, in every process alike."""
    return int.from_bytes(hashlib.blake2b(source_id.encode(), digest_size=6).digest()) / 2**48


def first_due(source: Source, last: Run | None, step: timedelta, now: datetime, crowd: int) -> datetime | None:
    """When to crawl first after a start: at once what is new or late, spread over a minute when there is a crowd.

    None: at the trigger's own time.
    """
    late = last is None or (not source.cron and now - last.started >= step)
    if not late:
        return None
    spread = timedelta(seconds=min(SPREAD_S, 0.2 * crowd))
    return now + SOON + phase(source.id) * spread


def next_due(source: Source, past: Past, now: datetime) -> datetime | None:
    """When a running service crawls the source next, as far as that follows from its past."""
    if source.paused:
        return None
    if not source.every and not source.cron:
        return max(now, past.last.started + every(source, past, now)) if past.last else now
    if source.cron:
        line: BaseTrigger = CronTrigger.from_crontab(source.cron, timezone=ZoneInfo(source.timezone or "UTC"))
    else:
        line = trigger(source, past, now)
    due: datetime | None = line.get_next_fire_time(None, now)
    return due


class Schedule:
    """Due times of all sources that are not paused. `due` is called with the source's id and the due time."""

    def __init__(self, due: Callable[[str, datetime], Awaitable[None]], now: Callable[[], datetime]) -> None:
        self._due = due
        self._now = now
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )

    def start(self) -> None:
        """Starts the clock; needs a running event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stops the clock; nothing is due any more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def use(self, sources: Iterable[Source], pasts: Mapping[str, Past]) -> None:
        """Schedules `sources` and nothing else. `pasts`: by source id."""
        wanted = {source.id: source for source in sources if not source.paused}
        for job in self._scheduler.get_jobs():
            if job.id.startswith("crawl:") and job.id.removeprefix("crawl:") not in wanted:
                job.remove()
        for source in wanted.values():
            self._put(source, pasts.get(source.id, NOTHING), len(wanted))

    def adapt(self, source: Source, past: Past) -> None:
        """Gives a source without `every` and `cron` the time that its past asks for."""
        job, now = self._job(source.id), self._now()
        if job is not None and past.last is not None and not source.every and not source.cron:
            due = max(now + SOON, past.last.started + every(source, past, now))
            job.modify(trigger=trigger(source, past, now), next_run_time=due)

    def next_due(self, source_id: str) -> datetime | None:
        """When the source is due next; None when it is paused or unknown."""
        job = self._job(source_id)
        return job.next_run_time if job else None

    def repeat(self, name: str, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Runs `work` every so many seconds."""
        self._scheduler.add_job(work, IntervalTrigger(seconds=seconds), id=name, replace_existing=True)

    def _job(self, source_id: str) -> Job | None:
        job: Job | None = self._scheduler.get_job(f"crawl:{source_id}")
        return job

    def _put(self, source: Source, past: Past, crowd: int) -> None:
        now = self._now()
        first = first_due(source, past.last, every(source, past, now), now, crowd)
        self._scheduler.add_job(
            self._fire,
            trigger(source, past, now),
            args=[source.id],
            id=f"crawl:{source.id}",
            replace_existing=True,
            **({"next_run_time": first} if first else {}),
        )

    async def _fire(self, source_id: str) -> None:
        await self._due(source_id, self._now())
