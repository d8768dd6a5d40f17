"""Cursors of lists: `MICROSECONDS-KEY` names the last row of a page by time and id. No page counts or skips rows."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

LAST_ID = 10**18 - 1  # larger than any
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# 17 digits end in the year 5138, which a datetime can still hold
_CURSOR = re.compile(r"([0-9]{1,17})-([0-9A-Za-z:_.-]{1,160})")


def cursor(when: datetime, key: int | str) -> str:
    """Return the place of a row by time and id."""
    return f"{max(0, (when - EPOCH) // timedelta(microseconds=1))}-{key}"


def place(text: str) -> tuple[datetime, str]:
    """Return the time and the key of a cursor. Raises ValueError."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise ValueError("not a cursor: begin again on the first page")
    return EPOCH + timedelta(microseconds=int(found[1])), found[2]


def numbered_place(text: str) -> tuple[datetime, int]:
    """Return the time and the number of a cursor whose key is one, at most LAST_ID. Raises ValueError."""
    when, key = place(text)
    if not re.fullmatch(r"[0-9]{1,18}", key):
        raise ValueError("not a cursor: begin again on the first page")
    return when, int(key)
