"""Wall clocks: when a local time is, when quiet hours end, when a cron line is due; right across changes of the clock.

A local time that comes twice (autumn) counts once, at its first coming; one that is left out (spring) is taken to be
the moment at which the clock jumps. Quiet hours are what the clock on the wall shows, both times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final

_FIELDS: Final = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day", 1, 31, ()),
    ("month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    ("weekday", 0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
_SEARCH_DAYS: Final = 366 * 9  # 29 February can be eight years away


def instant(wall: datetime, zone: tzinfo) -> datetime:
    """Return the moment (UTC) at which the clocks of `zone` first show the naive time `wall`, or jump over it."""
    early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early <= late:
        return early
    low, high = late, early  # left out: the jump lies between the two
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == offset else (low, middle)
    return high.replace(microsecond=0)


def is_quiet(moment: datetime, hours: tuple[time, time], zone: tzinfo) -> bool:
    """Say whether the wall clock shows a time from the start of `hours` to before its end, over midnight too."""
    start, end = hours
    wall = moment.astimezone(zone).time()
    return start <= wall < end if start < end else not end <= wall < start


def quiet_until(moment: datetime, hours: tuple[time, time], zone: tzinfo) -> datetime:
    """Return the first moment from `moment` on that is not quiet."""
    while is_quiet(moment, hours, zone):
        today = moment.astimezone(zone).date()
        ends = [instant(datetime.combine(today + timedelta(days=n), hours[1]), zone) for n in (0, 1)]
        again = [end.astimezone(zone).replace(tzinfo=zone, fold=1).astimezone(UTC) for end in ends]
        moment = min(end for end in (*ends, *again) if end > moment)
    return moment


@dataclass(frozen=True, slots=True)
class Slots:
    """The moments of a cron line (five fields, weekdays as names) in a time zone."""

    line: str
    zone: tzinfo

    def after(self, moment: datetime) -> datetime:
        """Return the first slot after `moment`. Raises ValueError for a line that is never due."""
        minutes, hours, days, months, weekdays = _read(self.line)
        first = moment.astimezone(self.zone).date() - timedelta(days=1)  # a jump can bring a slot over midnight
        for day in (first + timedelta(days=n) for n in range(_SEARCH_DAYS)):
            if day.month in months and day.day in days and (day.isoweekday() % 7) in weekdays:
                for due in self._on(day, hours, minutes):
                    if due > moment:
                        return due
        raise ValueError(f"never due: {self.line}")

    def _on(self, day: date, hours: tuple[int, ...], minutes: tuple[int, ...]) -> Iterator[datetime]:
        for hour in hours:
            for minute in minutes:
                yield instant(datetime.combine(day, time(hour, minute)), self.zone)


@lru_cache(maxsize=256)
def _read(line: str) -> tuple[tuple[int, ...], ...]:
    fields = zip(line.lower().split(), _FIELDS, strict=True)
    return tuple(_values(text, low, high, names) for text, (_, low, high, names) in fields)


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
