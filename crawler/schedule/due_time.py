"""When a source is due: by its interval, its cron line, or its publishing pattern. Pure; time is an argument."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from crawler.items import Run
from crawler.schedule.cron import CronSchedule
from crawler.schedule.publishing_pattern import (
    INITIAL,
    SHORTEST,
    UNKNOWN,
    PublishingPattern,
    after_failures,
    next_poll,
)

SKEW: Final = timedelta(minutes=5)  # between clocks; later times were written by a clock that has been set back since
CRON_SPREAD_S: Final = 20.0  # sources with the same cron line do not all start in the same second
OVERFLOW_COUNTS: Final = timedelta(days=7)
_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)


class Timed(Protocol):
    """The part of a source that determines when it is due."""

    @property
    def id(self) -> str:
        """The id, from which the phase of an interval follows."""

    @property
    def every(self) -> timedelta | None:
        """A fixed interval."""

    @property
    def cron(self) -> str | None:
        """A cron line."""

    @property
    def timezone(self) -> str | None:
        """The time zone of the cron line."""

    @property
    def paused(self) -> bool:
        """Whether the source is not crawled."""


@dataclass(frozen=True, slots=True)
class Overflow:
    """A feed that was too short for the time between two polls, so that entries may have come and gone."""

    at: datetime  # when the second one began
    gap: timedelta

    def longest(self, now: datetime) -> timedelta | None:
        """Return the longest interval from then on: half as long, for a week. None: as usual."""
        return self.gap / 2 if now - self.at < OVERFLOW_COUNTS else None


@dataclass(frozen=True, slots=True)
class History:
    """The last runs of a source, oldest first, and its publishing pattern."""

    runs: tuple[Run, ...] = ()
    pattern: PublishingPattern = UNKNOWN
    hint: timedelta = timedelta(0)  # for so long after the last poll, its publisher expects no news
    overflow: Overflow | None = None  # the last one
    is_learned: bool = True  # False: the pattern has not been read from the archive yet

    @property
    def last(self) -> Run | None:
        """The last run."""
        return self.runs[-1] if self.runs else None


NO_HISTORY: Final = History()


def last_overflow(runs: Sequence[Run], known: Overflow | None = None) -> Overflow | None:
    """Return the last overflow in these runs, oldest first; the `known` one if it is later, or was in less time."""
    for before, run in pairwise(runs):
        if not run.observed.overflow or (known is not None and run.started <= known.at):
            continue
        gap = run.started - before.started
        if known is not None and known.longest(run.started):
            gap = min(gap, known.gap)
        known = Overflow(run.started, gap)
    return known


def is_adaptive(source: Timed) -> bool:
    """Return whether the source's publishing pattern determines when it is due."""
    return not source.every and not source.cron


def due_after(source: Timed, history: History, after: datetime) -> datetime:
    """Return when the source is due next, having been polled at `after`.

    `every`: in a phase of its own, which is the same in every process, and at least half an interval later, so that a
    late poll shifts nothing. `cron`: the line's next time. Otherwise by its failures or its publishing pattern.
    """
    if source.every:
        return _in_phase(source.id, source.every, after + source.every / 2)
    if source.cron:
        shift = phase(source.id) * timedelta(seconds=CRON_SPREAD_S)
        return CronSchedule(source.cron, ZoneInfo(source.timezone or "UTC")).after(after - shift) + shift
    wait = after_failures(history.runs) or (SHORTEST if not history.is_learned else None)
    if wait:
        return after + wait
    longest = history.overflow.longest(after) if history.overflow else None
    return next_poll(history.pattern, after, hint=history.hint, longest=longest)


def next_due(source: Timed, history: History, now: datetime) -> datetime | None:
    """Return when a running service crawls the source next, by its history; `now` at the earliest, None if paused."""
    if source.paused:
        return None
    return max(now, due_after(source, history, min(now, history.last.started))) if history.last else now


def usual_gap(source: Timed, history: History, after: datetime) -> timedelta:
    """Return the usual time between two polls of a source, at least SHORTEST."""
    if source.every:
        return source.every
    if not history.is_learned:
        return INITIAL
    first = due_after(source, history, after)
    return max(SHORTEST, due_after(source, history, first) - first if source.cron else first - after)


def phase(name: str) -> float:
    """Return a number in [0, 1) that follows from the name: spreads sources evenly, in every process alike."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=6).digest()) / 2**48


def _in_phase(source_id: str, step: timedelta, earliest: datetime) -> datetime:
    start = _EPOCH + phase(source_id) * step
    return start + ceil((earliest - start) / step) * step
