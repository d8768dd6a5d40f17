"""The result of reading a date: a day or an instant, its precision and its certainty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

YEARS: Final = range(1980, 2101)


class ImpossibleError(ValueError):
    """A text in the shape of an impossible date or time: 30 February, 25:00, +99:00."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A date as written.

    `value` is aware exactly if `zoned`; without a time of day (`timed`) it is midnight. `certain` is False if another
    reading was possible: a zone abbreviation with several meanings, a weekday that does not fit the date.
    """

    value: datetime
    timed: bool
    zoned: bool
    certain: bool = True

    @property
    def exact(self) -> bool:
        """Whether the instant is known: nothing about it, including its zone, was guessed."""
        return self.certain and self.zoned

    @property
    def utc(self) -> datetime:
        """The instant in UTC; a date without a zone is taken as UTC."""
        return self.value.astimezone(UTC) if self.zoned else self.value.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Day:
    """A day in a text, from `start` to `end`; `certain` as in `Stamp`."""

    value: date
    start: int = 0
    end: int = 0
    certain: bool = True


def make_day(year: int, month: int, day: int, start: int = 0, end: int = 0, *, certain: bool = True) -> Day:
    """Return the day; raises ImpossibleError if it does not exist or its year is out of range."""
    try:
        value = date(year, month, day)
    except ValueError as error:
        raise ImpossibleError(f"{year}-{month}-{day}") from error
    if year not in YEARS:
        raise ImpossibleError(f"the year {year}")
    return Day(value, start, end, certain)
