"""What the schedule asks about the past of sources: one statement for all of them, by indexes alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from crawler.archive.page_tables import sources
from crawler.archive.rows import run_of
from crawler.archive.schema import runs
from crawler.items import Run


def last_runs(connection: Connection) -> dict[str, Run]:
    """The last run that has ended of each source of the watch file: one look-up in an index each."""
    other = runs.alias()
    newest = (
        select(func.max(other.c.started))
        .where(other.c.source == sources.c.id, other.c.finished.is_not(None))
        .correlate(sources)
        .scalar_subquery()
    )
    both = (runs.c.source == sources.c.id) & (runs.c.started == newest)
    statement = select(runs).select_from(sources.join(runs, both)).where(sources.c.removed.is_(None))
    return {run.source: run for run in map(run_of, connection.execute(statement).mappings())}


def first_started(connection: Connection, source: str) -> datetime | None:
    """When the source was crawled first, as far as runs are kept."""
    found: datetime | None = connection.scalar(select(func.min(runs.c.started)).where(runs.c.source == source))
    return found
