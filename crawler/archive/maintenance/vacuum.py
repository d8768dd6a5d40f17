"""Vacuum: free the space of deleted rows, and rebuild an index with many deleted articles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, select

from crawler.archive.archive import Archive
from crawler.archive.engine import lock_writers
from crawler.archive.maintenance.disk_usage import DiskUsage, disk_usage
from crawler.archive.maintenance.retention import STALE
from crawler.archive.search import fulltext
from crawler.archive.search.reindex import begin
from crawler.archive.tables.rows import upsert
from crawler.archive.tables.schema import meta

SHARE: Final = 0.05  # share of stale entries, of all articles, that makes a rebuild worthwhile

_AFTER: Final = {
    "sqlite": ("VACUUM", "PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)"),
    "postgresql": ("VACUUM FULL article_words", "VACUUM (ANALYZE)"),  # the first is small once it is packed
}


def vacuum(
    archive: Archive, on_progress: Callable[[int], None] = lambda _: None, *, reindex: bool = False
) -> tuple[DiskUsage, DiskUsage]:
    """Return free space to the operating system, as far as the database does; return the usage before and after.

    SQLite rewrites its file, which temporarily takes as much space again, and blocks writers. The full-text index is
    rebuilt if it holds many deleted articles, or with `reindex`; `on_progress` receives the number of indexed articles.
    Raises ArchiveError.
    """
    before = archive.read(disk_usage)
    archive.write(lambda connection: _begin(connection, before.articles, force=reindex))
    done = 0
    while some := archive.maintain_index():
        done += some
        on_progress(done)
    archive.write(fulltext.tidy)
    archive.outside(_AFTER)
    return before, archive.read(disk_usage)


def _begin(connection: Connection, count: int, *, force: bool) -> None:
    lock_writers(connection)
    stale = int(connection.scalar(select(meta.c.value).where(meta.c.key == STALE)) or 0)
    if force or (connection.dialect.name == "sqlite" and stale > SHARE * count):
        begin(connection)
        upsert(connection, meta, {"key": STALE, "value": "0"}, key="key")
