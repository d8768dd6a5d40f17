"""What an archive holds and how much room it takes, at one glance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from crawler.archive.archive import Archive
from crawler.archive.disk_usage import DiskUsage, disk_usage
from crawler.archive.page_tables import sources
from crawler.archive.pages import Space
from crawler.archive.schema import SCHEMA_VERSION, alerts, articles, deliveries, revisions, runs, stories


@dataclass(frozen=True, slots=True)
class Condition:
    """`rows` by table. `oldest` and `newest`: when articles were found."""

    url: str
    schema: int
    room: DiskUsage
    pages: Space
    rows: dict[str, int]
    oldest: datetime | None
    newest: datetime | None


def condition(archive: Archive) -> Condition:
    """Look at the archive; seconds in one of a million articles. Raises ArchiveError."""
    rows, oldest, newest = archive.read(_counted)
    return Condition(archive.url, SCHEMA_VERSION, archive.read(disk_usage), archive.pages.space(), rows, oldest, newest)


def _counted(connection: Connection) -> tuple[dict[str, int], datetime | None, datetime | None]:
    tables = (articles, revisions, stories, alerts, deliveries, sources, runs)
    rows = {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
    found = connection.execute(select(func.min(articles.c.found), func.max(articles.c.found))).one()
    return rows, found[0], found[1]
