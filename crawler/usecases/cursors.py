"""Pagination cursors: `MICROSECONDS-KEY` identifies the last row of a page by time and id."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

LAST_ID = 10**18 - 1  # larger than any id
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# 17 digits reach the year 5138, which a datetime can represent
_CURSOR = re.compile(r"([0-9]{1,17})-([0-9A-Za-z:_.-]{1,160})")


def cursor(when: datetime, key: int | str) -> str:
    """Return the cursor of a row by its time and id."""
    return f"{max(0, (when - EPOCH) // timedelta(microseconds=1))}-{key}"


def place(text: str) -> tuple[datetime, str]:
    """Return the time and the key of a cursor. Raises ValueError."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise ValueError("invalid cursor: start again from the first page")
    return EPOCH + timedelta(microseconds=int(found[1])), found[2]


def numbered_place(text: str) -> tuple[datetime, int]:
    """Return the time and the numeric id of a cursor, at most LAST_ID. Raises ValueError."""
    when, key = place(text)
    if not re.fullmatch(r"[0-9]{1,18}", key):
        raise ValueError("invalid cursor: start again from the first page")
    return when, int(key)
