"""The disk usage of the archive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select, text

from crawler.archive.archive import Archive
from crawler.archive.queries.pages import Space
from crawler.archive.tables.columns import metadata
from crawler.archive.tables.rows import upsert
from crawler.archive.tables.schema import (
    SCHEMA_VERSION,
    articles,
    meta,
    revisions,
    runs,
    sources,
    stories,
)
from crawler.archive.tables.visible import alerts, deliveries

LARGEST: Final = "largest"  # meta, on PostgreSQL: "bytes articles" at the largest size of the tables so far


@dataclass(frozen=True, slots=True)
class DiskUsage:
    """Sizes in bytes: `taken` from the disk, `live` of it in use; the rest is reused or freed by `vacuum`."""

    taken: int
    live: int
    articles: int


def disk_usage(connection: Connection) -> DiskUsage:
    """Measure the disk usage; takes milliseconds, except for the count of articles."""
    count = connection.scalar(select(func.count()).select_from(articles)) or 0
    if connection.dialect.name == "sqlite":
        pages, free, size = (connection.scalar(text(f"PRAGMA {name}")) or 0 for name in _PRAGMAS)
        return DiskUsage(pages * size, (pages - free) * size, count)
    names = [*metadata.tables, "article_words", "article_postings"]
    sizes = text("SELECT sum(pg_total_relation_size(to_regclass(name))) FROM unnest(CAST(:names AS TEXT[])) AS name")
    taken = int(connection.scalar(sizes, {"names": names}) or 0)
    bytes_then, count_then = _largest(connection)
    live = taken if taken > bytes_then or not count_then else bytes_then * min(count, count_then) // count_then
    return DiskUsage(taken, min(live, taken), count)


def note_largest(connection: Connection) -> None:
    """Record the bytes per article on PostgreSQL while the tables grow: they do not shrink when rows are deleted."""
    if connection.dialect.name == "sqlite":
        return
    now = disk_usage(connection)
    if now.taken > _largest(connection)[0]:
        upsert(connection, meta, {"key": LARGEST, "value": f"{now.taken} {now.articles}"}, key="key")


def _largest(connection: Connection) -> tuple[int, int]:
    known = connection.scalar(select(meta.c.value).where(meta.c.key == LARGEST)) or "0 0"
    size, _, count = known.partition(" ")
    return int(size), int(count)


_PRAGMAS: Final = ("page_count", "freelist_count", "page_size")


@dataclass(frozen=True, slots=True)
class ArchiveInfo:
    """The size and content of an archive: `rows` by table; `oldest` and `newest` are times found."""

    url: str
    schema: int
    usage: DiskUsage
    pages: Space
    rows: dict[str, int]
    oldest: datetime | None
    newest: datetime | None


def archive_info(archive: Archive) -> ArchiveInfo:
    """Measure the archive; takes seconds for a million articles. Raises ArchiveError."""
    rows, oldest, newest = archive.read(_counted)
    return ArchiveInfo(
        archive.url, SCHEMA_VERSION, archive.read(disk_usage), archive.pages.space(), rows, oldest, newest
    )


def _counted(connection: Connection) -> tuple[dict[str, int], datetime | None, datetime | None]:
    tables = (articles, revisions, stories, alerts, deliveries, sources, runs)
    rows = {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
    found = connection.execute(select(func.min(articles.c.found), func.max(articles.c.found))).one()
    return rows, found[0], found[1]
