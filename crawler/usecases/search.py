"""Pages of articles that filters and a query select, found within a time limit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from crawler.archive import Archive, ArticleRow, ItemFilter, Order
from crawler.items import Article, Hit, Span
from crawler.rules import Scanner
from crawler.rules.language.spec import Rule
from crawler.usecases.cursors import EPOCH, LAST_ID

TIME_LIMIT_S = 2.0  # then the hits so far are returned, with a cursor that continues the search

Match = tuple[ArticleRow, tuple[Span, ...]]


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """One page of articles with the positions of their hits.

    `end`: the time and id after which the next page begins, None on the last page. `reached`: the `found` time of the
    last article searched if the search paused at its time limit.
    """

    matches: tuple[Match, ...] = ()
    end: tuple[datetime, int] | None = None
    reached: datetime | None = None


class TimeLimitReached(Exception):  # noqa: N818  an expected outcome, not an error
    """A search reached its time limit at an article found at `found`."""

    def __init__(self, found: datetime | None) -> None:
        super().__init__("the time limit was reached")
        self.found = found


class TimedScanner(Scanner):
    """A matcher that raises TimeLimitReached after `limit_s` seconds of `clock`."""

    def __init__(self, rule: Rule, clock: Callable[[], float], limit_s: float) -> None:
        super().__init__(rule)
        self._clock = clock
        self._end = clock() + limit_s

    def match(self, article: Article, *, source_tags: Iterable[str] = ()) -> list[Hit]:
        """Return the hits of the rule. Raises TimeLimitReached."""
        if self._clock() > self._end:
            raise TimeLimitReached(article.found)
        return super().match(article, source_tags=source_tags)


def article_page(
    archive: Archive, rule: Rule | None, selection: ItemFilter, limit: int, *, bodies: bool = False
) -> ArticlePage:
    """Return at most `limit` articles that `selection` and `rule` match. Raises ArchiveError.

    In storage order, a list never ends and has no time limit: each page has an `end`, where the next article will be.
    """
    newest = archive.last_id() if selection.order is Order.STORED else 0
    matches: list[Match] = []
    reached: datetime | None = None
    try:
        matches.extend(islice(_matches(archive, rule, replace(selection, limit=limit + 1), bodies=bodies), limit + 1))
    except TimeLimitReached as pause:
        reached = pause.found
    page = tuple(matches[:limit])
    if len(matches) > limit:
        return ArticlePage(page, _place(page[-1][0]))
    if selection.order is Order.STORED:
        return ArticlePage(page, (EPOCH, max(newest, selection.after_id or 0)))
    if reached is None:
        return ArticlePage(page)
    if page and page[-1][0].article.found == reached:
        return ArticlePage(page, _place(page[-1][0]), reached)
    edge = LAST_ID if selection.order is Order.NEWEST else 0
    return ArticlePage(page, (reached, edge), reached)


def _matches(archive: Archive, rule: Rule | None, selection: ItemFilter, *, bodies: bool) -> Iterator[Match]:
    if rule is None:
        return ((row, ()) for row in archive.items(selection, bodies=bodies))
    is_limited = selection.order is not Order.STORED  # a client that follows new articles could not continue
    matcher = TimedScanner(rule, time.monotonic, TIME_LIMIT_S) if is_limited else Scanner(rule)
    return archive.search(matcher, selection, bodies=bodies)


def _place(row: ArticleRow) -> tuple[datetime, int]:
    assert row.article.found is not None  # set for stored articles
    return row.article.found, row.id
