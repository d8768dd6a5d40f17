"""Retention: deletion of what is too old or too much: pages first, then articles, oldest first.

An article with an alert that is pending or dead is never deleted. Each portion is a transaction of its own, so crawls
continue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Final, Protocol

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, func, select, update

from crawler.archive.archive import Archive
from crawler.archive.engine import lock_writers
from crawler.archive.maintenance.disk_usage import DiskUsage, disk_usage, note_largest
from crawler.archive.model import DeliveryState
from crawler.archive.tables.rows import upsert
from crawler.archive.tables.schema import (
    alerts,
    articles,
    deliveries,
    meta,
    page_samples,
    pages,
    runs,
    source_health,
    stories,
    story_articles,
)
from crawler.items import Outcome

PORTION: Final = 500  # rows in one transaction
STALE: Final = "stale"  # meta: the number of deleted articles that the full-text index still holds
_ROUNDS: Final = 10  # of deleting and measuring again
_UNDELIVERED: Final = (DeliveryState.PENDING.value, DeliveryState.DEAD.value)


class Policy(Protocol):
    """The retention policy: the watch file's section `archive:`. None means no limit."""

    @property
    def keep(self) -> timedelta | None:
        """The maximum age of an article, from when it was found."""

    @property
    def max_size(self) -> int | None:
        """The maximum size of the archive in bytes."""

    @property
    def keep_pages(self) -> timedelta | None:
        """The maximum age of a stored page, from when it was fetched."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """The number of deleted rows. `undelivered`: articles that are too old but kept because of undelivered alerts."""

    articles: int = 0
    pages: int = 0
    runs: int = 0
    undelivered: int = 0

    def __bool__(self) -> bool:
        return bool(self.articles or self.pages or self.runs)


def prune(
    archive: Archive,
    policy: Policy,
    now: datetime,
    *,
    dry_run: bool = False,
    on_progress: Callable[[int], None] | None = None,
) -> Pruned:
    """Delete what exceeds the policy; `dry_run` only counts. `on_progress` receives the number of deleted articles.

    Raises ArchiveError; what was deleted before stays deleted.
    """
    work = _Work(archive, on_progress, dry_run=dry_run)
    aged = now - policy.keep if policy.keep is not None else None
    old_pages = 0 if policy.keep_pages is None else work.pages(now - policy.keep_pages)
    old = undelivered = old_runs = 0
    if aged is not None:
        undelivered = archive.read(lambda connection: _count(connection, articles.c.found < aged, _is_undelivered()))
        old = work.articles(articles.c.found < aged, None)
        old_runs = work.runs(aged)
        if not dry_run:
            archive.write(partial(_delete_old_problems, before=aged))
    if policy.max_size is not None:
        if not dry_run:
            archive.write(note_largest)
        old += work.shrink(policy.max_size, old)
    if not dry_run:
        archive.write(_tidy)
        archive.coverage.forget_old(now)
    return Pruned(old, old_pages, old_runs, undelivered)


class _Work:
    """The deletions; with `dry_run` they are only counted."""

    def __init__(self, archive: Archive, on_progress: Callable[[int], None] | None, *, dry_run: bool) -> None:
        self._archive = archive
        self._on_progress = on_progress
        self._dry_run = dry_run
        self._gone = 0

    def pages(self, before: datetime) -> int:
        """Delete pages that were fetched before that time."""
        which = select(pages.c.id).where(pages.c.fetched < before).order_by(pages.c.fetched, pages.c.id)
        return self._delete(pages.c.id, which, None)

    def runs(self, before: datetime) -> int:
        """Delete runs started before that time.

        The first complete run of each source is kept, because its alerts count from it, and so is its last run.
        """
        whole = select(func.min(runs.c.finished)).where(runs.c.outcome.in_((Outcome.DONE, Outcome.PARTIAL)))
        other = runs.alias()
        first = whole.where(runs.c.finished.is_not(None)).group_by(runs.c.source)
        ended = (other.c.source == runs.c.source) & other.c.finished.is_not(None)
        last = select(func.max(other.c.started)).where(ended).scalar_subquery()
        old = (runs.c.started < before) & (runs.c.started < last)
        firsts = runs.c.finished.is_(None) | runs.c.finished.not_in(first)
        return self._delete(runs.c.id, select(runs.c.id).where(old, firsts).order_by(runs.c.started), None)

    def articles(self, condition: ColumnElement[bool], most: int | None) -> int:
        """Delete articles, oldest first, with their tags, alerts, revisions and pages."""
        oldest = (articles.c.found, articles.c.id)
        which = select(articles.c.id).where(condition, ~_is_undelivered()).order_by(*oldest)
        return self._delete(articles.c.id, which, most, self._note)

    def shrink(self, most: int, planned: int) -> int:
        """Delete the oldest articles until the archive takes at most `most` bytes, or none may be deleted."""
        gone = 0
        for _ in range(1 if self._dry_run else _ROUNDS):
            now: DiskUsage = self._archive.read(disk_usage)
            if now.live <= most or not now.articles:
                break
            left = now.articles - (planned if self._dry_run else 0)
            excess = ceil(left * (1 - most / now.live)) + 1
            some = self.articles(articles.c.id > 0, excess)
            gone += some
            if not some:
                break
        return gone

    def _note(self, connection: Connection, count: int) -> None:
        known = connection.scalar(select(meta.c.value).where(meta.c.key == STALE))
        upsert(connection, meta, {"key": STALE, "value": str(int(known or 0) + count)}, key="key")
        self._gone += count
        if self._on_progress is not None:
            self._on_progress(self._gone)

    def _delete(
        self,
        key: ColumnElement[int] | ColumnElement[str],
        which: Select[tuple[int]] | Select[tuple[str]],
        most: int | None,
        note: Callable[[Connection, int], None] = lambda _connection, _count: None,
    ) -> int:
        if self._dry_run:
            counted = select(func.count()).select_from(which.limit(most).subquery())
            return self._archive.read(lambda connection: connection.scalar(counted) or 0)
        total = 0
        while most is None or total < most:
            portion = which.limit(PORTION if most is None else min(PORTION, most - total))

            def once(connection: Connection, portion: Select[tuple[int]] | Select[tuple[str]] = portion) -> int:
                lock_writers(connection)
                ids = list(connection.scalars(portion))
                if ids:
                    connection.execute(delete(key.table).where(key.in_(ids)))
                    note(connection, len(ids))
                return len(ids)

            some = self._archive.write(once)
            total += some
            if not some:
                break
        return total


def _delete_old_problems(connection: Connection, before: datetime) -> None:
    """Delete problems of sources that ended before, and their alerts, except undelivered ones."""
    lock_writers(connection)
    over = source_health.c.recovered < before
    connection.execute(delete(source_health).where(over))
    undelivered = exists().where(deliveries.c.alert_id == alerts.c.id, deliveries.c.state.in_(_UNDELIVERED))
    connection.execute(delete(alerts).where(alerts.c.article_id.is_(None), alerts.c.matched < before, ~undelivered))


def _is_undelivered() -> ColumnElement[bool]:
    """Return the condition for articles with an undelivered alert."""
    both = deliveries.join(alerts, alerts.c.id == deliveries.c.alert_id)
    mine = (alerts.c.article_id == articles.c.id) & deliveries.c.state.in_(_UNDELIVERED)
    return exists().select_from(both).where(mine)


def _count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(articles).where(*conditions)) or 0


def _tidy(connection: Connection) -> None:
    """Delete orphans: stories without articles, and samples without pages except each site's newest."""
    lock_writers(connection)
    connection.execute(delete(stories).where(~exists().where(story_articles.c.story_id == stories.c.id)))
    first = select(func.min(story_articles.c.article_id)).where(story_articles.c.story_id == stories.c.id)
    orphans = update(stories).where(stories.c.representative.is_(None))
    connection.execute(orphans.values(representative=first.scalar_subquery()))
    newest = select(func.max(page_samples.c.id)).group_by(page_samples.c.site)
    unused = ~exists().where(pages.c.sample_id == page_samples.c.id)
    connection.execute(delete(page_samples).where(unused, page_samples.c.id.not_in(newest)))
