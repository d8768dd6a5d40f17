"""The article filter, built from command-line options, query parameters or the fields of a form."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from crawler.archive import ItemFilter, Order
from crawler.archive.tables.rows import clean
from crawler.usecases.times import since_of, until_of


def article_filter(
    now: datetime,
    *,
    since: str | None = None,
    until: str | None = None,
    sources: Iterable[str] | None = None,
    tags: Iterable[str] | None = None,
    languages: Iterable[str] | None = None,
    rules: Iterable[str] | None = None,
    order: Order = Order.NEWEST,
) -> ItemFilter:
    """Return the archive filter; several values of one kind mean any of them. Raises ValueError for an invalid time."""
    return ItemFilter(
        since=since_of(since, now) if since else None,
        until=until_of(until, now) if until else None,
        sources=_names(sources),
        tags=_names(tags),
        languages=_names(languages),
        rules=_names(rules),
        order=order,
    )


def _names(values: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(clean(value) for value in values or ())
