"""Opening, closing and transactions of an archive."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from crawler.archive.engine import WRITES, open_engine, parse_url
from crawler.archive.failures import explained, masked
from crawler.archive.search.index_maintenance import finish_few, maintain

T = TypeVar("T")
_log = logging.getLogger(__name__)


def _inode(path: Path | None) -> tuple[int, int] | None:
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found is not None else None


class Database:
    """An open database. Every method may raise ArchiveError."""

    def __init__(self, engine: Engine, subject: str, *, saves: bool = False) -> None:
        self._engine = engine
        self._saves = saves
        self._subject = subject
        is_file = engine.dialect.name == "sqlite" and engine.url.database
        self._file = Path(engine.url.database or "") if is_file else None
        self._opened = _inode(self._file)

    @classmethod
    def open(cls, url: str, *, create: bool = True) -> Self:
        """Open `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/DATABASE`.

        A missing archive is created, or refused when `create` is False. Raises ArchiveError, for a schema that is newer
        than this program too.
        """
        parsed = parse_url(url)
        engine = open_engine(parsed, create=create)
        with explained(masked(parsed)):
            finish_few(engine)
        return cls(engine, masked(parsed), saves=create)

    def close(self) -> None:
        """Close all connections. A service first saves the content of a deleted file, in its place if that is free."""
        if self._saves and not self.in_place():
            self._save()
        self._engine.dispose()

    def in_place(self) -> bool:
        """Return whether the opened file is still in its place; always True for a server."""
        return _inode(self._file) == self._opened

    def _save(self) -> None:
        assert self._file is not None  # a server is always in place
        name = self._file if not self._file.exists() else self._file.with_suffix(".saved.db")
        try:
            with self._engine.connect() as connection:  # a connection that is still open reaches the deleted file
                driver: Any = connection.connection.driver_connection
                driver.execute("VACUUM INTO ?", (str(name),))
        except (SQLAlchemyError, sqlite3.Error) as error:
            _log.error("%s: the content of the deleted file could not be saved: %s", self._subject, error)
        else:
            _log.error("%s: the content of the deleted file was saved as %s", self._subject, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The database URL without its password."""
        return self._subject

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a read transaction."""
        with self._read() as connection:
            return work(connection)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a write transaction."""
        with self._write() as connection:
            return work(connection)

    def outside(self, statements: Mapping[str, Sequence[str]]) -> None:
        """Run the statements for this database outside any transaction."""
        with explained(self._subject), self._engine.connect() as connection:
            name = connection.dialect.name
            if name == "sqlite":  # the driver is in no transaction before SQLAlchemy begins one
                driver: Any = connection.connection.driver_connection
                run = driver.execute
            else:
                run = connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql
            for statement in statements[name]:
                run(statement)

    def maintain_index(self) -> int:
        """Index or pack one batch of articles; return how many, 0 when nothing is left.

        The service calls this itself. It takes seconds, but blocks other writers only for milliseconds.
        """
        with explained(self._subject):
            return maintain(self._engine)

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with explained(self._subject), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        options = {WRITES: True}
        with (
            explained(self._subject),
            self._engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection
