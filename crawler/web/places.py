"""Cursors of lists whose rows have names for ids: `MICROSECONDS-NAME` names the last row of a page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from fastapi import HTTPException

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# 17 digits end in the year 5138, which a datetime can still say
_PLACE = re.compile(r"(\d{1,17})-([0-9A-Za-z:_.-]{1,160})")


def place(moment: datetime, name: str) -> str:
    """The place of a row by time and name."""
    return f"{(moment - _EPOCH) // timedelta(microseconds=1)}-{name}"


def after_place(text: str) -> tuple[datetime, str] | None:
    """Return the place in a cursor, None for an empty one. Raises HTTPException 422 for an invalid cursor."""
    if not text:
        return None
    found = _PLACE.fullmatch(text)
    if found:
        return _EPOCH + timedelta(microseconds=int(found[1])), found[2]
    raise HTTPException(422, "Invalid link to the next page. Start again from the first page.")
