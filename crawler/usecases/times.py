"""Times as people write them on the command line, in the API and in the address of a page.

| text | meaning |
|---|---|
| `30s`, `5m`, `2h`, `7d`, `2w` | this long ago; for `ahead_of`, this long from now |
| `now` | the current time |
| `today`, `yesterday`, `2026-11-01` | a day |
| `2026-11-01 08:00`, `2026-11-01T08:00:00.5`, `2026-11-01T08:00Z`, `2026-11-01 08:00+03:00` | a time on a day |

Days and times without a zone are local. `since` a day starts with that day, `until` a day includes it. A silence
`until` a day ends when that day begins, as with `silent_until` in the watch file. Case is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

EXAMPLES = "2h, 7d, today, yesterday, 2026-11-01 or 2026-11-01 08:00"
AHEAD_EXAMPLES = "2h, 3d, 2w, 2026-12-01 or 2026-12-01 08:00"
_SPAN = re.compile(r"([0-9]{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(_DAY.pattern + r"[t ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?(z|[+-][0-9]{2}(:?[0-9]{2})?)?")
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def since_of(text: str, now: datetime) -> datetime:
    """Return the time that a text denotes; for a day, its start. Raises ValueError."""
    return _read(text, now, -1, EXAMPLES)


def until_of(text: str, now: datetime) -> datetime:
    """Return the time that a text denotes; for a day, its end. Raises ValueError."""
    return _read(text, now, -1, EXAMPLES, days=1)


def ahead_of(text: str, now: datetime) -> datetime:
    """Return the future time that a text denotes; for a day, its start. Raises ValueError, also for a past time."""
    found = _read(text, now, 1, AHEAD_EXAMPLES)
    if found <= now:
        raise ValueError(f"{text[:40]!r} is in the past: write {AHEAD_EXAMPLES}")
    return found


def duration(seconds: float) -> str:
    """Return a duration for people: 20 ms, 4.2 s, 12 min, 3.5 h, 4.0 days."""
    for limit, unit, name in ((1, 0.001, "ms"), (120, 1, "s"), (7200, 60, "min")):
        if seconds < limit:
            value = seconds / unit
            return f"{value:.1f} {name}" if 1 <= value < 10 and name == "s" else f"{value:.0f} {name}"  # noqa: PLR2004
    return f"{seconds / 3600:.1f} h" if seconds < 3 * 86_400 else f"{seconds / 86_400:.1f} days"


def _read(text: str, now: datetime, sign: int, examples: str, days: int = 0) -> datetime:
    """Return the time, limited to the years 1 to 9999; for a day, the start of the day `days` later."""
    word = text.strip().lower()
    try:
        if span := _SPAN.fullmatch(word):
            return _within(lambda: now + sign * timedelta(**{_UNITS[span[2]]: int(span[1])}), early=sign < 0)
        if word == "now":
            return now
        if _TIME.fullmatch(word):
            read = datetime.fromisoformat(word.upper())
            return _within(lambda: read.astimezone(UTC), early=read.year == 1)
        day = _day(word, now)
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is not a time: write {examples}") from error
    return _within(lambda: datetime.combine(day + timedelta(days=days), time()).astimezone(UTC), early=day.year == 1)


def _day(word: str, now: datetime) -> date:
    if word in {"today", "yesterday"}:
        return now.astimezone().date() - timedelta(days=int(word == "yesterday"))
    if not _DAY.fullmatch(word):
        raise ValueError("not a day")
    return date.fromisoformat(word)


def _within(found: Callable[[], datetime], *, early: bool) -> datetime:
    try:
        return found()
    except (OverflowError, ValueError):  # the latter for year 0
        return _FIRST if early else _LAST
