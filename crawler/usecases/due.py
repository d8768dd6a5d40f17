"""When a source is crawled next."""

from __future__ import annotations

from datetime import datetime

from crawler.archive import Archive
from crawler.archive.queries.dashboard import SourceFigures
from crawler.config import Source
from crawler.schedule.due_time import History, next_due
from crawler.service.scheduler.histories import history_of


def next_crawl(archive: Archive, source: Source, figures: SourceFigures, now: datetime) -> datetime | None:
    """Return when a source is crawled next, as its publishing pattern decides too; that reads weeks of articles.

    Raises ArchiveError.
    """
    if source.every or source.cron or source.paused:
        return fixed_crawl(source, figures, now)
    return next_due(source, history_of(archive, source, now), now)


def fixed_crawl(source: Source, figures: SourceFigures, now: datetime) -> datetime | None:
    """Return when a source is crawled next, as far as the watch file alone decides that."""
    past = History((figures.last_run,) if figures.last_run else ())
    return next_due(source, past, now) if source.every or source.cron else None
