"""The sources that are or were in the watch file: articles outlive their source's entry in that file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Connection, select, update

from crawler.archive.engine import lock_writers
from crawler.archive.tables.rows import add, clean
from crawler.archive.tables.schema import sources

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A source as the watch file defines it."""

    id: str
    address: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A source that is or was in the watch file. `removed`: None while it is."""

    id: str
    address: str
    tags: tuple[str, ...]
    added: datetime
    removed: datetime | None


class Sources:
    """Sources in the archive; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def note(self, named: Sequence[NamedSource], now: datetime) -> None:
        """Record the current sources of the watch file, and the others as removed. A repeat changes nothing."""
        known, names = {one.id: one for one in self.listed()}, {one.id for one in named}
        changed = [one for one in named if one.id not in known or _differs(known[one.id], one)]
        gone = [one.id for one in known.values() if one.removed is None and one.id not in names]
        if not changed and not gone:
            return
        with self._write() as connection:
            lock_writers(connection)
            connection.execute(update(sources).where(sources.c.id.in_(gone)).values(removed=now))
            for one in changed:
                values = {"address": clean(one.address), "tags": [clean(tag) for tag in one.tags]}
                add(connection, sources, [{"id": one.id, "added": now, **values}])
                connection.execute(update(sources).where(sources.c.id == one.id).values(**values, removed=None))

    def listed(self) -> list[KnownSource]:
        """Return all of them, by id."""
        with self._read() as connection:
            rows = connection.execute(select(sources).order_by(sources.c.id))
            return [KnownSource(row.id, row.address, tuple(row.tags), row.added, row.removed) for row in rows]


def _differs(known: KnownSource, named: NamedSource) -> bool:
    same = (known.address, known.tags) == (clean(named.address), tuple(map(clean, named.tags)))
    return not same or known.removed is not None
