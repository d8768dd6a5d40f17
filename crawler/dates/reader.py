"""The reader of dates in pages, feeds, sitemaps and markup.

ISO 8601, RFC 822 and counts since 1970 come first, because they mean the same everywhere; then what people write, in
the language of the page. Impossible dates are refused, never clamped; ambiguous ones are refused or not certain.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Final

from crawler.dates import calendars, clock, numeric, wordy
from crawler.dates.clock import Clock
from crawler.dates.epoch import read_epoch
from crawler.dates.iso import read_exact, read_iso
from crawler.dates.names import everywhere, of_language, primary
from crawler.dates.numeric import two_digit_year
from crawler.dates.stamp import Day, ImpossibleError, Stamp, make_day
from crawler.dates.text import Token, clean, tokens
from crawler.dates.wordy import Unit
from crawler.dates.zones import Place, find_zone

_MAX_CHARS: Final = 300
_MAX_CLOCK_LINE: Final = 50
_WORDS_TO_CLOCK: Final = 4
_BESIDE: Final = 24  # characters between a date and its weekday
_COUNTRIES: Final = {"UK": "GB"}
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH_MONTHS: Final = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_ENGLISH_DAY: Final = r"(?:(?P<weekday>mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?\s{0,3})"
_MONTH: Final = rf"(?P<month>{'|'.join(_ENGLISH_MONTHS)})[a-z]{{0,6}}\.?"
_CLOCK: Final = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d{1,9})?)?"
_RFC_822 = re.compile(
    rf"{_ENGLISH_DAY}?(?P<day>\d{{1,2}})[\s-]{{1,3}}{_MONTH}[\s-]{{1,3}}(?P<year>\d{{4}}|\d\d)[\s,]{{1,3}}{_CLOCK}(?P<zone>.{{0,60}})",
    re.IGNORECASE,
)
_ASCTIME = re.compile(
    rf"{_ENGLISH_DAY}{_MONTH}\s{{1,3}}(?P<day>\d{{1,2}})\s{{1,3}}{_CLOCK}(?P<zone>(?:\s[^\s]{{1,8}})??)\s{{1,3}}(?P<year>\d{{4}})",
    re.IGNORECASE,
)
_WEEKDAYS: Final = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_SIGNED = re.compile(r"\s?(?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T)\b|$", re.IGNORECASE)


def read(value: object, language: str = "", country: str = "") -> Stamp | None:
    """Return the first date in `value`, a text or a number; None if there is none or its order is unknown.

    `language` is a BCP 47 tag, with its country if it has one; `country` (ISO 3166) takes precedence. Years range from
    1980 to 2100. Today's date has no influence.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    source = str(value)[: 2 * _MAX_CHARS].strip()
    try:
        exact = read_exact(source)
        if exact is not None:
            return exact
        source = clean(source)[:_MAX_CHARS].strip()
        if not _DIGIT.search(source):
            return None
        place = place_of(language, country)
        return read_epoch(source) or read_iso(source) or _rfc(source, place) or _human(source, place)
    except (ImpossibleError, OverflowError):
        return None


def read_listed(value: object, language: str = "") -> Stamp | None:
    """Return the date of a feed or sitemap, whose field contains nothing else.

    Dates before 1990 are not news: they come from a wrong clock or an unset field.
    """
    if isinstance(value, str):
        text = value.strip()
        return _read_field(text, language) if 0 < len(text) <= _MAX_LISTED_CHARS else None
    return _news_date(read(value, language))


@lru_cache(maxsize=4096)  # a sitemap has the same day on many lines
def _read_field(text: str, language: str) -> Stamp | None:
    return _news_date(read(text, language))


def _news_date(stamp: Stamp | None) -> Stamp | None:
    return stamp if stamp is not None and stamp.utc.year in _LISTED else None


def read_instant(value: object, language: str = "") -> datetime | None:
    """Return the instant of a listing's date in UTC, None if there is none. Without a zone it is UTC."""
    stamp = read_listed(value, language)
    return stamp.utc if stamp is not None else None


_LISTED: Final = range(1990, 2100)
_MAX_LISTED_CHARS: Final = 100


def has_date(text: str, language: str = "") -> bool:
    """Return whether a short line has a date, even of unknown order, or a time of day."""
    source = clean(text[:_MAX_CHARS].strip())
    if not _DIGIT.search(source):
        return False
    if numeric.spans(source.lower()):
        return True
    try:
        found = _Text(source, place_of(language))
        days = found.days()
    except (ImpossibleError, OverflowError):
        return True
    return bool(days) or (len(source) < _MAX_CLOCK_LINE and any(_exists(one) for one in found.clocks))


def place_of(language: str, country: str = "") -> Place:
    """Return the language and country of a BCP 47 tag; `country` takes precedence over the tag's own."""
    parts = language.replace("_", "-").split("-")
    region = next((part for part in parts[1:] if len(part) == 2 and part.isalpha()), "")  # noqa: PLR2004
    country = (country or region).upper()
    return Place(primary(language), _COUNTRIES.get(country, country))


def _exists(one: Clock) -> bool:
    try:
        one.since_midnight()
    except ImpossibleError:
        return False
    return one.hour < 24  # noqa: PLR2004


def _rfc(source: str, place: Place) -> Stamp | None:
    """Read RFC 822 with any zone, RFC 850 and asctime: English, whatever the page's language is."""
    found = _RFC_822.fullmatch(source) or _ASCTIME.fullmatch(source)
    if found is None or not (found["weekday"] or _SIGNED.match(found["zone"])):
        return None
    if found["weekday"] is None and not found["zone"]:
        return None
    month = _ENGLISH_MONTHS.index(found["month"].lower()) + 1
    year = int(found["year"]) if len(found["year"]) > 2 else two_digit_year(int(found["year"]))  # noqa: PLR2004
    day = make_day(year, month, int(found["day"]))
    at = clock.Clock(int(found["hour"]), int(found["minute"]), int(found["second"] or 0), 0, 0)
    if _WORD.match(found["zone"].strip()) and clock_word(found["zone"]):
        return None  # "7:00 pm": read by `_human`
    weekday = {_WEEKDAYS.index(found["weekday"].lower())} if found["weekday"] else set[int]()
    return _stamp(day, at, found["zone"], place, weekday)


def clock_word(text: str) -> bool:
    """Return whether `text` starts with am or pm."""
    return re.match(r"\s?[ap]\.?\s?m\b", text, re.IGNORECASE) is not None


def _stamp(day: Day, at: Clock | None, rest: str, place: Place, weekdays: set[int]) -> Stamp:
    certain = day.certain and (len(weekdays) != 1 or day.value.weekday() in weekdays)
    value = datetime.combine(day.value, datetime.min.time())
    if at is None:
        return Stamp(value, timed=False, zoned=False, certain=certain)
    value += at.since_midnight()
    zone = find_zone(rest, value, place)
    if zone is None:
        return Stamp(value, timed=True, zoned=False, certain=certain)
    return Stamp(value.replace(tzinfo=zone[0]), timed=True, zoned=True, certain=certain and zone[1])


def _human(source: str, place: Place) -> Stamp | None:
    text = _Text(source, place)
    days = sorted(text.days(), key=lambda one: one.start)
    if not days:
        return None
    day = days[0]
    following = next((other.start for other in days[1:] if other.start >= day.end), len(source))
    at = text.clock_of(day, following)
    rest = source[at.end : following] if at else ""
    return _stamp(day, at, rest, place, text.weekdays_of(day))


class _Text:
    """A cleaned text with everything found in it."""

    def __init__(self, source: str, place: Place) -> None:
        self.source, self.place = source, place
        self.lower = source.lower()
        self.tokens: list[Token] = tokens(source)
        self.taken = numeric.spans(self.lower)
        self.own = of_language(place.language) if place.language else everywhere()
        self.clocks = clock.find(self.lower, self.tokens, self._periods(), self.taken, place.language)
        self.row = wordy.units(self.tokens, self.own, self.lower, self.clocks, self.taken)

    def _periods(self) -> list[clock.Period]:
        own = wordy.periods(self.tokens, self.own, self.lower)
        return own or (wordy.periods(self.tokens, everywhere(), self.lower) if self.place.language else [])

    def days(self) -> list[Day]:
        """Return all dates that can be read: numeric ones, and with names in the page's language, else in any."""
        weekdays = frozenset(number for unit in self.row for number in self._weekday(unit))
        found = list(numeric.find(self.lower, self.place, weekdays))
        named = wordy.find(self.row, self.own, self.lower)
        if not named and self.place.language in ("", *calendars.SOLAR_HIJRI_LANGUAGES):
            iranian = wordy.solar_hijri(self.row)
            named = [iranian] if iranian else []
        if not named and not found and self.place.language:
            named = wordy.find(self._foreign_row(), everywhere(), self.lower)
        return found + named

    def _foreign_row(self) -> list[Unit]:
        """Read the text in all languages; a weekday or unclear month of the page's language keeps that meaning."""
        row = wordy.units(self.tokens, everywhere(), self.lower, self.clocks, self.taken)
        return [self._own_meaning(unit) if unit.kind == "month" else unit for unit in row]

    def _own_meaning(self, unit: Unit) -> Unit:
        if unit.text in self.own.weekdays:
            return replace(unit, kind="weekday", value=self.own.weekdays[unit.text], also=None)
        return replace(unit, value=self.own.months.get(unit.text, unit.value))

    def clock_of(self, day: Day, following: int) -> Clock | None:
        """Return the time of day of a date: within it, after it (before the next date), or else before it."""
        inside = [one for one in self.clocks if day.start < one.start and one.end < day.end]
        behind = [one for one in self.clocks if day.end <= one.start and one.end <= following]
        behind = [one for one in behind if self._words(day.end, one.start) <= _WORDS_TO_CLOCK]
        before = [one for one in self.clocks if one.end <= day.start]
        before = [one for one in before[::-1] if self._words(one.end, day.start) <= _WORDS_TO_CLOCK]
        near = inside or behind or before
        return next((one for one in near if one.sure), near[0] if near else None)

    def _words(self, start: int, end: int) -> int:
        return len(_WORD.findall(self.source, start, end))

    def weekdays_of(self, day: Day) -> set[int]:
        """Return the weekdays beside a date."""
        found = set()
        for unit in self.row:
            beside = day.start - _BESIDE <= unit.start and unit.end <= day.end + _BESIDE
            if beside and not (unit.kind == "month" and day.start <= unit.start < day.end):
                found |= self._weekday(unit)
        return found

    def _weekday(self, unit: Unit) -> set[int]:
        """Return the weekday of a unit if it is unmistakable: Thursday is not "CET" and not the "th" of 30th."""
        number = unit.value if unit.kind == "weekday" else unit.also
        if number is None or (len(unit.text) == 1 and self.source[max(0, unit.start - 1) : unit.start] != "("):
            return set()
        if len(unit.text) <= 2 and self.source[unit.end : unit.end + 1] not in (",", "."):  # noqa: PLR2004
            return set()
        foreign = not self.place.language and unit.text not in of_language("en").weekdays
        return set() if foreign and len(unit.text) < 4 else {number}  # noqa: PLR2004
