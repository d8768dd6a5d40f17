"""API tokens: only their hashes are stored, so a copy of the archive grants no access.

A token is 32 random bytes, so one SHA-256 is enough: tokens cannot be guessed, and no two are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import TypeAlias

from sqlalchemy import Column, Connection, LargeBinary, Table, Text, delete, select

from crawler.archive.tables.columns import UtcTime, id_column, list_type, metadata
from crawler.archive.tables.rows import add, clean

PREFIX = "wirewatch_"  # makes a leaked token recognizable, in a repository for example
MOST = 1000
Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]

api_tokens = Table(
    "api_tokens",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, unique=True),
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    Column("scopes", list_type(), nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("expires", UtcTime),
    sqlite_autoincrement=True,
)


class Scope(StrEnum):
    """The permissions of a token."""

    READ = "read"  # see everything that the pages show, and the feeds
    WRITE = "write"  # replay, silence, pause; includes reading, because responses show the result
    CRAWL = "crawl"  # request crawls, and nothing else: for webhooks
    ADMIN = "admin"  # all of these, and manage tokens


_ALSO = {Scope.WRITE: {Scope.READ}, Scope.ADMIN: set(Scope)}


@dataclass(frozen=True, slots=True)
class ApiToken:
    """The record of a token, without the token itself."""

    id: int
    name: str
    scopes: frozenset[Scope]
    created: datetime
    expires: datetime | None = None

    def allows(self, scope: Scope) -> bool:
        """Return whether the token grants this scope."""
        return scope in self.scopes or any(scope in _ALSO.get(own, ()) for own in self.scopes)


class Tokens:
    """Tokens in the archive; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def listed(self) -> list[ApiToken]:
        """Return all of them by name, expired ones too, at most MOST."""
        statement = select(*_COLUMNS).order_by(api_tokens.c.name).limit(MOST)
        with self._read() as connection:
            return [_token(*row) for row in connection.execute(statement)]

    def add(
        self, name: str, token: str, scopes: Collection[Scope], now: datetime, expires: datetime | None = None
    ) -> ApiToken | None:
        """Store the hash of a token; return None if the name is taken."""
        values = {
            "name": clean(name),
            "hash": _hash(token),
            "scopes": sorted(scopes),
            "created": now,
            "expires": expires,
        }
        with self._write() as connection:
            rows = add(connection, api_tokens, [values], *(column.name for column in _COLUMNS))
        return _token(*(rows[0][column.name] for column in _COLUMNS)) if rows else None

    def find(self, token: str, now: datetime) -> ApiToken | None:
        """Return the record of a presented token; None if it is unknown, revoked or expired."""
        with self._read() as connection:
            row = connection.execute(select(*_COLUMNS).where(api_tokens.c.hash == _hash(token))).first()
        found = _token(*row) if row else None
        return found if found and (found.expires is None or now < found.expires) else None

    def revoke(self, name: str) -> bool:
        """Delete a token; return False if there is none of this name."""
        with self._write() as connection:
            return bool(connection.execute(delete(api_tokens).where(api_tokens.c.name == clean(name))).rowcount)


_COLUMNS = tuple(api_tokens.c[name] for name in ("id", "name", "scopes", "created", "expires"))


def _token(number: int, name: str, scopes: list[str], created: datetime, expires: datetime | None) -> ApiToken:
    known = frozenset(Scope(scope) for scope in scopes if scope in set(Scope))
    return ApiToken(number, name, known, created, expires)


def _hash(token: str) -> bytes:
    return sha256(token.encode("utf-8", "replace")).digest()
