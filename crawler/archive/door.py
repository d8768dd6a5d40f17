"""Opening and closing an archive, and its transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine

from crawler.archive.engine import WRITES, open_engine, parse_url
from crawler.archive.failures import explained, masked
from crawler.archive.tending import finish_few, tend

T = TypeVar("T")


class Door:
    """An open database. Every method may raise ArchiveError."""

    def __init__(self, engine: Engine, subject: str) -> None:
        self._engine = engine
        self._subject = subject

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
        return cls(engine, masked(parsed))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

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
        """Run `work` in a transaction that reads."""
        with self._read() as connection:
            return work(connection)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction that writes."""
        with self._write() as connection:
            return work(connection)

    def outside(self, statements: Mapping[str, Sequence[str]]) -> None:
        """Run those of this database outside any transaction."""
        with explained(self._subject), self._engine.connect() as connection:
            name = connection.dialect.name
            if name == "sqlite":  # the driver is in no transaction before SQLAlchemy begins one
                driver: Any = connection.connection.driver_connection
                run = driver.execute
            else:
                run = connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql
            for statement in statements[name]:
                run(statement)

    def tend(self) -> int:
        """One portion of what the search index lacks or can be packed: how many articles; 0 when nothing is left.

        The service does it by itself. It takes seconds; who writes meanwhile waits for milliseconds of them.
        """
        with explained(self._subject):
            return tend(self._engine)

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
