"""Time choices of forms, and cursors in the addresses of pages; an invalid cursor is answered with 422."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from fastapi import HTTPException

from crawler.archive import ArticleRow
from crawler.usecases.cursors import cursor, numbered_place, place

SINCE = (
    ("1h", "last hour"),
    ("24h", "last 24 hours"),
    ("3d", "last 3 days"),
    ("7d", "last 7 days"),
    ("30d", "last 30 days"),
)
SILENT_FOR = (
    ("1h", "for an hour"),
    ("8h", "for 8 hours"),
    ("1d", "for a day"),
    ("3d", "for 3 days"),
    ("1w", "for a week"),
)


T = TypeVar("T")


def cursor_of(row: ArticleRow) -> str:
    """Return the cursor of an article in lists by time found."""
    assert row.article.found is not None  # set for stored articles
    return cursor(row.article.found, row.id)


def after_of(text: str) -> tuple[datetime, int] | None:
    """Return the time and id of a cursor, None for "". Raises HTTPException 422."""
    return _read(numbered_place, text)


def after_place(text: str) -> tuple[datetime, str] | None:
    """Return the time and key of a cursor whose keys are names, None for "". Raises HTTPException 422."""
    return _read(place, text)


def _read(read: Callable[[str], T], text: str) -> T | None:
    try:
        return read(text) if text else None
    except ValueError:
        raise HTTPException(422, "Invalid link to the next page. Start again from the first page.") from None
