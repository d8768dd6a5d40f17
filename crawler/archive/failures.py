"""Database errors as one-line messages, with whether a retry may help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from crawler.errors import ArchiveError


class _Meaning(NamedTuple):
    message: str
    transient: bool


LOCKED = "locked by another process; try again later"
_LOCKED = _Meaning(LOCKED, transient=True)
_FULL = _Meaning("the disk is full: free some space; nothing of this batch was stored", transient=True)
_READ_ONLY = _Meaning("read-only: give this user write permission for the file and its folder", transient=False)
_UNREACHABLE = _Meaning("the database is unreachable: check the address and that the server is running", transient=True)
_PASSWORD = _Meaning("user name or password rejected: check the database URL", transient=False)
_NO_DATABASE = _Meaning("no such database on the server: create it first", transient=False)
_CUT = _Meaning("the database server closed the connection", transient=True)
_BUSY = _Meaning("the database server has no free connection", transient=True)
_CROWDED = _Meaning("all connections to the database are in use", transient=True)
_CLASH = _Meaning("another writer was faster; the batch was rolled back and can be repeated", transient=True)
_DENIED = _Meaning("the user lacks a privilege on the database", transient=False)

_SQLITE = {
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_FULL": _FULL,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_CANTOPEN": _Meaning("the file cannot be opened: check the folder and its permissions", transient=False),
    "SQLITE_IOERR": _Meaning("the disk failed to read or write", transient=True),
    "SQLITE_CORRUPT": _Meaning("the file is damaged: restore a backup, or `sqlite3 FILE .recover`", transient=False),
    "SQLITE_NOTADB": _Meaning("the file is not an SQLite database", transient=False),
}

_SQLSTATES = {  # five-character states before their two-character classes
    "28": _PASSWORD,
    "3D": _NO_DATABASE,
    "08": _UNREACHABLE,
    "53100": _FULL,
    "53300": _BUSY,
    "53": _Meaning("the database server is out of memory or disk", transient=True),
    "57014": _Meaning("the database cancelled the statement", transient=True),
    "57P03": _Meaning("the database server is starting", transient=True),
    "57": _CUT,
    "40": _CLASH,
    "55P03": _LOCKED,
    "25006": _Meaning("the database server is read-only (a standby?)", transient=False),
    "42501": _DENIED,
}

_MESSAGES = {  # psycopg 3 gives a failed connection no SQLSTATE; the text is English unless lc_messages is set
    "starting up": _SQLSTATES["57P03"],
    "not currently accepting connections": _BUSY,
    "too many": _BUSY,
    "remaining connection slots": _BUSY,
    "password authentication failed": _PASSWORD,
    "no password supplied": _PASSWORD,
    "no pg_hba.conf entry": _PASSWORD,
    'role "': _PASSWORD,
    'database "': _NO_DATABASE,
    "server closed the connection": _CUT,
    "connection failed": _UNREACHABLE,
    "connection timeout": _UNREACHABLE,
    "connection is lost": _CUT,
    "failed to resolve": _UNREACHABLE,
}


def masked(url: URL) -> str:
    """Return the URL with its password masked, wherever it appears, for messages and logs."""
    query = {key: "***" if "pass" in key else value for key, value in url.query.items()}
    plain = url.drivername.partition("+")[0]
    return url.set(drivername=plain, query=query).render_as_string(hide_password=True)


@contextmanager
def explained(subject: str) -> Iterator[None]:
    """Raise SQLAlchemy's errors as ArchiveError."""
    try:
        yield
    except SQLAlchemyError as error:
        raise _failure(error, subject) from error


def _failure(error: SQLAlchemyError, subject: str) -> ArchiveError:
    cause = error.orig if isinstance(error, DBAPIError) else None
    meaning = _meaning(cause) if cause is not None else None
    if isinstance(error, PoolTimeout):
        meaning = _CROWDED
    if meaning is None:
        line = " ".join(str(cause or error).split())
        meaning = _Meaning(f"the database refused: {line[:300]}", transient=False)
    return ArchiveError(meaning.message, subject=subject, transient=meaning.transient)


def _meaning(cause: BaseException) -> _Meaning | None:
    name: str = getattr(cause, "sqlite_errorname", None) or ""
    if name:  # extended codes continue the primary one: SQLITE_IOERR_WRITE
        return _SQLITE.get("_".join(name.split("_")[:2]))
    state: str = getattr(cause, "sqlstate", None) or ""
    if state:
        return _SQLSTATES.get(state) or _SQLSTATES.get(state[:2])
    text = str(cause)
    return next((meaning for part, meaning in _MESSAGES.items() if part in text), None)
