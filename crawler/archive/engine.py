"""The connection to a database: its URL and settings, and the creation and version of the schema.

SQLite runs in WAL mode with synchronous=FULL: see docs/decisions (archive-durability).
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from crawler.archive.failures import explained, masked
from crawler.archive.search import fulltext
from crawler.archive.search.candidate_query import WORDS_VERSION
from crawler.archive.search.reindex import begin
from crawler.archive.tables.columns import metadata
from crawler.archive.tables.schema import SCHEMA_VERSION, alembic_version, meta
from crawler.errors import ArchiveError

BUSY_TIMEOUT_S = 10
CONNECT_TIMEOUT_S = 10
_LOCK_PAUSE_S = 0.02
WRITES = "wirewatch_writes"  # execution option: this transaction writes
_WRITER_LOCK = 0x57495245  # "WIRE", PostgreSQL's advisory lock of all writers

_log = logging.getLogger(__name__)

_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}

_PRAGMAS = (
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-16000",  # kB
    "PRAGMA temp_store=MEMORY",
    "PRAGMA journal_size_limit=67108864",  # the log shrinks to 64 MB after a burst of writes
)


def parse_url(url: str) -> URL:
    """Return the database URL with the driver that this program uses. Raises ArchiveError for an unsupported one."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ArchiveError("not a database URL; try sqlite:///var/wirewatch.db") from error
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        raise ArchiveError(
            "only sqlite:///FILE and postgresql://USER:PASSWORD@HOST/DATABASE are supported", subject=masked(parsed)
        )
    if driver.startswith("sqlite") and (not parsed.database or parsed.database.startswith((":memory:", "file:"))):
        raise ArchiveError("the archive must be a file: sqlite:///var/wirewatch.db", subject=masked(parsed))
    return parsed.set(drivername=driver)


def open_engine(url: URL, *, create: bool) -> Engine:
    """Return an engine for a database with the current schema.

    With `create`, a missing folder, file or table is created. Without it, a missing archive is an error. Raises
    ArchiveError, also for a newer schema.
    """
    subject = masked(url)
    if url.drivername.startswith("sqlite"):
        _prepare_file(Path(url.database or ""), subject, create=create)
    with explained(subject):
        try:
            engine = _engine(url)
        except (NoSuchModuleError, ModuleNotFoundError) as error:
            raise ArchiveError("PostgreSQL needs: pip install 'wirewatch[postgres]'", subject=subject) from error
        try:
            _ensure_schema(engine, subject, create=create)
        except BaseException:  # also on Ctrl-C: leave no connection open
            engine.dispose()
            raise
    return engine


def lock_writers(connection: Connection) -> None:
    """Let one transaction write at a time, so that ids become visible in order and no two writers deadlock.

    SQLite does this by itself (BEGIN IMMEDIATE).
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK})


def _prepare_file(path: Path, subject: str, *, create: bool) -> None:
    if path.exists():
        return
    if not create:
        raise ArchiveError("no archive found: `wirewatch run` creates it", subject=subject)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ArchiveError(f"the folder cannot be created: {error.strerror}", subject=subject) from error
    with contextlib.suppress(OSError):  # SQLite reports the reason
        path.touch(0o600)  # SQLite gives its log the same mode


def _engine(url: URL) -> Engine:
    if url.drivername.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    own = url.query.get("options", "")
    options = f"{own if isinstance(own, str) else ' '.join(own)} -c timezone=UTC"
    named = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "wirewatch"}
    arguments = {name: value for name, value in named.items() if name not in url.query}
    return create_engine(url, connect_args=arguments | {"options": options.strip()}, pool_pre_ping=True)


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions: _begin_sqlite does
    _switch_to_wal(connection, time.monotonic() + BUSY_TIMEOUT_S)
    for statement in (*_PRAGMAS, fulltext.VOCABULARY):
        connection.execute(statement)


def _switch_to_wal(connection: Any, deadline: float) -> None:
    # SQLite does not wait for a lock here, though two processes may open a new file at once
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_LOCK_PAUSE_S)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: a transaction that turns from reader to writer would fail without waiting.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _ensure_schema(engine: Engine, subject: str, *, create: bool) -> None:
    with engine.connect() as connection:
        known = set(inspect(connection).get_table_names())
    if meta.name in known:
        _upgrade(engine)
        with engine.connect() as connection:
            check_version(connection, subject)
    elif known & set(metadata.tables):
        raise ArchiveError("the database contains tables of another program: use a separate database", subject=subject)
    elif not create:
        raise ArchiveError("no archive found: `wirewatch run` creates it", subject=subject)
    else:
        with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
            lock_writers(connection)
            _create(connection)
            check_version(connection, subject)


def _upgrade(engine: Engine) -> None:
    with engine.connect() as connection:
        if not _is_older(connection):
            return
    with (
        engine.connect().execution_options(**{WRITES: True}) as connection,
        _no_foreign_keys(connection),
        connection.begin(),
    ):
        lock_writers(connection)
        if not _is_older(connection):  # another process was faster
            return
        version = int(_noted(connection)["schema"])
        if version < SCHEMA_VERSION:
            from crawler.archive.migrations import upgrade  # noqa: PLC0415  Alembic is slow to import

            _log.warning("migrating the archive from schema %d to %d", version, SCHEMA_VERSION)
            upgrade(connection, version)
        if _noted(connection).get("words") != WORDS_VERSION:
            begin(connection)


def _is_older(connection: Connection) -> bool:
    """Return whether the schema, or the words of the full-text index, were written by an older version."""
    noted = _noted(connection)
    version = noted.get("schema", "")
    if not version.isdecimal() or not 0 < int(version) <= SCHEMA_VERSION:
        return False
    return int(version) < SCHEMA_VERSION or noted.get("words") != WORDS_VERSION


@contextmanager
def _no_foreign_keys(connection: Connection) -> Iterator[None]:
    """Switch foreign keys off on SQLite, so that replacing a table does not delete the rows that reference it.

    Enter it outside a transaction.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _create(connection: Connection) -> None:
    metadata.create_all(connection)  # checks for existing tables first: another process may have been faster
    fulltext.create(connection)
    if not _noted(connection):
        noted = {"schema": str(SCHEMA_VERSION), "words": WORDS_VERSION}
        connection.execute(insert(meta), [{"key": key, "value": value} for key, value in noted.items()])
        connection.execute(insert(alembic_version).values(version_num=f"{SCHEMA_VERSION:04d}"))


def _noted(connection: Connection) -> dict[str, str]:
    return {row.key: row.value for row in connection.execute(select(meta.c.key, meta.c.value))}


def check_version(connection: Connection, subject: str) -> None:
    """Raise ArchiveError for a schema of another version, or tables of another program."""
    version = _noted(connection).get("schema")
    if version == str(SCHEMA_VERSION):
        return
    if version is None or not version.isdecimal():
        raise ArchiveError("the database contains tables of another program: use a separate database", subject=subject)
    raise ArchiveError(
        f"the archive has schema {version}, this version supports {SCHEMA_VERSION}: "
        "upgrade Wirewatch, or use the version that wrote the archive",
        subject=subject,
    )
