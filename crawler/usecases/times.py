"""Times as people write them: on the command line, in the API and in the address of a page.

| text | means |
|---|---|
| `30s`, `5m`, `2h`, `7d`, `2w` | so long ago; so long from now for `ahead_of` |
| `now` | this instant |
| `today`, `yesterday`, `2026-11-01` | a day |
| `2026-11-01 08:00`, `2026-11-01T08:00:00.5`, `2026-11-01T08:00Z`, `2026-11-01 08:00+03:00` | a time on a day |

Days and times without a zone are local. `since` a day begins with it, and `until` a day includes it. A silence `until`
a day ends when that day begins, as `silent_until` of the watch file does. Upper and lower case are the same.
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
    """Return the time that a text means, the beginning of a day. Raises ValueError."""
    return _read(text, now, -1, EXAMPLES)


def until_of(text: str, now: datetime) -> datetime:
    """Return the time that a text means, the end of a day. Raises ValueError."""
    return _read(text, now, -1, EXAMPLES, days=1)


def ahead_of(text: str, now: datetime) -> datetime:
    """Return the time to come that a text means, the beginning of a day. Raises ValueError, for the past too."""
    found = _read(text, now, 1, AHEAD_EXAMPLES)
    if found <= now:
        raise ValueError(f"{text[:40]!r} is in the past: write {AHEAD_EXAMPLES}")
    return found


def _read(text: str, now: datetime, sign: int, examples: str, days: int = 0) -> datetime:
    """Return the time, in the years 1 to 9999, where what is beyond them ends too; of a day `days` later."""
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
        raise ValueError("no day")
    return date.fromisoformat(word)


def _within(found: Callable[[], datetime], *, early: bool) -> datetime:
    try:
        return found()
    except (OverflowError, ValueError):  # the latter for year 0
        return _FIRST if early else _LAST
