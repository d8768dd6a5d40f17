"""The rolling item feeds that the watch file asks for: daily files that grow as articles come in."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.archive import Archive, ItemFilter
from crawler.archive.feeds import RollingFeed
from crawler.archive.formats import Format
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
        except ArchiveError as error:
            _log.warning("feed %s waits: %s", feed.id, error)
        if feed.keep is not None:
            _delete_old(folder, feed, now - feed.keep)


def _update(archive: Archive, watch: Watch, feed: FeedOut, folder: Path, now: datetime) -> None:
    chosen = bool(feed.sources.ids or feed.sources.tags)
    sources = tuple(source.id for source in watch.sources if feed.sources.takes(source)) if chosen else ()
    wanted = ItemFilter(sources=sources, languages=feed.languages, rules=feed.rules)
    if sources or not chosen:
        RollingFeed(folder, feed.id, Format(feed.format)).update(archive, now, wanted)


def _delete_old(folder: Path, feed: FeedOut, oldest: datetime) -> None:
    day = (oldest - timedelta(days=1)).astimezone(UTC).date().isoformat()
    for path in folder.glob(f"{feed.id}-????-??-??.{feed.format}"):
        if path.name.removeprefix(f"{feed.id}-")[:10] <= day:
            path.unlink(missing_ok=True)
