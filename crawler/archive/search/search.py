"""Search in the query language of the rules: candidates from the full-text index, the answer from the live matcher.

Candidates come by id, answers by the time found. Few candidates are sorted. Of many, the newest few are sorted, and
those are told that come before any older article; then the articles are walked in order, and each is looked up among
the candidates, which are read piece by piece, until few are left. Articles are mostly found in the order of their ids,
so both walks keep step; where they do not, more is read, and the answer is the same.
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
"""Ids from a first to a last, at most so many, the highest first where asked."""

FEW: Final = (200, 2_000)  # candidates that are sorted: at first, at most
_SPAN: Final = 64_000  # ids; to pass over more takes longer than to sort a few more candidates
_MOST: Final = 100_000  # ids in a piece
_SHOWN: Final = (25, 100)  # articles that are read at once: at first, at most
_WALKED: Final = (400, 20_000)  # places that are walked at once: at first, at most


def search(engine: Engine, matcher: Matcher, wanted: ItemFilter, *, bodies: bool) -> Iterator[Found]:
    """Articles of the filter that a rule of the matcher matches, in the order of the filter, with the places."""
    prefilter = candidate_query(matcher.rules)
    if prefilter is None:
        rows = articles.stream(engine, replace(wanted, limit=None), bodies=True)
    else:
        rows = _rows(engine, _candidates(engine, prefilter, wanted), bodies=bodies)
    yield from islice(_matching(matcher, rows, bodies=bodies), wanted.limit)


def candidates(engine: Engine, rule: Rule, first: int, last: int) -> array[int] | None:
    """The ids from `first` to `last` of articles that the rule may match, ascending; None where all of them may."""
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


def _candidates(engine: Engine, prefilter: CandidateQuery, wanted: ItemFilter) -> Iterator[int]:
    """Ids of articles of the filter that may match, in its order."""

    def read(low: int, high: int, size: int, newest: bool) -> Sequence[int]:
        with engine.connect() as connection:
            return fulltext.ids(connection, prefilter, low, high, size=size, newest=newest)

    newest, low = wanted.order is Order.NEWEST, (wanted.after_id or 0) + 1
    high = fulltext.LAST
    if newest and wanted.after is not None:  # a later page: what is newer is not read
        with engine.connect() as connection:
            high = max(articles.stretch(connection, wanted, _WALKED[0])[0], default=low)
    first: list[int] = []
    for size in FEW:
        span = (low, first[-1] - 1 if first else high) if newest else (first[-1] + 1 if first else low, high)
        with engine.connect() as connection:
            first += fulltext.ids(connection, prefilter, *span, size=size - len(first), newest=newest)
            found, rest = _few(connection, prefilter, wanted, first, (low, high), size)
        yield from found
        if rest is None:
            return
        wanted = rest
    full = len(first) == FEW[-1]
    ends = (low, first[-1]) if not newest else (first[-1] if full else low, high)
    whole = (not newest or not full, newest and high == fulltext.LAST)
    yield from _walked(engine, wanted, Known(read, first, ends, whole))


def _few(
    connection: Connection,
    prefilter: CandidateQuery,
    wanted: ItemFilter,
    first: Sequence[int],
    ends: tuple[int, int],
    size: int,
) -> tuple[Sequence[int], ItemFilter | None]:
    """What can be told of the first candidates between these ends, which are full at `size`; the filter for the rest.

    None where that was all.
    """
    newest, full = wanted.order is Order.NEWEST, len(first) == size
    if not full:
        beyond = () if ends[1] == fulltext.LAST else (ends[1] + 1, fulltext.LAST)
        later = fulltext.ids(connection, prefilter, *beyond, size=size, newest=not newest) if beyond else []
        if len(first) + len(later) < size:
            return articles.numbers(connection, wanted, [*first, *later]), None
    elif newest and (size == FEW[-1] or first[0] - first[-1] <= _SPAN):
        return articles.ahead(connection, wanted, first, (first[-1], ends[1]))
    return (), wanted


def _sorted(engine: Engine, wanted: ItemFilter, ids: Collection[int]) -> Sequence[int]:
    with engine.connect() as connection:
        return articles.numbers(connection, wanted, ids)


def _walked(engine: Engine, wanted: ItemFilter, known: Known) -> Iterator[int]:
    size, most = _WALKED
    while True:
        with engine.connect() as connection:
            ids, wanted = articles.stretch(connection, wanted, size)
        yield from known.among(ids)
        if len(ids) < size:
            return
        if (rest := known.rest()) is not None:
            yield from _sorted(engine, wanted, rest)
            return
        size = min(most, size * 2)


class Known:
    """The candidates of a stretch of ids, which grows to either side as far as it is asked for."""

    def __init__(self, read: Read, first: Sequence[int], ends: tuple[int, int], whole: tuple[bool, bool]) -> None:
        """`first`: the candidates between these ends, below and above which there may be more unless it is `whole`."""
        self._read = read
        self._ids = set(first)
        self._low, self._high = ends
        self._whole = [*whole]
        self._size = len(first)

    def rest(self) -> Collection[int] | None:
        """What was not asked about, where it is all that is left, and few."""
        return self._ids if all(self._whole) and len(self._ids) < FEW[1] else None

    def among(self, ids: Sequence[int]) -> list[int]:
        """Those of the ids that are candidates. Each is asked about once, and then forgotten."""
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
