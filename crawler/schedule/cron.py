"""When a cron line is due: the one engine for crawls and digests, right across changes of the clock.

A line of fixed hours goes by the clock on the wall, as Vixie cron has it for such jobs: a time that the clock shows
twice (autumn) counts once, at its first coming; one that it leaves out (spring, a skipped day) counts once, at the
moment at which it jumps. A line of every hour (`*/15 * * * *`) goes by real time: it is due whenever the clock shows
one of its minutes, in both passes of a repeated hour, and not at times that are left out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from crawler.schedule.local_time import instant

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")  # cron's order
_FIELDS: Final = ((0, 59, ()), (0, 23, ()), (1, 31, ()), (1, 12, MONTHS), (0, 6, WEEKDAYS))
_HOURS: Final = 24
_SEARCH_DAYS: Final = 366 * 9  # 29 February can be eight years away


@dataclass(frozen=True, slots=True)
class Slots:
    """The moments of a cron line (as `config.cron.read_cron` returns it) in a time zone."""

    line: str
    zone: tzinfo

    def after(self, moment: datetime) -> datetime:
        """Return the first slot (UTC) after `moment`. Raises ValueError for a line that is never due."""
        first = moment.astimezone(self.zone).date() - timedelta(days=1)  # a jump can bring a slot over midnight
        for day in (first + timedelta(days=n) for n in range(_SEARCH_DAYS)):
            if later := [*self._later(day, moment)]:  # where midnight comes twice, days overlap
                return min([*later, *self._later(day + timedelta(days=1), moment)])
        raise ValueError(f"never due: {self.line}")

    def _later(self, day: date, moment: datetime) -> Iterator[datetime]:
        """Yield the first slot of a day of the calendar after `moment`, if there is one."""
        _, _, days, months, weekdays = _read(self.line)
        if day.month in months and day.day in days and (day.isoweekday() % 7) in weekdays:
            slots = _on(self.line, self.zone, day)
            yield from slots[(at := bisect_right(slots, moment)) : at + 1]


@lru_cache(maxsize=1024)  # lines and days, which many sources share
def _on(line: str, zone: tzinfo, day: date) -> tuple[datetime, ...]:
    """Return the slots of a day of the calendar, in order."""
    minutes, hours, *_ = _read(line)
    walls = [datetime.combine(day, time(hour, minute)) for hour in hours for minute in minutes]
    if len(hours) < _HOURS:
        return tuple(sorted({instant(wall, zone) for wall in walls}))
    passes = {(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC), wall) for fold in (0, 1) for wall in walls}
    return tuple(sorted({due for due, wall in passes if due.astimezone(zone).replace(tzinfo=None) == wall}))


@lru_cache(maxsize=256)
def _read(line: str) -> tuple[tuple[int, ...], ...]:
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
        around = last + (high - low + 1) * (last < first)
        found.update((value - low) % (high - low + 1) + low for value in range(first, around + 1, int(step or 1)))
    return tuple(sorted(found))
