"""Cursor pagination. `next` is the address of the next page, in the body and as a Link header.

A cursor identifies the last row of a page, so that pages neither count nor skip rows and do not shift when articles
arrive. Cursors are validated; a forged one only selects another place in the list.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from crawler.archive import Order
from crawler.usecases.cursors import cursor as row_cursor
from crawler.usecases.cursors import numbered_place, place

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
_LETTERS = {Order.NEWEST: "n", Order.OLDEST: "o", Order.STORED: "s"}
_ORDERS = {letter: order for order, letter in _LETTERS.items()}

T = TypeVar("T")
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Maximum number of items.")]
ArticleCursor = Annotated[
    str | None,
    Query(
        pattern=r"^[nos][0-9]{1,16}-[0-9]{1,18}$",
        description="`cursor` of the previous page; it also sets the sort order.",
    ),
]
NumberCursor = Annotated[
    str | None, Query(pattern=r"^[0-9]{1,16}-[0-9]{1,18}$", description="`cursor` of the previous page.")
]
NameCursor = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,16}-[A-Za-z0-9:._-]{1,150}$", description="`cursor` of the previous page."),
]
PlaceCursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,7}$", description="`cursor` of the previous page.")]


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    cursor: str | None = Field(None, description="Pass it as `cursor` to get the next page; null on the last page.")
    next: str | None = Field(
        None, description="Address of the next page.", examples=["/api/v1/articles?cursor=n1763884800000000-42"]
    )


def article_cursor(order: Order, found: datetime, number: int) -> str:
    """Return the cursor of an article in a list."""
    return f"{_LETTERS[order]}{row_cursor(found, number)}"


def article_place(cursor: str) -> tuple[Order, datetime, int]:
    """Return the order, the time and the id of an ArticleCursor."""
    return _ORDERS[cursor[0]], *numbered_place(cursor[1:])


def row_place(cursor: str | None) -> tuple[datetime, str] | None:
    """Return the time and the key of a cursor."""
    return None if cursor is None else place(cursor)


def following(request: Request, response: Response, cursor: str | None) -> str | None:
    """Return the address of the next page, and set it as the Link header of the response (RFC 8288)."""
    if cursor is None:
        return None
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    address = f"{request.url.path}?{urlencode([*kept, ('cursor', cursor)])}"
    response.headers["Link"] = f'<{address}>; rel="next"'
    return address
