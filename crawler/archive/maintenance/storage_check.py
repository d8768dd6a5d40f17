"""The readiness check of an archive's storage, at a bounded cost."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, make_url

from crawler.archive.archive import Archive
from crawler.archive.engine import check_version
from crawler.archive.failures import LOCKED
from crawler.archive.tables.rows import upsert
from crawler.archive.tables.schema import meta
from crawler.errors import ArchiveError

GOOD_S = 30.0  # until the next check writes again
BAD_S = 5.0
MIN_FREE = 32 * 1024 * 1024  # free bytes on the disk of an SQLite archive
_CHECKED = "checked"  # meta: when the last check wrote


class StorageCheck:
    """A check that the archive can be read each time, and that it can store at most once in GOOD_S or BAD_S seconds.

    `archive` opens it. `clock` returns seconds, `now` the time that a check writes. Thread-safe.
    """

    def __init__(self, archive: Callable[[], Archive], clock: Callable[[], float], now: Callable[[], datetime]) -> None:
        self._archive = archive
        self._clock = clock
        self._now = now
        self._turn = threading.Lock()
        self._next = clock()
        self._known: Archive | None = None
        self._failure: ArchiveError | None = None

    def check(self) -> None:
        """Raise ArchiveError if the archive cannot be read, cannot store, or has another schema."""
        with self._turn:
            archive = self._archive()
            archive.last_id()
            if archive is not self._known or self._clock() >= self._next:
                self._known, self._failure = archive, _failure(archive, self._now())
                self._next = self._clock() + (BAD_S if self._failure else GOOD_S)
            if self._failure is not None:
                raise self._failure.with_traceback(None)


def _failure(archive: Archive, now: datetime) -> ArchiveError | None:
    def write(connection: Connection) -> None:
        check_version(connection, archive.url)
        upsert(connection, meta, {"key": _CHECKED, "value": now.isoformat()}, key="key")

    try:
        _check_disk(archive.url)
        archive.write(write)
    except ArchiveError as error:
        return None if error.message == LOCKED else error  # another process is storing something
    return None


def _check_disk(url: str) -> None:
    parsed = make_url(url)
    if parsed.drivername != "sqlite" or not parsed.database:
        return
    try:
        free = shutil.disk_usage(Path(parsed.database).parent).free
    except OSError as error:
        raise ArchiveError(f"cannot read the free disk space: {error.strerror}", subject=url) from error
    if free < MIN_FREE:
        raise ArchiveError(f"the disk is full: only {free // 1024**2} MB free", subject=url, transient=True)
