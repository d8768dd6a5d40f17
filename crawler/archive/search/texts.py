"""Fast reads of the fields that rules use, for backtests over the whole archive: no Markdown, images or other dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, func, select

from crawler.archive.tables.schema import articles, story_articles
from crawler.items import Article

PAGE = 500  # articles
_PLAIN = ("url", "title", "text", "canonical_url", "source", "found", "language", "section", "content_hash")
_LISTS = ("authors", "tags")
COLUMNS = tuple(articles.c[name] for name in ("id", *_LISTS, *_PLAIN))


def id_range(engine: Engine, since: datetime | None, until: datetime | None) -> tuple[int, int, int]:
    """Return the first and last id of the articles found in that period, and their number; (0, 0, 0) for none."""
    statement = select(func.min(articles.c.id), func.max(articles.c.id), func.count()).where(*_within(since, until))
    with engine.connect() as connection:
        first, last, count = connection.execute(statement).one()
    return first or 0, last or 0, count


def texts(
    engine: Engine, first: int, last: int, since: datetime | None, until: datetime | None
) -> Iterator[tuple[int, Article]]:
    """Yield the articles with ids from `first` to `last` that were found in that period, by id, in bounded memory."""
    while first <= last:
        statement = (
            select(*COLUMNS)
            .where(articles.c.id.between(first, last), *_within(since, until))
            .order_by(articles.c.id)
            .limit(PAGE)
        )
        with engine.connect() as connection:
            page = connection.execute(statement).all()
        for row in page:
            yield row[0], article_of_text(row)
        if len(page) < PAGE:
            return
        first = page[-1][0] + 1


def texts_of(
    engine: Engine, ids: Sequence[int], since: datetime | None, until: datetime | None
) -> Iterator[tuple[int, Article]]:
    """Yield the articles with these ids that were found in that period, by id, in bounded memory."""
    for at in range(0, len(ids), PAGE):
        some = articles.c.id.in_(ids[at : at + PAGE])
        with engine.connect() as connection:
            page = connection.execute(
                select(*COLUMNS).where(some, *_within(since, until)).order_by(articles.c.id)
            ).all()
        for row in page:
            yield row[0], article_of_text(row)


def article_of_text(row: Any) -> Article:
    """Return the article of a row of COLUMNS."""
    return Article(**dict(zip(_PLAIN, row[3:], strict=True)), authors=tuple(row[1]), tags=tuple(row[2]))


def story_ids(engine: Engine, ids: Sequence[int]) -> dict[int, int]:
    """Return the story ids of articles, by article id; articles without a story are left out."""
    found: dict[int, int] = {}
    columns = (story_articles.c.article_id, story_articles.c.story_id)
    with engine.connect() as connection:
        for at in range(0, len(ids), PAGE):
            some = select(*columns).where(columns[0].in_(ids[at : at + PAGE]))
            found |= {row[0]: row[1] for row in connection.execute(some)}
    return found


def _within(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    return [
        *([articles.c.found >= since] if since is not None else []),
        *([articles.c.found < until] if until is not None else []),
    ]
