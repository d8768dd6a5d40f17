"""Periodic work on the archive: the search index, the rolling item feeds, and retention."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from crawler.archive import Archive, ItemFilter
from crawler.archive.files.bucket import Bucket
from crawler.archive.files.formats import Format
from crawler.archive.files.item_feeds import RollingFeed
from crawler.archive.maintenance.retention import Pruned, prune
from crawler.archive.maintenance.retention_period import RetentionPeriod, continue_period, save_period
from crawler.config import FeedOut, Watch
from crawler.errors import ArchiveError

INDEX_S: Final = 60.0
FEEDS_S: Final = 5.0
RETENTION_S: Final = 60.0
FOLDER: Final = "feeds"
_INDEX_LIMIT_S: Final = 30.0  # of each minute, so that indexing a million articles leaves time for crawls
_PAUSE_S: Final = 0.1

_log = logging.getLogger(__name__)


async def maintain_index(archive: Archive) -> None:
    """Index missing articles in portions, for half a minute at most; in threads, so that new articles do not wait."""
    began = time.monotonic()
    try:
        while await asyncio.to_thread(archive.maintain_index):
            if time.monotonic() - began > _INDEX_LIMIT_S:
                break
            await asyncio.sleep(_PAUSE_S)
    except ArchiveError as error:
        _log.warning("search index maintenance postponed: %s", error)


class Retention:
    """Deletes what the retention settings no longer allow, once for each hour that services on the archive have run.

    `clock`: monotonic seconds.
    """

    def __init__(self, archive: Archive, clock: Callable[[], float] = time.monotonic) -> None:
        self._archive = archive
        self._clock = clock
        self._counted_s = clock()  # the time run until then is in the archive

    async def apply(self, watch: Watch, now: datetime, note: Callable[[str], None]) -> None:
        """Count the time since the last call, and delete if the hour is over."""
        try:
            gone = await asyncio.to_thread(self._apply, watch, now)
        except ArchiveError as error:
            _log.warning("retention postponed: %s", error)
            return
        if gone:
            note(f"retention: deleted {gone.articles} articles and {gone.pages} pages")

    def _apply(self, watch: Watch, now: datetime) -> Pruned | None:
        at_s = self._clock()
        period = self._archive.write(partial(continue_period, run_s=at_s - self._counted_s, now=now))
        self._counted_s = at_s
        if not period.is_over:
            return None
        gone = prune(self._archive, watch.archive, period.begun)
        self._archive.write(partial(save_period, period=RetentionPeriod(now)))
        return gone


def update_feeds(archive: Archive, watch: Watch, folder: Path, now: datetime) -> None:
    """Update every rolling feed and delete files older than its `keep`. A failing feed does not stop the others."""
    for feed in watch.feeds:
        try:
            _update(archive, watch, feed, folder, now)
        except (ArchiveError, OSError) as error:
            _log.warning("feed %s postponed: %s", feed.id, error)


def _update(archive: Archive, watch: Watch, feed: FeedOut, folder: Path, now: datetime) -> None:
    is_limited = bool(feed.sources.ids or feed.sources.tags)
    sources = tuple(source.id for source in watch.sources if feed.sources.includes(source)) if is_limited else ()
    query = ItemFilter(sources=sources, languages=feed.languages, rules=feed.rules)
    rolling = RollingFeed(folder, feed.id, Format(feed.format), packed=feed.gzip)
    if sources or not is_limited:
        rolling.update(archive, now, query)
    bucket = Bucket(feed.to, rolling.notes) if feed.to else None
    if feed.keep is not None:
        _delete_old(rolling, feed, now - feed.keep, bucket)
    if bucket is not None:
        bucket.copy(rolling.files, rolling.growing, now)


def _delete_old(rolling: RollingFeed, feed: FeedOut, oldest: datetime, bucket: Bucket | None) -> None:
    day = (oldest - timedelta(days=1)).astimezone(UTC).date().isoformat()
    for path in rolling.files:
        if path.name.removeprefix(f"{feed.id}-")[:10] <= day:
            if bucket is not None:
                bucket.delete(path.name)
            path.unlink(missing_ok=True)
