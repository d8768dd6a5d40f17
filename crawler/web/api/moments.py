"""Moments as the API takes them: how far back (`2h`, `7d`), `today`, `yesterday`, a date, or a date with a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

_AGO = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_SCHEMA = {
    "anyOf": [
        {"type": "string", "pattern": r"^[0-9]{1,6}[smhdw]$"},
        {"type": "string", "enum": ["today", "yesterday"]},
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
    ],
    "examples": ["24h", "2026-11-01", "2026-11-01T08:00:00Z"],
}


def moment(text: str, now: datetime) -> datetime:
    """The moment that a text means, of the years 1 to 9999; local time unless it names a zone. Raises ValueError."""
    if ago := _AGO.fullmatch(text):
        return _within(lambda: now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}), _FIRST)
    if text in {"today", "yesterday"}:
        day = now.astimezone().date() - timedelta(days=int(text == "yesterday"))
        return datetime.combine(day, time()).astimezone(UTC)
    if _DAY.fullmatch(text):
        read = datetime.combine(date.fromisoformat(text), time())
    elif text[10:11].upper() == "T":
        read = datetime.fromisoformat(text.upper())
    else:
        raise ValueError("use 2h, 7d, today, yesterday, 2026-11-01 or 2026-11-01T08:00:00Z")
    return _within(lambda: read.astimezone(UTC), _FIRST if read.year == 1 else _LAST)


def _within(found: Callable[[], datetime], edge: datetime) -> datetime:
    try:
        return found()
    except (OverflowError, ValueError):  # the latter for year 0
        return edge


def _sound(text: str) -> str:
    moment(text, datetime(2026, 1, 1, tzinfo=UTC))
    return text


Moment = Annotated[str, AfterValidator(_sound), WithJsonSchema(_SCHEMA)]


def ahead(text: str, now: datetime) -> datetime:
    """The same, but `2h` and `7d` count from now on, and so does nothing else. Raises ValueError."""
    if ago := _AGO.fullmatch(text):
        return _within(lambda: now + timedelta(**{_UNITS[ago[2]]: int(ago[1])}), _LAST)
    return moment(text, now)
