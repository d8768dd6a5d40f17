"""Small state of users in the meta table: signed-out sessions and dismissed near misses."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TypeAlias

from sqlalchemy import Connection, delete, select

from crawler.archive.tables.rows import upsert
from crawler.archive.tables.schema import meta

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]
_PREFIX = "ended-session "  # meta: one key for each; its value is when the session would have expired
_DISMISSED = "dismissed-near-miss "  # meta: one key for each rule and miss; its value is the time
_DISMISSED_FOR = timedelta(days=366)


class EndedSessions:
    """Signed-out sessions, by their nonces: no process accepts their cookies, though they have not expired.

    Every method may raise ArchiveError.
    """

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


class DismissedNearMisses:
    """Near misses that a user does not want to see again for a year; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def add(self, rule: str, miss: str, now: datetime) -> None:
        """Dismiss a miss of a rule, by a text that identifies it; delete dismissals of more than a year ago."""
        over = meta.c.key.startswith(_DISMISSED) & (meta.c.value < _text(now - _DISMISSED_FOR))
        with self._write() as connection:
            connection.execute(delete(meta).where(over))
            upsert(connection, meta, {"key": _dismissed(rule, miss), "value": _text(now)}, key="key")

    def among(self, rule: str, misses: Collection[str]) -> set[str]:
        """Return the misses of a rule that are dismissed."""
        keys = {_dismissed(rule, miss): miss for miss in misses}
        with self._read() as connection:
            found = connection.scalars(select(meta.c.key).where(meta.c.key.startswith(f"{_DISMISSED}{rule} ")))
            return {keys[key] for key in found if key in keys}


def _dismissed(rule: str, miss: str) -> str:
    return f"{_DISMISSED}{rule} {blake2b(miss.encode(errors='replace'), digest_size=12).hexdigest()}"


def _text(time: datetime) -> str:
    """Return a time as text that sorts by time."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
