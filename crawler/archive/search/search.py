"""Search in the query language of the rules: candidates from the full-text index, the decision by the matcher.

Candidates come by id, results by the time found. Few candidates are sorted. Of many, the newest are sorted, and those
that come before any older article are returned; then the articles are read in order, and each is looked up among the
candidates, which are read in batches, until few are left. Articles are mostly found in the order of their ids, so both
reads stay in step; if they do not, more is read, with the same result.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, TypeAlias

from sqlalchemy import Connection, Engine

from crawler.archive.model import ArticleRow, ItemFilter, Order
from crawler.archive.queries import articles
from crawler.archive.search import fulltext
from crawler.archive.search.candidate_query import CandidateQuery, candidate_query
from crawler.items import Span
from crawler.rules import Matcher, Rule

Found: TypeAlias = tuple[ArticleRow, tuple[Span, ...]]
Read: TypeAlias = Callable[[int, int, int, bool], Sequence[int]]
"""Return ids in a range, at most a given number, highest first if requested: (first, last, size, newest)."""

FEW: Final = (200, 2_000)  # candidates that are sorted: initially, at most
_SPAN: Final = 64_000  # ids; skipping more takes longer than sorting a few more candidates
_MOST: Final = 100_000  # ids in a batch
_SHOWN: Final = (25, 100)  # articles that are read at once: initially, at most
_WALKED: Final = (400, 20_000)  # positions that are read at once: initially, at most


def search(engine: Engine, matcher: Matcher, item_filter: ItemFilter, *, bodies: bool) -> Iterator[Found]:
    """Yield the articles of the filter that a rule of the matcher matches, in the filter's order, with their spans."""
    prefilter = candidate_query(matcher.rules)
    if prefilter is None:
        rows = articles.stream(engine, replace(item_filter, limit=None), bodies=True)
    else:
        rows = _rows(engine, _candidates(engine, prefilter, item_filter), bodies=bodies)
    yield from islice(_matching(matcher, rows, bodies=bodies), item_filter.limit)


def candidates(engine: Engine, rule: Rule, first: int, last: int) -> array[int] | None:
    """Return the ids from `first` to `last` of articles that the rule may match, ascending; None if any may match."""
    prefilter = candidate_query([rule])
    if prefilter is None:
        return None
    found = array("q")
    while first <= last:
        with engine.connect() as connection:
            some = fulltext.ids(connection, prefilter, first, last, size=_MOST, newest=False)
        found.extend(some)
        if len(some) < _MOST:
            break
        first = some[-1] + 1
    return found


def newest_candidates(engine: Engine, rule: Rule, first: int, last: int, size: int) -> list[int]:
    """Return the ids of at most `size` articles from `first` to `last` that the rule may match, the highest first.

    Every article may be one where the index cannot tell.
    """
    prefilter = candidate_query([rule])
    if prefilter is None:
        return list(range(last, max(first, last - size + 1) - 1, -1))
    with engine.connect() as connection:
        return fulltext.ids(connection, prefilter, first, last, size=size)


def _matching(matcher: Matcher, rows: Iterable[ArticleRow], *, bodies: bool) -> Iterator[Found]:
    for row in rows:
        hits = matcher.match(row.article, source_tags=row.article.tags)
        if hits:
            lean = row if bodies else replace(row, article=replace(row.article, markdown="", captions=()))
            yield lean, tuple(dict.fromkeys(span for hit in hits for span in hit.spans))


def _rows(engine: Engine, ids: Iterator[int], *, bodies: bool) -> Iterator[ArticleRow]:
    size, most = _SHOWN
    while some := list(islice(ids, size)):
        with engine.connect() as connection:
            page = articles.by_ids(connection, some, bodies=bodies)
        yield from page
        size = min(most, size * 2)


def _candidates(engine: Engine, prefilter: CandidateQuery, item_filter: ItemFilter) -> Iterator[int]:
    """Yield ids of articles of the filter that may match, in its order."""

    def read(low: int, high: int, size: int, newest: bool) -> Sequence[int]:
        with engine.connect() as connection:
            return fulltext.ids(connection, prefilter, low, high, size=size, newest=newest)

    newest, low = item_filter.order is Order.NEWEST, (item_filter.after_id or 0) + 1
    high = fulltext.LAST
    if newest and item_filter.after is not None:  # a later page: newer articles are skipped
        with engine.connect() as connection:
            high = max(articles.next_ids(connection, item_filter, _WALKED[0])[0], default=low)
    first: list[int] = []
    for size in FEW:
        span = (low, first[-1] - 1 if first else high) if newest else (first[-1] + 1 if first else low, high)
        with engine.connect() as connection:
            first += fulltext.ids(connection, prefilter, *span, size=size - len(first), newest=newest)
            found, rest = _few(connection, prefilter, item_filter, first, (low, high), size)
        yield from found
        if rest is None:
            return
        item_filter = rest
    full = len(first) == FEW[-1]
    ends = (low, first[-1]) if not newest else (first[-1] if full else low, high)
    whole = (not newest or not full, newest and high == fulltext.LAST)
    yield from _walked(engine, item_filter, Candidates(read, first, ends, whole))


def _few(
    connection: Connection,
    prefilter: CandidateQuery,
    item_filter: ItemFilter,
    first: Sequence[int],
    ends: tuple[int, int],
    size: int,
) -> tuple[Sequence[int], ItemFilter | None]:
    """Return the results among the first candidates between these ends (all of them below `size`).

    Also return the filter for the rest; None if there is no rest.
    """
    newest, full = item_filter.order is Order.NEWEST, len(first) == size
    if not full:
        beyond = () if ends[1] == fulltext.LAST else (ends[1] + 1, fulltext.LAST)
        later = fulltext.ids(connection, prefilter, *beyond, size=size, newest=not newest) if beyond else []
        if len(first) + len(later) < size:
            return articles.filtered_ids(connection, item_filter, [*first, *later]), None
    elif newest and (size == FEW[-1] or first[0] - first[-1] <= _SPAN):
        return articles.ahead(connection, item_filter, first, (first[-1], ends[1]))
    return (), item_filter


def _sorted(engine: Engine, item_filter: ItemFilter, ids: Collection[int]) -> Sequence[int]:
    with engine.connect() as connection:
        return articles.filtered_ids(connection, item_filter, ids)


def _walked(engine: Engine, item_filter: ItemFilter, candidates: Candidates) -> Iterator[int]:
    size, most = _WALKED
    while True:
        with engine.connect() as connection:
            ids, item_filter = articles.next_ids(connection, item_filter, size)
        yield from candidates.among(ids)
        if len(ids) < size:
            return
        if (rest := candidates.rest()) is not None:
            yield from _sorted(engine, item_filter, rest)
            return
        size = min(most, size * 2)


class Candidates:
    """The candidates of a range of ids, which grows in both directions as needed."""

    def __init__(self, read: Read, first: Sequence[int], ends: tuple[int, int], whole: tuple[bool, bool]) -> None:
        """Start with the candidates between these ends; there may be more on a side unless it is `whole`."""
        self._read = read
        self._ids = set(first)
        self._low, self._high = ends
        self._whole = [*whole]
        self._size = len(first)

    def rest(self) -> Collection[int] | None:
        """Return the candidates not looked up yet, if they are all that is left, and few."""
        return self._ids if all(self._whole) and len(self._ids) < FEW[1] else None

    def among(self, ids: Sequence[int]) -> list[int]:
        """Return those of the ids that are candidates. Each can be looked up once, and is then dropped."""
        if not ids:
            return []
        low, high = min(ids), max(ids)
        while self._low > low:
            self._grow(1, self._low - 1, newest=True)
        while self._high < high:
            self._grow(self._high + 1, fulltext.LAST, newest=False)
        found = [number for number in ids if number in self._ids]
        self._ids.difference_update(found)
        return found

    def _grow(self, low: int, high: int, *, newest: bool) -> None:
        self._size = min(_MOST, 4 * self._size)
        some = self._read(low, high, self._size, newest)
        self._ids.update(some)
        whole = len(some) < self._size
        self._whole[not newest] = whole
        if newest:
            self._low = low if whole else some[-1]
        else:
            self._high = high if whole else some[-1]
