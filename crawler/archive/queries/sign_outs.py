"""Signed-out sessions of the web page: no process accepts their cookies any more, though they have not expired."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import TypeAlias

from sqlalchemy import Connection, delete, select

from crawler.archive.tables.rows import upsert
from crawler.archive.tables.schema import meta

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]
_PREFIX = "ended-session "  # meta: one key for each; its value is when the session would have expired


class EndedSessions:
    """Signed-out sessions, by their nonces; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def add(self, nonce: str, until: datetime, now: datetime) -> None:
        """End a session that would expire at `until`; delete those that have expired."""
        over = meta.c.key.startswith(_PREFIX) & (meta.c.value < _text(now))
        with self._write() as connection:
            connection.execute(delete(meta).where(over))
            upsert(connection, meta, {"key": _PREFIX + nonce, "value": _text(until)}, key="key")

    def __contains__(self, nonce: str) -> bool:
        with self._read() as connection:
            return connection.scalar(select(meta.c.key).where(meta.c.key == _PREFIX + nonce)) is not None


def _text(time: datetime) -> str:
    """Return a time as text that sorts by time."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
