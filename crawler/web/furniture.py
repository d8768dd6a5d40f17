"""What an extractor took out of an article's page: the page is read once more, as `wirewatch try` does."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.archive import ArticleRow
from crawler.config import Source
from crawler.errors import ExtractError, FetchError
from crawler.extract import Hints, examine
from crawler.items import Removed
from crawler.service.probe import Answer, Probe
from crawler.web.site import Site
from settings import USER_AGENT

TIMEOUT_S = 15.0
AT_ONCE = 2
_OK = 300

_places = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Told:
    """The blocks that were removed, or why they cannot be told."""

    blocks: tuple[Removed, ...] = ()
    wrong: str = ""


def removed_blocks(site: Site, row: ArticleRow) -> Told:
    """Fetch an article's page as robots.txt allows, and tell what does not belong to the article.

    A page on a private network is only asked for where the watch file names its host.
    """
    watch = site.watch_file.read().watch
    source = watch.source_by_id.get(row.article.source)
    named = any(_origin(one.url) == _origin(row.article.url) for one in watch.sources)
    if not _places.acquire(blocking=False):
        return Told(wrong="Other pages are being read; try again in a moment.")
    try:
        answer = asyncio.run(_fetched(row.article.url, named=named))
        if answer.status >= _OK:
            return Told(wrong=f"The page answers {answer.status} now.")
        return Told(examine(answer.body, answer.url, _hints(site, source, answer)).removed)
    except (FetchError, ExtractError) as error:
        return Told(wrong=f"The page cannot be read now: {error.message}.")
    finally:
        _places.release()


async def _fetched(url: str, *, named: bool) -> Answer:
    try:
        async with asyncio.timeout(TIMEOUT_S), Probe(USER_AGENT, timeout_s=TIMEOUT_S) as probe:
            return await probe.get(url, named=named)
    except TimeoutError as error:
        raise FetchError(f"no answer within {TIMEOUT_S:.0f} s", subject=url) from error


def _hints(site: Site, source: Source | None, answer: Answer) -> Hints:
    charset = answer.content_type.partition("charset=")[2].split(";")[0].strip("\"' ")
    if source is None:
        return Hints(charset=charset, now=site.now())
    return Hints(
        charset=charset,
        timezone=source.timezone or "",
        language=source.language or "",
        overrides=source.extract.overrides() if source.extract else None,
        now=site.now(),
    )


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc.lower()
