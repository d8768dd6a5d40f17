"""Dates with the name of a month: "Sat 28 Nov 2026", "2026. november 28.", "28 พฤศจิกายน 2569", asctime.

The text becomes a row of numbers, months, weekdays, times and other words; day, month and year must be close together,
with only the words between them that dates have. A name that is a weekday in the page's language is a month only if
that language also has such a month, and the date is then complete.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from crawler.dates import calendars
from crawler.dates.clock import Clock, Period
from crawler.dates.names import UNCLEAR, Names
from crawler.dates.numeric import two_digit_year
from crawler.dates.stamp import YEARS, Day, make_day
from crawler.dates.text import Token

_GAP = re.compile(r"[ .#\-]{0,2}")  # between the words of one name
_BARRIER = re.compile(r"[|;·•\n!?]")
_MAX_BETWEEN: Final = 2  # words between day, month and year
_MAX_CHARACTERS: Final = 9  # and characters of scripts without spaces
_SHORT: Final = 3
_UNSPACED_FROM: Final = 0x0E00


@dataclass(frozen=True, slots=True)
class Unit:
    """One part of the text: `kind` is "number", "month", "weekday", "clock" or "word".

    `value` is the number, the month from 1 or the weekday from Monday 0; `also` is the weekday that the name of a month
    may be.
    """

    kind: str
    value: int
    text: str
    start: int
    end: int
    also: int | None = None


def periods(tokens: list[Token], names: Names, text: str) -> list[Period]:
    """Return the parts of the day in the text."""
    found: list[Period] = []
    at = 0
    while at < len(tokens):
        size, key = _name_at(tokens, at, names, text, names.periods)
        if size:
            start, end = tokens[at][1], tokens[at + size - 1][2]
            found.append(Period(names.periods[key], start, end, len(key.replace(" ", ""))))
        at += size or 1
    return found


def units(
    tokens: list[Token], names: Names, text: str, clocks: list[Clock], taken: list[tuple[int, int]]
) -> list[Unit]:
    """Return the text as a row of units, without numeric dates (`taken`)."""
    found: list[Unit] = []
    waiting = list(clocks)
    at = 0
    while at < len(tokens):
        _, start, end = tokens[at]
        if waiting and start >= waiting[0].start:
            clock = waiting.pop(0)
            found.append(Unit("clock", 0, "", clock.start, clock.end))
            while at < len(tokens) and tokens[at][1] < clock.end:
                at += 1
            continue
        if any(start < last and first < end for first, last in taken):
            at += 1
            continue
        size, unit = _unit(tokens, at, names, text)
        found.append(unit)
        at += size
    return found


def _unit(tokens: list[Token], at: int, names: Names, text: str) -> tuple[int, Unit]:
    word, start, end = tokens[at]
    month_size, month = _name_at(tokens, at, names, text, names.months)
    day_size, day = _name_at(tokens, at, names, text, names.weekdays)
    if month_size and month_size >= day_size:
        also = names.weekdays[day] if day_size == month_size else None
        last = tokens[at + month_size - 1][2]
        return month_size, Unit("month", names.months[month], month, start, last, also)
    if day_size:
        return day_size, Unit("weekday", names.weekdays[day], day, start, tokens[at + day_size - 1][2])
    if word[0].isdigit():
        return 1, Unit("number", int(word) if len(word) < 5 else 0, word, start, end)  # noqa: PLR2004
    return 1, Unit("word", 0, word, start, end)


def _name_at(tokens: list[Token], at: int, names: Names, text: str, table: Mapping[str, object]) -> tuple[int, str]:
    """Return the number of tokens from `at` that form the longest name of `table`, and the name."""
    most = min(names.longest.get(_spelled(tokens[at][0]), 0), len(tokens) - at)
    for size in range(most, 0, -1):
        run = tokens[at : at + size]
        key = " ".join(_spelled(word) for word, _, _ in run)
        if key in table and all(_GAP.fullmatch(text, one[2], two[1]) for one, two in pairwise(run)):
            return size, key
    return 0, ""


def _spelled(word: str) -> str:
    return word.lstrip("0") or "0" if word[0].isdigit() else word


def find(row: list[Unit], names: Names, text: str) -> list[Day]:
    """Return the dates of a row in order. Raises ImpossibleError for 31 November 2026.

    If names are months and weekdays ("mar" in Spanish, "sht" in Albanian), names that can only be months take
    precedence, then readings that use every month and agree with its weekday; remaining conflicts are not certain.
    """
    months = [at for at, unit in enumerate(row) if unit.kind == "month"]
    found = [(row[at], day) for at in months if (day := _around(row, at, names, text))]
    clear = [day for unit, day in found if unit.also is None]
    if clear or not found:
        return clear
    ranked = sorted(found, key=lambda pair: _misfit(row, *pair))
    best = _misfit(row, *ranked[0])
    equal = {day.value for unit, day in found if _misfit(row, unit, day) == best}
    return [replace(ranked[0][1], certain=len(equal) == 1)]


def _misfit(row: list[Unit], month: Unit, day: Day) -> tuple[int, int]:
    others = [unit for unit in row if unit is not month and unit.also is not None]
    inside = sum(day.start <= unit.start < day.end for unit in others)
    return inside, sum(unit.also != day.value.weekday() for unit in others)


def _around(row: list[Unit], at: int, names: Names, text: str) -> Day | None:
    if row[at].value == UNCLEAR:
        return None
    before, after = _numbers(row, at, -1, names, text), _numbers(row, at, 1, names, text)
    one, two = [*before, None, None][:2], [*after, None, None][:2]
    for day, year in ((one[0], two[0]), (two[0], two[1]), (two[0], one[0]), (one[0], one[1])):
        if day is not None and year is not None and _is_day(day) and (number := _year(year)):
            return _made(row[at], day, year, number, names)
    if _is_short_year(row, at, one[0], two[0], text) and one[0] and two[0]:
        return _made(row[at], one[0], two[0], two_digit_year(two[0].value), names)
    return None


def _made(month: Unit, day: Unit, year: Unit, number: int, names: Names) -> Day:
    places = (month, day, year)
    start, end = min(unit.start for unit in places), max(unit.end for unit in places)
    return make_day(number, month.value, day.value, start, end, certain=month.text not in names.doubtful)


def _numbers(row: list[Unit], at: int, step: int, names: Names, text: str) -> list[Unit]:
    """Return up to two numbers beside a month, in one direction, with only date-like words in between."""
    found: list[Unit] = []
    words = characters = 0
    clocks = 0
    place = at + step
    while 0 <= place < len(row) and len(found) < 2:  # noqa: PLR2004
        unit = row[place]
        near = row[place - step]
        gap = text[near.end : unit.start] if step > 0 else text[unit.end : near.start]
        if _BARRIER.search(gap):
            break
        if unit.kind == "number":
            found.append(unit)
            words = characters = 0
        elif unit.kind == "clock":
            clocks += 1
            if step < 0 or not found or clocks > 1:
                break
        elif unit.kind == "word":
            unspaced = len(unit.text) == 1 and ord(unit.text) >= _UNSPACED_FROM
            characters, words = characters + unspaced, words + (not unspaced)
            short = unspaced or clocks or len(unit.text) <= _SHORT or unit.text in names.between
            if not short or words > _MAX_BETWEEN or characters > _MAX_CHARACTERS:
                break
        elif unit.kind == "month" and unit.also is None:
            break
        place += step
    return found


def _is_day(unit: Unit) -> bool:
    return 1 <= unit.value <= 31 and len(unit.text) <= 2  # noqa: PLR2004


def _year(unit: Unit) -> int:
    year = calendars.gregorian_year(unit.value)
    return year if len(unit.text) == 4 and year in YEARS else 0  # noqa: PLR2004


def _is_short_year(row: list[Unit], at: int, day: Unit | None, year: Unit | None, text: str) -> bool:
    """Return whether it is RFC 822's "24 Nov 26 03:00": beside the month, followed only by a time or the end."""
    if day is None or year is None or not _is_day(day) or len(year.text) != 2:  # noqa: PLR2004
        return False
    if row[at - 1 : at + 2 : 2] != [day, year]:
        return False
    following = row[at + 2] if at + 2 < len(row) else None
    return following is None or following.kind == "clock" or text[row[at].end] == "-"


def solar_hijri(row: list[Unit]) -> Day | None:
    """Return the date of a day, a month of the calendar of Iran and its year ("۷ آذر ۱۴۰۵")."""
    for at, unit in enumerate(row[1:-1], 1):
        month = calendars.SOLAR_HIJRI_MONTHS.get(unit.text)
        day, year = row[at - 1], row[at + 1]
        if month and _is_day(day) and calendars.is_solar_hijri(year.value):
            value = calendars.of_solar_hijri(year.value, month, day.value)
            return Day(value, day.start, year.end) if value else None
    return None
