"""Numeric dates: their size, the language and country, or the weekday beside them decide which number is the day.

If nothing decides (3/4/2026 on an English page of no known country) there is no date: half such readings are wrong.
Orders: CLDR, through `names.orders`. An order that begins with the year does not apply to dates that end with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from crawler.dates import calendars
from crawler.dates.names import orders
from crawler.dates.stamp import Day, ImpossibleError, make_day
from crawler.dates.zones import Place

_NUMERIC = re.compile(
    r"(?<![\d/.-])(\d{1,4})(\s?([./])\s?|-)(\d{1,2})(?:(?:\s?\3\s?)(\d{4}(?!\d)|\d{1,2}(?!\d))"
    r"|-(\d{4}(?!\d)|\d{1,2}(?!\d)))"
)
_GOES_ON = re.compile(r"[./-]\d")
_EAST_ASIAN = re.compile(
    r"(?<!\d)(令和|平成|昭和|民國|民国)?\s?(\d{1,4}|元)\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?(?:[日일号號])?(?!\d)"
)
# CLDR puts the month first for many languages without data, or whose countries do otherwise.
_MONTH_FIRST: Final = frozenset({"en", "es", "fil", "ceb", "chr"})
_YEAR_FIRST: Final = "ymd"
_SHORT_YEAR_FIRST: Final = frozenset({"zh", "ja", "ko", "hu", "lt", "sv"})  # CLDR assigns it to others for want of data
_MAX_DAY: Final = 31
_MAX_MONTH: Final = 12


@dataclass(frozen=True, slots=True)
class _Triple:
    """Three numbers with their separator and span."""

    first: str
    second: str
    third: str
    mark: str
    start: int
    end: int


def order_of(place: Place) -> str:
    """Return "dmy", "mdy" or "ymd", "" if the place does not decide: English without a country has no order."""
    locales, countries = orders()
    language, country = place.language, place.country
    if country:
        order = locales.get(f"{language}_{country}") or countries.get(country, "")
    else:
        order = "" if language == "en" else locales.get(language, "")
    return "" if order == "mdy" and language not in _MONTH_FIRST and countries.get(country) != "mdy" else order


def spans(text: str) -> list[tuple[int, int]]:
    """Return the spans of `text` in the shape of numeric dates, whatever their meaning."""
    return [match.span() for pattern in (_EAST_ASIAN, _NUMERIC) for match in pattern.finditer(text)]


def find(text: str, place: Place, weekdays: frozenset[int]) -> Iterator[Day]:
    """Yield the numeric dates that can be read, in order. Raises ImpossibleError for 30.02.2026.

    `weekdays`: those named in the text, Monday 0.
    """
    for match in _EAST_ASIAN.finditer(text):
        year = _east_asian_year(match[1] or "", match[2])
        if year:
            yield make_day(year, int(match[3]), int(match[4]), *match.span())
    order = order_of(place)
    for match in _NUMERIC.finditer(text):
        mark = match[3] or "-"
        if (match[2] == "-") != (match[6] is not None):
            continue
        if len(match[1]) < 4 and len(match[5] or match[6]) < 4 and _GOES_ON.match(text, match.end()):  # noqa: PLR2004
            continue  # 10.0.12.7
        day = _read(_Triple(match[1], match[4], match[5] or match[6], mark, *match.span()), order, place, weekdays)
        if day is not None:
            yield day


def _east_asian_year(era: str, digits: str) -> int:
    number = 1 if digits == "元" else int(digits)
    if era:
        return calendars.ERAS[era] + number
    return number if len(digits) == 4 else 2000 + number if len(digits) == 2 else 0  # noqa: PLR2004


def _read(triple: _Triple, order: str, place: Place, weekdays: frozenset[int]) -> Day | None:
    if len(triple.first) == 4:  # noqa: PLR2004
        return _year_first(triple, place)
    if len(triple.first) > 2:  # noqa: PLR2004
        return None
    if len(triple.third) == 1:
        return None
    if len(triple.third) == 2:  # noqa: PLR2004
        return _short_year(triple, order, place, weekdays)
    return _year_last(triple, calendars.gregorian_year(int(triple.third)), order, place, weekdays)


def _year_first(triple: _Triple, place: Place) -> Day | None:
    year, month, day = int(triple.first), int(triple.second), int(triple.third)
    if len(triple.third) > 2:  # noqa: PLR2004
        return None
    if calendars.is_solar_hijri(year) and place.language in calendars.SOLAR_HIJRI_LANGUAGES:
        value = calendars.of_solar_hijri(year, month, day)
        return Day(value, triple.start, triple.end) if value else None
    return make_day(calendars.gregorian_year(year), month, day, triple.start, triple.end)


def _year_last(triple: _Triple, year: int, order: str, place: Place, weekdays: frozenset[int]) -> Day | None:
    first, second = int(triple.first), int(triple.second)
    possible = _possible(first, second)
    if not possible:
        return None
    chosen = _by_weekday(year, possible, weekdays)
    certain = True
    if len(possible) == 1 or first == second:
        chosen = possible[0]
    elif chosen is None and triple.mark == ".":
        chosen, certain = (second, first), order == "dmy" or not place.language
    elif chosen is None and order in ("dmy", "mdy"):
        chosen = (second, first) if order == "dmy" else (first, second)
    return make_day(year, *chosen, triple.start, triple.end, certain=certain) if chosen else None


def _short_year(triple: _Triple, order: str, place: Place, weekdays: frozenset[int]) -> Day | None:
    """Read 26.11.23: the order must be known, or the first number can only be a day; certain only with a weekday."""
    first, second, third = int(triple.first), int(triple.second), int(triple.third)
    if order == _YEAR_FIRST:
        if place.language not in _SHORT_YEAR_FIRST or second > _MAX_MONTH or third > _MAX_DAY:
            return None
        return make_day(_century(first), second, third, triple.start, triple.end, certain=triple.mark != ".")
    possible = _possible(first, second)
    chosen = _by_weekday(_century(third), possible, weekdays)
    certain = chosen is not None or (order in ("dmy", "mdy") and triple.mark != "-")
    if chosen is None and possible and order in ("dmy", "mdy"):
        usual = (second, first) if order == "dmy" else (first, second)
        chosen = usual if usual in possible else possible[0]
        certain = certain and usual in possible
    if chosen is None and possible and not order and (first > _MAX_MONTH or triple.mark == "."):
        chosen = possible[0]
    return make_day(_century(third), *chosen, triple.start, triple.end, certain=certain) if chosen else None


def _possible(first: int, second: int) -> list[tuple[int, int]]:
    """Return the valid (month, day) readings, day first before month first."""
    both = [(second, first), (first, second)]
    return [(month, day) for month, day in both if 1 <= month <= _MAX_MONTH and 1 <= day <= _MAX_DAY]


def _by_weekday(year: int, possible: list[tuple[int, int]], weekdays: frozenset[int]) -> tuple[int, int] | None:
    """Return the one reading that falls on a weekday named in the text."""
    fitting = []
    for month, day in possible:
        try:
            if date(year, month, day).weekday() in weekdays:
                fitting.append((month, day))
        except ValueError:
            continue
    return fitting[0] if len(fitting) == 1 and len(weekdays) == 1 else None


def _century(year: int) -> int:
    """Return the full year (RFC 2822 section 4.3, for news): years over 69 are of the last century."""
    if year < 70:  # noqa: PLR2004
        return 2000 + year
    if year < 80:  # noqa: PLR2004
        raise ImpossibleError(f"the year 19{year}")
    return 1900 + year


two_digit_year = _century
