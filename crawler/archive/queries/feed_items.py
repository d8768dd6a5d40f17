"""Queries for feed items: the article of each item, by its guid, and the item as it was last listed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TypeAlias

from sqlalchemy import Connection, or_, select

from crawler.archive.engine import lock_writers
from crawler.archive.model import FeedItem, ListedItem
from crawler.archive.tables.rows import Values, clean, upsert, url_key
from crawler.archive.tables.schema import articles, feed_items

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]


class FeedItems:
    """Feed items in the archive; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def known(self, keys: Sequence[bytes]) -> dict[bytes, ListedItem]:
        """Return those of these items that were listed before, by key."""
        columns = (feed_items, articles.c.canonical_url)
        statement = (
            select(*columns).join(articles, articles.c.id == feed_items.c.article_id).where(feed_items.c.key.in_(keys))
        )
        with self._read() as connection:
            rows = connection.execute(statement).mappings()
            names = ("article_id", "link", "title", "version", "canonical_url")
            return {bytes(row["key"]): ListedItem(**{name: row[name] for name in names}) for row in rows}

    def at(self, addresses: Sequence[str]) -> dict[str, list[ListedItem]]:
        """Return the articles at these canonical addresses, once for each feed item that led to them.

        An article without a feed item comes with its own headline.
        """
        by_key = {url_key(address): address for address in addresses}
        statement = (
            select(
                articles.c.key.label("address"),
                articles.c.url_key.label("other"),
                articles.c.id,
                articles.c.canonical_url,
                articles.c.title.label("headline"),
                feed_items.c.key,
                feed_items.c.link,
                feed_items.c.title,
                feed_items.c.version,
            )
            .outerjoin(feed_items, feed_items.c.article_id == articles.c.id)
            .where(or_(articles.c.key.in_(by_key), articles.c.url_key.in_(by_key)))
        )
        found: dict[str, list[ListedItem]] = defaultdict(list)
        with self._read() as connection:
            for row in connection.execute(statement).mappings():
                address = by_key.get(bytes(row["address"])) or by_key[bytes(row["other"])]
                listed = row["key"] is not None
                link, title = (row["link"], row["title"]) if listed else ("", row["headline"])
                found[address].append(ListedItem(row["id"], link, title, row["version"] or "", row["canonical_url"]))
        return dict(found)

    def record(self, listed: Mapping[int, Sequence[FeedItem]]) -> None:
        """Record items as they are listed now, by the ids of their articles."""
        with self._write() as connection:
            lock_writers(connection)
            for article_id, items in listed.items():
                for item in items:
                    note(connection, item, article_id)


def note(connection: Connection, item: FeedItem, article_id: int) -> None:
    """Record the article of an item in the running transaction."""
    values: Values = {
        "key": item.key,
        "article_id": article_id,
        "link": clean(item.link),
        "title": clean(item.title),
        "version": item.version,
    }
    upsert(connection, feed_items, values, key="key")
