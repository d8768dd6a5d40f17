"""Pages of articles: what a filter chooses, or what a query finds within a time that people wait."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from crawler.archive import Archive, ArticleRow, ItemFilter, Order
from crawler.items import Span
from crawler.rules import Scanner
from crawler.rules.language.spec import Rule
from crawler.usecases import deadlines
from crawler.usecases.cursors import LAST_ID
from crawler.web.api.paging import article_cursor, article_place
from crawler.web.forms.queries import Enough, Hurried

Found = tuple[ArticleRow, tuple[Span, ...]]


@dataclass(frozen=True, slots=True)
class Listed:
    """One page. `reached`: when the article was found at which a query paused; None for a page that is whole."""

    rows: tuple[Found, ...]
    cursor: str | None = None
    reached: datetime | None = None


def listed(
    archive: Archive, rule: Rule | None, chosen: ItemFilter, cursor: str | None, limit: int, *, full: bool
) -> Listed:
    """One page of articles. A list in the order of storing never ends: its cursor waits for what is stored next.

    Raises ArchiveError.
    """
    if cursor is not None:
        order, found, number = article_place(cursor)
        place = {"after_id": number} if order is Order.STORED else {"after": (found, number)}
        chosen = replace(chosen, order=order, **place)
    newest = archive.last_id() if chosen.order is Order.STORED else 0
    rows: list[Found] = []
    pause: datetime | None = None
    try:
        rows.extend(islice(_found(archive, rule, replace(chosen, limit=limit + 1), full=full), limit + 1))
    except Enough as enough:
        pause = enough.found
    shown = tuple(rows[:limit])
    if len(rows) > limit:
        return Listed(shown, _behind(shown[-1][0], chosen.order))
    if chosen.order is Order.STORED:
        return Listed(shown, f"s0-{max(newest, chosen.after_id or 0)}")
    if pause is None:
        return Listed(shown)
    if shown and shown[-1][0].article.found == pause:
        return Listed(shown, _behind(shown[-1][0], chosen.order), pause)
    edge = LAST_ID if chosen.order is Order.NEWEST else 0
    return Listed(shown, article_cursor(chosen.order, pause, edge), pause)


def _behind(row: ArticleRow, order: Order) -> str:
    assert row.article.found is not None  # stored ones have it
    return article_cursor(order, row.article.found, row.id)


def _found(archive: Archive, rule: Rule | None, chosen: ItemFilter, *, full: bool) -> Iterator[Found]:
    if rule is None:
        return ((row, ()) for row in archive.items(chosen, bodies=full))
    hurried = chosen.order is not Order.STORED  # who follows what is stored could not go on from a pause
    matcher = Hurried(rule, time.monotonic, deadlines.SEARCH_S) if hurried else Scanner(rule)
    return archive.search(matcher, chosen, bodies=full)
