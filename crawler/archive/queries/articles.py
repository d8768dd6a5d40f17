"""Queries for articles: filters as SQL, and long results read page by page in bounded memory.

Each page is a short read of its own: a slow reader holds no transaction open, which would keep SQLite's log from
shrinking.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    any_,
    cast,
    exists,
    func,
    not_,
    select,
    tuple_,
    type_coerce,
)

from crawler.archive.model import ArticleRow, ItemFilter, Order
from crawler.archive.tables.columns import UtcTime
from crawler.archive.tables.rows import BODIES, article_of, tag_keys, url_key
from crawler.archive.tables.schema import alerts, article_tags, articles
from crawler.errors import ArchiveError

PAGE = 100  # articles
FEW = 2000  # rows
_HASH_PREFIX = 6  # shortest prefix of a content hash that is looked up
EXTRAS = ("markdown", "captions")  # not read for a search
_INTERNAL = ("key", "url_key")


def stream(engine: Engine, item_filter: ItemFilter, *, bodies: bool) -> Iterator[ArticleRow]:
    """Yield articles in the filter's order; `bodies=False` leaves out text, Markdown and captions."""
    left = item_filter.limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        with engine.connect() as connection:
            page = _page(connection, select_items(connection, item_filter, size, bodies=bodies))
        yield from page
        if len(page) < size:
            return
        left = None if left is None else left - size
        item_filter = filter_after(item_filter, page[-1].article.found, page[-1].id)


def select_items(connection: Connection, item_filter: ItemFilter, size: int, *, bodies: bool) -> Select[Any]:
    """Return the statement for one page of at most `size` rows."""
    columns = [c for c in articles.c if c.name not in _INTERNAL and (bodies or c.name not in BODIES)]
    return _ordered(select(*columns).where(*conditions(connection, item_filter)), item_filter).limit(size)


def filtered_ids(connection: Connection, item_filter: ItemFilter, among: Collection[int]) -> Sequence[int]:
    """Return those of the (few) ids `among` that pass the filter, in its order."""
    statement = select(articles.c.id).where(*conditions(connection, item_filter), _one_of(connection, among))
    return connection.scalars(_ordered(statement, item_filter)).all()


def _one_of(connection: Connection, ids: Collection[int]) -> ColumnElement[bool]:
    """Select the articles with these ids, bound as one value, which is parsed faster than one parameter for each."""
    if connection.dialect.name == "postgresql":
        return articles.c.id == any_(cast([*ids], ARRAY(BigInteger)))
    return articles.c.id.in_(select(func.json_each(json.dumps([*ids])).table_valued("value").c.value))


def ahead(
    connection: Connection, item_filter: ItemFilter, among: Collection[int], ends: tuple[int, int]
) -> tuple[Sequence[int], ItemFilter | None]:
    """Return those of the ids `among` that come, newest first, before any article whose id is outside `ends`.

    Also return the filter for the rest; None if there is no rest. The database skips the articles in between, twenty
    times faster than reading them; for them it ignores all filters except those by time.
    """
    place = (articles.c.found, articles.c.id)
    plain = ItemFilter(since=item_filter.since, until=item_filter.until, after=item_filter.after)
    first = select(*place).where(*conditions(connection, plain), not_(articles.c.id.between(*ends)))
    border = connection.execute(_ordered(first, plain).limit(1)).one_or_none()
    if border is None:
        return filtered_ids(connection, item_filter, among), None
    found, number = border
    statement = select(articles.c.id).where(*conditions(connection, item_filter), _one_of(connection, among))
    before = connection.scalars(_ordered(statement.where(tuple_(*place) > (found, number)), item_filter)).all()
    return before, replace(item_filter, after=(found, number + 1))


def next_ids(connection: Connection, item_filter: ItemFilter, size: int) -> tuple[list[int], ItemFilter]:
    """Return the first `size` ids in the filter's order, and the filter for the rest."""
    dialect = connection.dialect
    time = type_coerce(articles.c.found, UtcTime.plain(dialect))  # three times as fast
    statement = select(articles.c.id, time).where(*conditions(connection, item_filter))
    rows = connection.execute(_ordered(statement, item_filter).limit(size)).all()
    if rows:
        number, found = rows[-1]
        item_filter = filter_after(item_filter, UtcTime().process_result_value(found, dialect), number)
    return [row[0] for row in rows], item_filter


def by_ids(connection: Connection, ids: Sequence[int], *, bodies: bool) -> list[ArticleRow]:
    """Return the articles with these ids, in this order; `bodies=False` leaves out Markdown and captions."""
    columns = [c for c in articles.c if c.name not in _INTERNAL and (bodies or c.name not in EXTRAS)]
    rows = {row.id: row for row in _page(connection, select(*columns).where(_one_of(connection, ids)))}
    return [rows[number] for number in ids if number in rows]


def _ordered(statement: Select[Any], item_filter: ItemFilter) -> Select[Any]:
    place = (articles.c.found, articles.c.id)
    order = {
        Order.NEWEST: tuple(column.desc() for column in place),
        Order.OLDEST: place,
        Order.STORED: (articles.c.id,),
    }
    return statement.order_by(*order[item_filter.order])


def find(connection: Connection, key: int | str) -> ArticleRow | None:
    """Return one article by id, URL (as found or canonical) or the first six or more characters of its content hash.

    Raises ArchiveError if a prefix matches several articles.
    """
    for exact in _exact(key):
        rows = _page(connection, select(articles).where(exact).order_by(articles.c.id).limit(1))
        if rows:
            return rows[0]
    prefix = str(key).strip()
    if not (len(prefix) >= _HASH_PREFIX and prefix.isascii() and prefix.isalnum()):
        return None
    fits = articles.c.content_hash.startswith(prefix)
    rows = _page(connection, select(articles).where(fits).order_by(articles.c.id).limit(2))
    if len(rows) > 1:
        raise ArchiveError("the prefix is ambiguous: use a longer one, or the id", subject=prefix)
    return rows[0] if rows else None


def last_id(connection: Connection) -> int:
    """Return the highest id, 0 in an empty archive."""
    return connection.scalar(select(func.max(articles.c.id))) or 0


def _exact(key: int | str) -> list[ColumnElement[bool]]:
    text = str(key).strip()
    if "://" in text:
        hashed = url_key(text)
        return [articles.c.key == hashed, articles.c.url_key == hashed]
    if text.isascii() and text.isdecimal() and len(text) < 19:  # noqa: PLR2004 - digits that fit 64 bits
        return [articles.c.id == int(text)]
    return []


def _page(connection: Connection, statement: Select[Any]) -> list[ArticleRow]:
    result = connection.execute(statement)
    names = tuple(result.keys())
    rows = [
        dict(zip(names, row, strict=True)) for row in result.all()
    ]  # read many times: faster than the result's own rows
    rules = _rules(connection, [row["id"] for row in rows])
    return [ArticleRow(row["id"], article_of(row), rules.get(row["id"], ())) for row in rows]


def _rules(connection: Connection, ids: list[int]) -> dict[int, tuple[str, ...]]:
    if not ids:
        return {}
    found: dict[int, tuple[str, ...]] = {}
    statement = select(alerts.c.article_id, alerts.c.rule).where(alerts.c.article_id.in_(ids)).order_by(alerts.c.rule)
    for article_id, rule in connection.execute(statement):
        found[article_id] = (*found.get(article_id, ()), rule)
    return found


def conditions(connection: Connection, item_filter: ItemFilter) -> list[ColumnElement[bool]]:
    """Return the SQL conditions of the filter, including its position for paging."""
    conditions: list[ColumnElement[bool]] = []
    if item_filter.since is not None:
        conditions.append(articles.c.found >= item_filter.since)
    if item_filter.until is not None:
        conditions.append(articles.c.found < item_filter.until)
    if item_filter.sources:
        conditions.append(articles.c.source.in_(item_filter.sources))
    if item_filter.languages:
        conditions.append(_in_languages(connection, item_filter.languages))
    if item_filter.tags:
        conditions.append(_linked(connection, article_tags, article_tags.c.tag.in_(tag_keys(item_filter.tags))))
    if item_filter.rules:
        conditions.append(_linked(connection, alerts, alerts.c.rule.in_(item_filter.rules)))
    if item_filter.after_id is not None:
        conditions.append(articles.c.id > item_filter.after_id)
    if item_filter.after is not None and item_filter.order is not Order.STORED:
        place = tuple_(articles.c.found, articles.c.id)
        conditions.append(place < item_filter.after if item_filter.order is Order.NEWEST else place > item_filter.after)
    return conditions


def _in_languages(connection: Connection, names: Sequence[str]) -> ColumnElement[bool]:
    """Select articles in one of the languages. One language is read in index order; for several see `_linked`."""
    language = func.lower(articles.c.language)
    lower = sorted({name.lower() for name in names})
    if len(lower) == 1:
        return language == lower[0]
    some = select(articles.c.id).where(language.in_(lower)).limit(FEW)
    many = (connection.scalar(select(func.count()).select_from(some.subquery())) or 0) == FEW
    return (language.concat("") if many else language).in_(lower)


def _linked(connection: Connection, table: Table, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Select articles with a row in `table` that meets the condition.

    Few are looked up by their ids and sorted; for many, the articles are read in order and each is looked up in the
    table. SQLite itself chooses the first plan for both, and takes 400 ms to list 50 of 100,000.
    """
    ids = select(table.c.article_id).where(condition)
    count = select(func.count()).select_from(ids.limit(FEW).subquery())
    if (connection.scalar(count) or 0) < FEW:
        return articles.c.id.in_(ids)
    return exists().where(table.c.article_id == articles.c.id, condition)


def filter_after(item_filter: ItemFilter, found: datetime | None, number: int) -> ItemFilter:
    """Return the filter for what follows the article with this time and id."""
    if item_filter.order is Order.STORED:
        return replace(item_filter, after_id=number)
    assert found is not None  # the column is NOT NULL
    return replace(item_filter, after=(found, number))
