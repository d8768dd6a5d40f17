"""The rolling item feeds that the watch file asks for: daily files that grow as articles come in."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.archive import Archive, ItemFilter
from crawler.archive.files.bucket import Bucket
from crawler.archive.files.formats import Format
from crawler.archive.files.item_feeds import RollingFeed
from crawler.config import FeedOut, Watch
from crawler.errors import ArchiveError

FOLDER = "feeds"
UPDATE_S = 5.0

_log = logging.getLogger(__name__)


def update_feeds(archive: Archive, watch: Watch, folder: Path, now: datetime) -> None:
    """Brings every feed up to date and deletes what is older than its `keep`. One that fails does not stop the rest."""
    for feed in watch.feeds:
        try:
            _update(archive, watch, feed, folder, now)
        except (ArchiveError, OSError) as error:
            _log.warning("feed %s postponed: %s", feed.id, error)


def _update(archive: Archive, watch: Watch, feed: FeedOut, folder: Path, now: datetime) -> None:
    chosen = bool(feed.sources.ids or feed.sources.tags)
    sources = tuple(source.id for source in watch.sources if feed.sources.includes(source)) if chosen else ()
    wanted = ItemFilter(sources=sources, languages=feed.languages, rules=feed.rules)
    rolling = RollingFeed(folder, feed.id, Format(feed.format), packed=feed.gzip)
    if sources or not chosen:
        rolling.update(archive, now, wanted)
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
