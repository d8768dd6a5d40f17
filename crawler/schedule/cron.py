"""Cron schedules for crawls and digests, correct across changes of the clock.

A line with fixed hours follows local time, as in Vixie cron: a time that occurs twice (autumn) counts once, at its
first occurrence; one that is skipped (spring, a skipped day) counts once, when the clock jumps over it. A line for
every hour (`*/15 * * * *`) follows real time: it is due whenever the clock shows one of its minutes, in both passes of
a repeated hour, and not at skipped times.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as clock_time
from functools import lru_cache
from typing import Final

from crawler.schedule.local_time import to_utc

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")  # cron's order
_FIELDS: Final = ((0, 59, ()), (0, 23, ()), (1, 31, ()), (1, 12, MONTHS), (0, 6, WEEKDAYS))
_HOURS: Final = 24
_SEARCH_DAYS: Final = 366 * 9  # 29 February can be eight years away


@dataclass(frozen=True, slots=True)
class CronSchedule:
    """The due times of a cron line (as `config.cron.read_cron` returns it) in a time zone."""

    line: str
    zone: tzinfo

    def after(self, time: datetime) -> datetime:
        """Return the first due time (UTC) after `time`. Raises ValueError for a line that is never due."""
        first = time.astimezone(self.zone).date() - timedelta(days=1)  # a clock change can move it past midnight
        for day in (first + timedelta(days=n) for n in range(_SEARCH_DAYS)):
            if later := [*self._first_on(day, time)]:  # days overlap if midnight occurs twice
                return min([*later, *self._first_on(day + timedelta(days=1), time)])
        raise ValueError(f"never due: {self.line}")

    def _first_on(self, day: date, after: datetime) -> Iterator[datetime]:
        """Yield the first due time of a calendar day that is later than `after`, if there is one."""
        _, _, days, months, weekdays = _parse(self.line)
        if day.month in months and day.day in days and (day.isoweekday() % 7) in weekdays:
            times = _times_on(self.line, self.zone, day)
            yield from times[(at := bisect_right(times, after)) : at + 1]


@lru_cache(maxsize=1024)  # many sources share lines and days
def _times_on(line: str, zone: tzinfo, day: date) -> tuple[datetime, ...]:
    """Return the due times of a calendar day, in order."""
    minutes, hours, *_ = _parse(line)
    naive = [datetime.combine(day, clock_time(hour, minute)) for hour in hours for minute in minutes]
    if len(hours) < _HOURS:
        return tuple(sorted({to_utc(local, zone) for local in naive}))
    passes = {(local.replace(tzinfo=zone, fold=fold).astimezone(UTC), local) for fold in (0, 1) for local in naive}
    return tuple(sorted({due for due, local in passes if due.astimezone(zone).replace(tzinfo=None) == local}))


@lru_cache(maxsize=256)
def _parse(line: str) -> tuple[tuple[int, ...], ...]:
    return tuple(_values(text, *field) for text, field in zip(line.lower().split(), _FIELDS, strict=True))


def _values(text: str, low: int, high: int, names: tuple[str, ...]) -> tuple[int, ...]:
    """Return the values of one field: `*`, `3`, `1-5`, `fri-mon`, `*/15`, `6-22/2`, `jan`, and lists of these."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        ends = [names.index(end) + low if end in names else int(end) for end in span.split("-")] if span != "*" else []
        first, last = (ends[0], ends[-1]) if ends else (low, high)
        if step and len(ends) == 1:
            last = high
        end = last + (high - low + 1) * (last < first)
        found.update((value - low) % (high - low + 1) + low for value in range(first, end + 1, int(step or 1)))
    return tuple(sorted(found))
