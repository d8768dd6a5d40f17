"""Keyset paging: a cursor names the last row of a page, `MICROSECONDS-ID`. No page counts or skips rows."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from fastapi import HTTPException

from crawler.archive import ArticleRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"(\d{1,17})-(\d{1,18})")


def cursor_of(row: ArticleRow) -> str:
    """The place of an article in lists by time found."""
    assert row.article.found is not None  # stored ones have it
    return cursor(row.article.found, row.id)


def cursor(moment: datetime, number: int) -> str:
    """The place of a row by time and id."""
    return f"{(moment - _EPOCH) // timedelta(microseconds=1)}-{number}"


def after_of(text: str) -> tuple[datetime, int] | None:
    """Return the place in a cursor, None for an empty one. Raises HTTPException 422 for an invalid cursor."""
    if not text:
        return None
    found = _CURSOR.fullmatch(text)
    try:
        if found:
            return _EPOCH + timedelta(microseconds=int(found[1])), int(found[2])
    except OverflowError:
        pass
    raise HTTPException(422, "Invalid link to the next page. Start again from the first page.")
