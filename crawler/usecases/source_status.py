"""The status of sources: health, problems now and in the past, and the next crawl."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.archive import Archive
from crawler.archive.queries.dashboard import SourceFigures
from crawler.archive.queries.health import SourceProblem
from crawler.config import Source
from crawler.health import QUIET, hint, sentence
from crawler.schedule.due_time import SKEW, History, next_due
from crawler.service.scheduler.health import by_source, silence_of
from crawler.service.scheduler.histories import history_of

BATCH = 500
STATES = HEALTHY, QUIET_STATE, PAUSED, NEW = "healthy", "quiet", "paused", "not crawled"


@dataclass(frozen=True, slots=True)
class HealthProblem:
    """A health problem of a source: what was observed, and a suggested fix. `recovered`: None while it lasts."""

    source: str
    name: str
    since: datetime
    detected: datetime
    description: str
    hint: str
    recovered: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """The status of one source. `state`: one of STATES, or the name of the first problem.

    `since`: when the first problem began, or when the last article of a quiet source was found.
    """

    source: Source
    state: str
    since: datetime | None = None
    problems: tuple[HealthProblem, ...] = ()
    description: str = ""
    hint: str = ""

    @property
    def healthy(self) -> bool:
        """Whether no action is required: the source has no problem, or it is paused."""
        return not self.problems or self.source.paused


@dataclass(frozen=True, slots=True)
class SourceDetails:
    """One source with its status, figures, next crawl and the problems that it had before, latest first."""

    status: SourceStatus
    figures: SourceFigures
    next_crawl: datetime | None
    history: tuple[HealthProblem, ...]


def source_details(archive: Archive, source: Source, since: datetime, now: datetime) -> SourceDetails:
    """Return the details of a source; `since`: the start of the period of its figures. Raises ArchiveError."""
    (status,) = source_statuses(archive, [source], now)
    figures = archive.dashboard.sources([source.id], since)[source.id]
    due = next_crawl(archive, source, figures, now)
    return SourceDetails(status, figures, due, problem_history(archive, source.id))


def source_statuses(
    archive: Archive, sources: Sequence[Source], now: datetime, *, quiet: bool = True
) -> list[SourceStatus]:
    """Return the status of each source, in order. Raises ArchiveError.

    `quiet`: also recognize quiet sources, which takes a few milliseconds per source.
    """
    batches = [sources[start : start + BATCH] for start in range(0, len(sources), BATCH)]
    return [status for batch in batches for status in _batch(archive, batch, now, quiet=quiet)]


def problem_history(archive: Archive, source_id: str) -> tuple[HealthProblem, ...]:
    """Return the resolved problems of a source, latest first. Raises ArchiveError."""
    return tuple(map(health_problem, archive.health.past_problems(source_id)))


def current_problems(archive: Archive) -> list[HealthProblem]:
    """Return the current problems of all sources. Raises ArchiveError."""
    return list(map(health_problem, archive.health.open_problems()))


def next_crawl(archive: Archive, source: Source, figures: SourceFigures, now: datetime) -> datetime | None:
    """Return the time of a source's next crawl. Raises ArchiveError.

    For an adaptive source, this reads several weeks of articles to determine the publishing pattern.
    """
    if source.every or source.cron or source.paused:
        return scheduled_crawl(source, figures, now)
    return next_due(source, history_of(archive, source, now), now)


def scheduled_crawl(source: Source, figures: SourceFigures, now: datetime) -> datetime | None:
    """Return the time of a source's next crawl if `every` or `cron` determines it, otherwise None."""
    history = History((figures.last_run,) if figures.last_run else ())
    return next_due(source, history, now) if source.every or source.cron else None


def _batch(archive: Archive, sources: Sequence[Source], now: datetime, *, quiet: bool) -> list[SourceStatus]:
    names = [source.id for source in sources]
    unhealthy = by_source(archive.health.open_problems(names))
    crawled = archive.health.last_runs(names, until=now + SKEW)
    return [
        _status(archive, source, unhealthy.get(source.id, []), now, is_new=source.id not in crawled, quiet=quiet)
        for source in sources
    ]


def _status(
    archive: Archive, source: Source, current: Sequence[SourceProblem], now: datetime, *, is_new: bool, quiet: bool
) -> SourceStatus:
    problems = tuple(map(health_problem, current))
    if problems:
        first = problems[0]
        state = PAUSED if source.paused else first.name
        return SourceStatus(source, state, first.since, problems, first.description, first.hint)
    if source.paused or is_new:
        return SourceStatus(source, PAUSED if source.paused else NEW)
    silence = silence_of(archive, source, now) if quiet else None
    if silence is None or (missing := silence.missing(now)) < QUIET:
        return SourceStatus(source, HEALTHY)
    description = f"No new articles; about {missing:.0f} are usual in this period."
    return SourceStatus(source, QUIET_STATE, silence.last, description=description)


def health_problem(one: SourceProblem) -> HealthProblem:
    """Return a problem with its description and a suggested fix."""
    description, advice = sentence(one.condition, one.detail), hint(one.condition, one.source)
    return HealthProblem(one.source, one.condition.value, one.since, one.detected, description, advice, one.recovered)
