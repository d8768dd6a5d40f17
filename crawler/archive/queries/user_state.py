"""Small state of users in the meta table: signed-out sessions, dismissed near misses and dismissed suggestions."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TypeAlias

from sqlalchemy import Connection, delete, select

from crawler.archive.tables.rows import clean, upsert
from crawler.archive.tables.schema import meta

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]
_PREFIX = "ended-session "  # meta: one key for each; its value is when the session would have expired
_DISMISSED = "dismissed-near-miss "  # meta: one key for each rule and miss; its value is the time
_SUGGESTION = "dismissed-suggestion "  # the same, one key for each suggested source
_DISMISSED_FOR = timedelta(days=366)
MOST_DISMISSED = 5_000  # of each kind; the oldest give way


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
        with self._write() as connection:
            _dismiss(connection, _DISMISSED, _dismissed(rule, miss), now)

    def among(self, rule: str, misses: Collection[str]) -> set[str]:
        """Return the misses of a rule that are dismissed."""
        keys = {_dismissed(rule, miss): miss for miss in misses}
        with self._read() as connection:
            found = connection.scalars(select(meta.c.key).where(meta.c.key.startswith(f"{_DISMISSED}{rule} ")))
            return {keys[key] for key in found if key in keys}


class DismissedSuggestions:
    """Suggested sources that a user does not want to see again for a year; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def add(self, outlet: str, now: datetime, *, most: int = MOST_DISMISSED) -> None:
        """Dismiss an outlet, by its domain or its name; keep the newest `most` dismissals."""
        with self._write() as connection:
            _dismiss(connection, _SUGGESTION, _SUGGESTION + clean(outlet), now, most)

    def all(self) -> set[str]:
        """Return the dismissed outlets."""
        with self._read() as connection:
            found = connection.scalars(select(meta.c.key).where(meta.c.key.startswith(_SUGGESTION)))
            return {key.removeprefix(_SUGGESTION) for key in found}


def _dismiss(connection: Connection, prefix: str, key: str, now: datetime, most: int = MOST_DISMISSED) -> None:
    """Write a dismissal; delete those of its kind that are older than a year or beyond the newest `most`."""
    mine = meta.c.key.startswith(prefix)
    connection.execute(delete(meta).where(mine, meta.c.value < _text(now - _DISMISSED_FOR)))
    upsert(connection, meta, {"key": key, "value": _text(now)}, key="key")
    beyond = select(meta.c.key).where(mine).order_by(meta.c.value.desc(), meta.c.key).offset(most).limit(100)
    old = list(connection.scalars(beyond))
    if old:
        connection.execute(delete(meta).where(meta.c.key.in_(old)))


def _dismissed(rule: str, miss: str) -> str:
    return f"{_DISMISSED}{rule} {blake2b(miss.encode(errors='replace'), digest_size=12).hexdigest()}"


def _text(time: datetime) -> str:
    """Return a time as text that sorts by time."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
