"""Saved searches: a name, and the query string of the search page."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Column, Connection, Table, Text, delete, select

from crawler.archive.tables.columns import UtcTime, id_column, metadata, text_column
from crawler.archive.tables.rows import clean, upsert

MOST = 200
Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]

saved_searches = Table(
    "saved_searches",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, unique=True),
    text_column("address"),  # q=drone&source=bbc-world
    Column("created", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A saved search."""

    id: int
    name: str
    address: str
    created: datetime


class Searches:
    """Saved searches in the archive; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def listed(self) -> list[SavedSearch]:
        """Return all of them by name, at most MOST."""
        table = saved_searches
        statement = (
            select(table.c.id, table.c.name, table.c.address, table.c.created).order_by(table.c.name).limit(MOST)
        )
        with self._read() as connection:
            return [SavedSearch(*row) for row in connection.execute(statement)]

    def keep(self, name: str, address: str, now: datetime) -> None:
        """Save a search; an earlier one with the same name is replaced."""
        values = {"name": clean(name), "address": clean(address), "created": now}
        with self._write() as connection:
            upsert(connection, saved_searches, values, key="name")

    def forget(self, search_id: int) -> bool:
        """Delete a search; return False if it did not exist."""
        with self._write() as connection:
            return bool(connection.execute(delete(saved_searches).where(saved_searches.c.id == search_id)).rowcount)
