"""When each source is due: APScheduler turns `every`, `cron` or the source's rhythm into due times."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from crawler.config import Source
from crawler.items import Run
from crawler.rhythm import interval

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
CRON_JITTER_S = 20  # many sources with one cron line do not all start in the same second
SPREAD_S = 60.0  # what was due while nothing ran starts within this time, by source
SOON = timedelta(seconds=0.2)


def every(source: Source, runs: Iterable[Run]) -> timedelta:
    """The source's interval: as told, or by its rhythm (`runs`, the oldest first)."""
    return source.every or interval(runs)


def trigger(source: Source, runs: Iterable[Run]) -> BaseTrigger:
    """When the source is due. Interval sources keep a phase of their own, the same in every scheduler."""
    if source.cron:
        zone = ZoneInfo(source.timezone or "UTC")
        line = CronTrigger.from_crontab(source.cron, timezone=zone)
        line.jitter = CRON_JITTER_S
        return line
    step = every(source, runs)
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


def next_due(source: Source, runs: Sequence[Run], now: datetime) -> datetime | None:
    """When a running service crawls the source next, as far as that follows from its `runs` (the oldest first)."""
    if source.paused:
        return None
    if not source.every and not source.cron:
        return max(now, (runs[-1].finished or now) + every(source, runs)) if runs else now
    if source.cron:
        line: BaseTrigger = CronTrigger.from_crontab(source.cron, timezone=ZoneInfo(source.timezone or "UTC"))
    else:
        line = trigger(source, runs)
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

    def use(self, sources: Iterable[Source], runs: Mapping[str, list[Run]]) -> None:
        """Schedules `sources` and nothing else. `runs`: by source id, the oldest first."""
        wanted = {source.id: source for source in sources if not source.paused}
        for job in self._scheduler.get_jobs():
            if job.id.startswith("crawl:") and job.id.removeprefix("crawl:") not in wanted:
                job.remove()
        for source in wanted.values():
            self._put(source, runs.get(source.id, []), len(wanted))

    def adapt(self, source: Source, runs: list[Run]) -> None:
        """Gives a source without `every` and `cron` the interval that its last runs ask for."""
        job = self._job(source.id)
        if job is not None and not source.every and not source.cron:
            job.modify(trigger=trigger(source, runs), next_run_time=self._now() + every(source, runs))

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

    def _put(self, source: Source, runs: list[Run], crowd: int) -> None:
        first = first_due(source, runs[-1] if runs else None, every(source, runs), self._now(), crowd)
        self._scheduler.add_job(
            self._fire,
            trigger(source, runs),
            args=[source.id],
            id=f"crawl:{source.id}",
            replace_existing=True,
            **({"next_run_time": first} if first else {}),
        )

    async def _fire(self, source_id: str) -> None:
        await self._due(source_id, self._now())
