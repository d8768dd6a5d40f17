"""Dates and instants as pages write them: ISO 8601, RFC 2822, epoch seconds, and sentences in forty languages.

Nothing is guessed silently: the result says whether a time of day and a zone were given. Months: CLDR
(`data/months.toml`); zone abbreviations: IANA tz, only those that mean one offset in the press (`_ZONES`).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import cache
from importlib import resources

from crawler.extract.words import words

_MAX_CHARS = 300
_ISO = re.compile(
    r"^\s{0,9}(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ,]{1,3}(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d{1,9})?\s{0,2}(.{0,24}))?"
)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{4})?)?$")
_EPOCH = re.compile(r"^\d{10}(?:\d{3})?$")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,4})[./-](\d{1,2})[./-](\d{2,4})(?!\d)")
_WIDE_DATE = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
_TIME = re.compile(
    r"(?<![\d:.])(\d{1,2})(?::|h|\.|時|시\s?)(\d{2})(?:[:.](\d{2}))?(?![\d])\s{0,2}([ap]\.?\s?m\b)?", re.IGNORECASE
)
_HOUR = re.compile(r"(?<![\d:.])(\d{1,2})\s{0,2}([ap]\.?\s?m\b)", re.IGNORECASE)
_OFFSET = re.compile(r"(?:\b(?:GMT|UTC)\s?)?([+\-−])\s?(\d{1,2}):?(\d{2})?(?!\d)", re.IGNORECASE)
_ZONE_WORD = re.compile(r"\b([A-Z]{1,5})\b")
_WORDY = re.compile(r"\d{1,4}|[^\W\d_]{2,}", re.UNICODE)
_ZONES = {  # minutes east of Greenwich; BST, IST, CST, AST and the like mean several zones and are left out
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 60, "CET": 60, "CEST": 120, "MEZ": 60, "MESZ": 120, "EET": 120,
    "EEST": 180, "MSK": 180, "EAT": 180, "CAT": 120, "WAT": 60, "SAST": 120, "PKT": 300, "WIB": 420, "WITA": 480,
    "WIT": 540, "ICT": 420, "SGT": 480, "MYT": 480, "HKT": 480, "JST": 540, "KST": 540, "AWST": 480, "ACST": 570,
    "ACDT": 630, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780, "EST": -300, "EDT": -240, "CDT": -300,
    "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480, "HST": -600, "BRT": -180,
    "ART": -180, "CLT": -240, "CLST": -180, "NST": -210, "NDT": -150,
}  # fmt: skip
_YEARS = range(1980, 2101)
_MONTHS_A_YEAR = 12
_NOON = 12
_MAX_OFFSET_H = 14
_EPOCH_MS = 1e11


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as it was written. `value` is aware exactly when `zoned`; a date without a time is midnight."""

    value: datetime
    timed: bool
    zoned: bool


def parse(text: str, language: str = "") -> Moment | None:
    """The first date in `text`, None where there is none or it is ambiguous (3/4/2024 in English)."""
    source = text.strip()[:_MAX_CHARS]
    if not source:
        return None
    return _machine(source) or _human(source, language)


def _machine(source: str) -> Moment | None:
    if _EPOCH.match(source):
        number = int(source)
        at = datetime.fromtimestamp(number / 1000 if number > _EPOCH_MS else number, UTC)
        return Moment(at, timed=True, zoned=True)
    iso = _ISO.match(source) or _COMPACT.match(source)
    if iso:
        year, month, day, hour, minute, second, rest = iso.groups()
        return _moment((year, month, day), (hour, minute, second) if hour else None, _offset(rest or ""))
    if "," in source[:5]:
        try:
            value = parsedate_to_datetime(source)
        except (ValueError, TypeError, IndexError):
            return None
        return Moment(value, timed=True, zoned=value.tzinfo is not None)
    return None


def _moment(
    day: tuple[str | int, ...], clock: tuple[str | int | None, ...] | None, offset: timezone | None
) -> Moment | None:
    try:
        year, month, dom = (int(part) for part in day)
        hour, minute, second = (int(part or 0) for part in clock) if clock else (0, 0, 0)
        if year not in _YEARS:
            return None
        extra = timedelta(days=1) if hour == 24 else timedelta(0)  # noqa: PLR2004 - ISO 8601 allows 24:00
        value = datetime(year, month, dom, hour % 24, minute, min(second, 59), tzinfo=offset if clock else None) + extra
    except (ValueError, OverflowError):
        return None
    return Moment(value, clock is not None, clock is not None and offset is not None)


def _offset(text: str) -> timezone | None:
    """The offset that `text` names: "+03:00", "GMT +0300", "UTC+3", "EAT"; None where it names none."""
    found = _OFFSET.search(text)
    if found:
        hours, minutes = int(found[2]), int(found[3] or 0)
        if hours <= _MAX_OFFSET_H and minutes < 60:  # noqa: PLR2004
            sign = 1 if found[1] == "+" else -1
            return timezone(sign * timedelta(hours=hours, minutes=minutes))
    for word in _ZONE_WORD.findall(text.upper() if len(text) <= 6 else text):  # noqa: PLR2004
        if word in _ZONES:
            return timezone(timedelta(minutes=_ZONES[word]))
    return None


def _human(source: str, language: str) -> Moment | None:
    found = _wordy_date(source, language) or _numeric_date(source, language)
    if found is None:
        return None
    day, start, end = found
    after, before = source[end:], source[:start]
    clock = _clock(after) or _clock(before)
    return _moment(day, clock, _offset(_after_clock(after) or _after_clock(before)) if clock else None)


def _after_clock(text: str) -> str:
    found = _TIME.search(text) or _HOUR.search(text)
    return text[found.end() :][:30] if found else ""


def _clock(text: str) -> tuple[int, int, int] | None:
    found = _TIME.search(text)
    if found:
        hour, minute, second, half = int(found[1]), int(found[2]), int(found[3] or 0), found[4]
    else:
        short = _HOUR.search(text)
        if not short:
            return None
        hour, minute, second, half = int(short[1]), 0, 0, short[2]
    if half:
        hour = hour % _NOON + (_NOON if half[0].lower() == "p" else 0)
    return (hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None  # noqa: PLR2004


@cache
def _months() -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """Names by language, and those that mean the same month in every language."""
    table = tomllib.loads(resources.files("crawler.extract").joinpath("data/months.toml").read_text("utf-8"))
    by_language = {
        code: {name: number for number, names in enumerate(rows, 1) for name in names} for code, rows in table.items()
    }
    merged: dict[str, set[int]] = {}
    for names in by_language.values():
        for name, number in names.items():
            merged.setdefault(name, set()).add(number)
    everywhere = {name: min(numbers) for name, numbers in merged.items() if len(numbers) == 1}
    return by_language, everywhere | by_language["en"]


def _month(word: str, following: str, language: str) -> int | None:
    by_language, everywhere = _months()
    own = by_language.get(language, {})
    for names in (own, everywhere):
        for candidate in (f"{word} {following}", word):
            folded = " ".join(words(candidate))
            if folded in names:
                return names[folded]
    return None


def _wordy_date(source: str, language: str) -> tuple[tuple[int, int, int], int, int] | None:
    """A date with the month's name: "30 September 2020", "Sept. 30th, 2020", "2020 m. rugsėjo 30 d."."""
    wide = _WIDE_DATE.search(source)
    if wide:
        return (int(wide[1]), int(wide[2]), int(wide[3])), wide.start(), wide.end()
    tokens = [(m[0], m.start(), m.end()) for m in _WORDY.finditer(source)]
    for at, (word, _, _) in enumerate(tokens):
        if word.isdigit():
            continue
        month = _month(word, tokens[at + 1][0] if at + 1 < len(tokens) else "", language)
        if month is None:
            continue
        near = tokens[max(0, at - 4) : at + 6]
        year = next((t for t in near if len(t[0]) == 4 and t[0].isdigit() and int(t[0]) in _YEARS), None)  # noqa: PLR2004
        day = _nearest_day(tokens, at)
        if year and day:
            spans = (year, day, tokens[at])
            return (int(year[0]), month, int(day[0])), min(t[1] for t in spans), max(t[2] for t in spans)
    return None


def _nearest_day(tokens: list[tuple[str, int, int]], at: int) -> tuple[str, int, int] | None:
    for step in (-1, 1, -2, 2):
        place = at + step
        if 0 <= place < len(tokens):
            word = tokens[place][0]
            if word.isdigit() and len(word) <= 2 and 1 <= int(word) <= 31:  # noqa: PLR2004
                return tokens[place]
    return None


def _numeric_date(source: str, language: str) -> tuple[tuple[int, int, int], int, int] | None:
    """A date in digits. Day and month are told apart by their size or the language; else it is None."""
    for found in _NUMERIC.finditer(source):
        first, second, third = int(found[1]), int(found[2]), int(found[3])
        if len(found[1]) == 4:  # noqa: PLR2004
            return (first, second, third), *found.span()
        year = third if len(found[3]) == 4 else 2000 + third if len(found[3]) == 2 else 0  # noqa: PLR2004
        dotted = "." in found[0]
        if second > _MONTHS_A_YEAR and first <= _MONTHS_A_YEAR:
            return (year, first, second), *found.span()
        if first > _MONTHS_A_YEAR or dotted or first == second or language not in ("", "en"):
            return (year, second, first), *found.span()
    return None


def has_date(text: str) -> bool:
    """Whether a short line holds a date or a clock time."""
    source = text[:_MAX_CHARS]
    return bool(
        _ISO.match(source)
        or _NUMERIC.search(source)
        or _wordy_date(source, "")
        or (_clock(source) and len(source) < 50)  # noqa: PLR2004
    )
