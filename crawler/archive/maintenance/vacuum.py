"""What keeps an archive fit: giving back the room of what was deleted, and an index without what is gone."""

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

SHARE: Final = 0.05  # of all articles: so many stale entries are worth a new index

_AFTER: Final = {
    "sqlite": ("VACUUM", "PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)"),
    "postgresql": ("VACUUM FULL article_words", "VACUUM (ANALYZE)"),  # the first is small once it is packed
}


def vacuum(
    archive: Archive, told: Callable[[int], None] = lambda _: None, *, reindex: bool = False
) -> tuple[DiskUsage, DiskUsage]:
    """Give back the room that is free, as far as the database does; the room before and after.

    SQLite writes its file anew: that takes as much room again for as long, and writers wait. The full-text index is
    made anew where it holds many articles that are gone, or with `reindex`; `told` hears how many are done. Raises
    ArchiveError.
    """
    before = archive.read(disk_usage)
    archive.write(lambda connection: _begin(connection, before.articles, wanted=reindex))
    done = 0
    while some := archive.tend():
        done += some
        told(done)
    archive.write(fulltext.tidy)
    archive.outside(_AFTER)
    return before, archive.read(disk_usage)


def _begin(connection: Connection, count: int, *, wanted: bool) -> None:
    lock_writers(connection)
    stale = int(connection.scalar(select(meta.c.value).where(meta.c.key == STALE)) or 0)
    if wanted or (connection.dialect.name == "sqlite" and stale > SHARE * count):
        begin(connection)
        upsert(connection, meta, {"key": STALE, "value": "0"}, key="key")
