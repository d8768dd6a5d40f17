"""Search in the query language of the rules: candidates from the database, the answer from the live matcher."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TypeAlias

from sqlalchemy import Engine

from crawler.alerts import Matcher
from crawler.archive.model import ArticleRow, ItemFilter
from crawler.archive.query import stream
from crawler.items import Span

Found: TypeAlias = tuple[ArticleRow, tuple[Span, ...]]


def search(engine: Engine, matcher: Matcher, wanted: ItemFilter, *, bodies: bool) -> Iterator[Found]:
    """Articles of the filter that a rule of the matcher matches, in the order of the filter, with the places."""
    rows = stream(engine, replace(wanted, limit=None), bodies=True)
    yield from islice(_matching(matcher, rows, bodies=bodies), wanted.limit)


def _matching(matcher: Matcher, rows: Iterable[ArticleRow], *, bodies: bool) -> Iterator[Found]:
    for row in rows:
        hits = matcher.match(row.article, source_tags=row.article.tags)
        if hits:
            lean = row if bodies else replace(row, article=replace(row.article, markdown="", captions=()))
            yield lean, tuple(dict.fromkeys(span for hit in hits for span in hit.spans))
