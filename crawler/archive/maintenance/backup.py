"""Backup and restore of an SQLite archive, the backup while it is in use."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from crawler.archive.tables.schema import SCHEMA_VERSION
from crawler.errors import ArchiveError
from crawler.private import apply_user_umask

PAGES: Final = 2_000  # of 4 kB, between two progress reports
_ENDS: Final = ("-wal", "-shm")


def backup_file(archive: Path, copy: Path, on_progress: Callable[[int, int], None]) -> None:
    """Copy a snapshot of the archive while others write. `on_progress` receives (pages done, total pages).

    The copy is checked, and appears whole or not at all. Raises ArchiveError.
    """
    if copy.exists():
        raise ArchiveError("already exists: choose another name, or delete it first", subject=str(copy))
    with _errors(copy), _beside(copy) as unfinished:
        with _opened(archive) as source, closing(sqlite3.connect(unfinished)) as target:
            source.execute("BEGIN")  # a read transaction keeps the snapshot, so the backup never has to restart
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(target, pages=PAGES, progress=lambda _, left, total: on_progress(total - left, total))
            target.execute("PRAGMA journal_mode=DELETE")
        _check(unfinished)
        _sync(unfinished)
        apply_user_umask(unfinished)
        unfinished.replace(copy)


def restore_file(copy: Path, archive: Path, now: datetime) -> Path | None:
    """Replace the archive by a copy; return where the old archive was moved to, None if there was none.

    Raises ArchiveError for a file that is not a valid archive, and while any process has the archive open.
    """
    if not copy.is_file():
        raise ArchiveError("no such file", subject=str(copy))
    with _errors(copy):
        _check(copy)
    with _errors(archive), _beside(archive) as unfinished:
        archive.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(copy, unfinished)
        _sync(unfinished)
        kept = None
        if archive.exists():
            _close_down(archive)
            kept = archive.with_name(f"{archive.stem}.before-{now:%Y%m%d-%H%M%S}{archive.suffix}")
            archive.rename(kept)
        unfinished.replace(archive)
        return kept


def _close_down(archive: Path) -> None:
    """Merge the log into the file, which only succeeds while no other process has it open."""
    with closing(sqlite3.connect(archive, timeout=0.5, isolation_level=None)) as alone:
        try:
            alone.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise ArchiveError("in use by a running Wirewatch: stop it first", subject=str(archive)) from error


def _check(path: Path) -> None:
    with _opened(path) as plain:
        broken = [row[0] for row in plain.execute("PRAGMA quick_check(1)") if row[0] != "ok"]
        if broken:
            raise ArchiveError(f"the file is damaged: {broken[0]}", subject=str(path))
        try:
            found = plain.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
        except sqlite3.OperationalError:
            found = None
    if not found or not str(found[0]).isdecimal():
        raise ArchiveError("the file is not a Wirewatch archive", subject=str(path))
    if int(found[0]) > SCHEMA_VERSION:
        raise ArchiveError(f"the file has schema {found[0]}, this version supports {SCHEMA_VERSION}", subject=str(path))


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as plain:
        yield plain


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Yield a name for an unfinished file in the same folder; the file is deleted at the end."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield unfinished
    finally:
        for end in ("", "-journal", *_ENDS):
            unfinished.with_name(unfinished.name + end).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise ArchiveError(f"SQLite error: {error}", subject=str(path)) from error
    except OSError as error:
        raise ArchiveError(f"{error.strerror or error}", subject=str(path)) from error
