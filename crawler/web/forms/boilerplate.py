"""What an extractor took out of an article's page: of the page as it was kept, or read once more as `try` does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from crawler.archive import ArticleRow
from crawler.config import Source
from crawler.errors import ExtractError, FetchError
from crawler.extract import Hints
from crawler.items import Removed
from crawler.pool import reading
from crawler.usecases.probe import Answer, in_reactor, open_probe
from crawler.web.site import Site

LONGEST_S = 15.0  # that a reader waits, robots.txt and the host's pace included
AT_ONCE = 2  # pages that are read or examined
_OK = 300

_places = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Told:
    """The removed blocks, or why they are unavailable. `kept`: when the stored page was fetched."""

    blocks: tuple[Removed, ...] = ()
    wrong: str = ""
    kept: datetime | None = None


def removed_blocks(site: Site, row: ArticleRow) -> Told:
    """Return the blocks of an article's page that were removed as boilerplate.

    A page that is not stored is fetched if robots.txt allows it; on a private network only if the watch file names its
    host.
    """
    if not _places.acquire(blocking=False):
        return Told(wrong="Too many pages are being fetched. Try again in a moment.")
    try:
        return in_reactor(_told(site, row))
    except (FetchError, ExtractError) as error:
        return Told(wrong=f"The page could not be read: {error.message}.")
    finally:
        _places.release()


async def _told(site: Site, row: ArticleRow) -> Told:
    watch = site.watch_file.read().watch
    source = watch.source_by_id.get(row.article.source)
    kept = site.archive.pages.of(row.id)
    async with reading() as pool:
        if kept:
            headers = {name.lower(): value for name, value in kept[0].headers}
            hints = _hints(source, headers.get("content-type", ""), kept[0].fetched)
            blocks = [block for page in kept for block in (await pool.examine(page.body, page.url, hints))[0].removed]
            return Told(tuple(blocks), kept=kept[0].fetched)
        answer = await _fetched(site, row.article.url, {host for one in watch.sources for host in one.inside})
        if answer.status >= _OK:
            return Told(wrong=f"The page returned status {answer.status}.")
        hints = _hints(source, answer.content_type, site.now())
        return Told((await pool.examine(answer.body, answer.url, hints))[0].removed)


async def _fetched(site: Site, url: str, inside: Collection[str]) -> Answer:
    try:
        async with asyncio.timeout(LONGEST_S), open_probe(redis_url=site.redis_url, inside=inside) as probe:
            return await probe.get(url)
    except TimeoutError as error:
        raise FetchError(f"it took longer than {LONGEST_S:.0f} s", subject=url) from error


def _hints(source: Source | None, content_type: str, now: datetime) -> Hints:
    charset = content_type.partition("charset=")[2].split(";")[0].strip("\"' ")
    if source is None:
        return Hints(charset=charset, now=now, explain=True)
    return Hints(
        charset=charset,
        timezone=source.timezone or "",
        language=source.language or "",
        overrides=source.extract.overrides() if source.extract else None,
        now=now,
        explain=True,
    )
