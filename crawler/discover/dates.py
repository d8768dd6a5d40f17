"""Dates as feeds and sitemaps write them: ISO 8601, RFC 822 and its variants, asctime, localised months, epochs.

A date whose text names no zone, or one that nobody knows, is taken as UTC. What lies outside 1990 to 2100 is no date.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from crawler.discover.date_tables import MONTHS, ZONES, fold

_MAX_CHARS: Final = 100
_YEARS: Final = range(1990, 2100)
_CENTURY_PIVOT: Final = 70  # RFC 2822 section 4.3 reads two-digit years up to 49 as 20xx; feeds exist since 1999
_HOURS: Final = 12

_DATE_FORMS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<name>[^\W\d_]+)\s+(?P<day>\d{1,2})(?=\s+\d{1,2}:\d{2}.*\s(?P<year>\d{4})$)",  # asctime
        r"(?P<year>\d{4})\s?[-/.年년]\s?(?P<month>\d{1,2})\s?[-/.月월]\s?(?P<day>\d{1,2})[日일.]?",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?=T|$)",
        r"(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{4})",
        r"(?P<day>\d{1,2})(?:[.º]|[snrt][tdh]|er)?[\s-]+(?:d[ei]\s)?(?P<name>[^\W\d_]+)[.,]*[\s-]+(?:del?\s)?(?P<year>\d{4}|\d\d)\b(?!:)",
        r"(?P<name>[^\W\d_]+)\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})(?!\d|:)",
    )
)
_WEEKDAY = re.compile(r"[^\W\d_]+\.?(?:-[^\W\d_]+)?\s?,\s?|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?\s+", re.IGNORECASE)
_TIME = re.compile(r"(\d{1,2})[:.h시時](\d{2})(?:[:.](\d{2})(?:[.,]\d{1,12})?)?(?:\s?([ap])\.?m\b\.?)?", re.IGNORECASE)
_COMPACT_TIME = re.compile(r"T(\d{2})(\d{2})(\d{2})?()")
_OFFSET = re.compile(r"(?:^|[\s(]|GMT|UTC)([+-])(\d{1,2}):?(\d{2})?(?!\d)")
_ZONE_NAME = re.compile(r"[A-Za-z]{1,5}")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")


def read_date(text: str) -> datetime | None:
    """Return the instant that `text` names, aware and in UTC, or None. Never guesses from today's date."""
    text = " ".join(text[: _MAX_CHARS + 1].split())
    if not text or len(text) > _MAX_CHARS:
        return None
    try:
        moment = _read_iso(text) or _read_epoch(text) or _read_loose(text)
        moment = moment.astimezone(UTC) if moment else None
    except (ValueError, OverflowError):
        return None
    return moment if moment and moment.year in _YEARS else None


def _read_iso(text: str) -> datetime | None:
    """Read what most feeds send, fast; None leaves it to the looser reader."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read_epoch(text: str) -> datetime | None:
    """Read seconds or milliseconds since 1970."""
    return datetime.fromtimestamp(int(text[:10]), UTC) if _EPOCH.fullmatch(text) else None


def _read_loose(text: str) -> datetime | None:
    weekday = _WEEKDAY.match(text)
    text = text[weekday.end() :] if weekday else text
    found = next((match for form in _DATE_FORMS if (match := form.search(text))), None)
    if found is None:
        return None
    parts = found.groupdict()
    named = parts.get("name")
    month = MONTHS.get(fold(named), 0) if named else int(parts["month"])
    day = int(parts["day"])
    if month > _HOURS >= day:  # 11/23/2026: only the American order makes it a date
        day, month = month, day
    rest = text[found.end() :]
    hours, minutes, seconds, zone = _read_time(rest)
    midnight = datetime(_full_year(parts["year"]), month, day, tzinfo=zone)
    return midnight + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _read_time(rest: str) -> tuple[int, int, int, timezone]:
    """Return hour, minute, second and zone from what follows the date; midnight UTC where there is nothing."""
    found = _TIME.search(rest) or _COMPACT_TIME.match(rest)
    if found is None:
        return 0, 0, 0, UTC
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[4]:
        hour = hour % _HOURS + (_HOURS if found[4].lower() == "p" else 0)
    if hour > 24 or minute > 59 or second > 60:  # noqa: PLR2004 -- 24:00 and leap seconds exist (ISO 8601)
        raise ValueError(f"no time of day: {rest!r}")
    return hour, minute, second, _read_zone(rest[found.end() :])


def _read_zone(text: str) -> timezone:
    offset = _OFFSET.search(text)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    named = _ZONE_NAME.search(text)
    return timezone(timedelta(minutes=ZONES.get(named[0].lower(), 0) if named else 0))


def _full_year(digits: str) -> int:
    year = int(digits)
    if len(digits) > 2:  # noqa: PLR2004 -- two-digit years
        return year
    return year + (2000 if year < _CENTURY_PIVOT else 1900)
