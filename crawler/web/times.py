"""Times in filters: a duration back from now, or a day."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_AGO = re.compile(r"(\d{1,4})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
SINCE = (
    ("1h", "last hour"),
    ("24h", "last 24 hours"),
    ("3d", "last 3 days"),
    ("7d", "last 7 days"),
    ("30d", "last 30 days"),
)


def since_of(text: str, now: datetime) -> datetime | None:
    """The moment that "24h", "7d" or a day as "2026-11-01" (local) means; None for "". Raises ValueError."""
    word = text.strip().lower()
    if not word:
        return None
    ago = _AGO.fullmatch(word)
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        return datetime.fromisoformat(word.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:40]!r} is not a time: use 2h, 7d or a date such as 2026-11-01") from error


def until_of(text: str, now: datetime) -> datetime | None:
    """The end of a day, or a moment as for `since_of`; None for "". Raises ValueError."""
    found = since_of(text, now)
    whole_day = re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip())
    try:
        return found + timedelta(days=1) if found and whole_day else found
    except OverflowError as error:
        raise ValueError(f"{text[:40]!r} is not a time") from error
