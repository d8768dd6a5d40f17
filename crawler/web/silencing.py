"""End times of silences, as submitted by a form."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

WHAT = ("rule", "story", "source")
PRESETS = (
    ("1h", "for an hour"),
    ("8h", "for 8 hours"),
    ("1d", "for a day"),
    ("3d", "for 3 days"),
    ("1w", "for a week"),
)
_AHEAD = re.compile(r"(\d{1,5})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def until_when(preset: str, day: str, now: datetime) -> datetime:
    """The moment that a preset ("8h") means, or the beginning of a local day ("2026-12-01"), which goes before.

    Raises ValueError for an invalid or past time.
    """
    ahead = _AHEAD.fullmatch(preset.strip())
    try:
        if day.strip() or not ahead:
            until = datetime.combine(datetime.fromisoformat(day.strip()).date(), time()).astimezone(UTC)
        else:
            until = now + timedelta(**{_UNITS[ahead[2]]: int(ahead[1])})
    except (ValueError, OverflowError) as error:
        raise ValueError("Select a duration, or enter a date such as 2026-12-01.") from error
    if until <= now:
        raise ValueError("This date is in the past. Enter a future date.")
    return until
