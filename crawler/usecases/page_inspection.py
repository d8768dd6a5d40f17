"""Inspection of one page: its extraction hints, and the text that the extractor removed."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from typing import TYPE_CHECKING

from crawler.config import Source, Watch
from crawler.errors import FetchError
from crawler.extract import Hints, Overrides
from crawler.items import Removed
from crawler.pool import reading
from crawler.usecases.probe import ProbeResponse, in_reactor, open_probe

if TYPE_CHECKING:  # `wirewatch try` does without the archive
    from crawler.archive import Archive, ArticleRow

LONGEST_S = 15.0  # that a reader waits, robots.txt and the host's pace included
_REDIRECT = 300


@dataclass(frozen=True, slots=True)
class RemovedText:
    """The blocks removed from a page. `stored`: when the stored page was fetched; None: it was fetched just now."""

    blocks: tuple[Removed, ...]
    stored: datetime | None = None


async def removed_text(
    archive: Archive, watch: Watch, row: ArticleRow, now: datetime, *, redis_url: str
) -> RemovedText:
    """Return the blocks of an article's page that were removed as boilerplate.

    A page that is not stored is fetched if robots.txt allows it; on a private network only if the watch file names its
    host. `redis_url`: as for `open_probe`. Not for the loop of the reactor. Raises FetchError, ExtractError,
    ArchiveError.
    """
    source = watch.source_by_id.get(row.article.source)
    stored = archive.pages.of(row.id)
    async with reading() as pool:
        if stored:
            headers = {name.lower(): value for name, value in stored[0].headers}
            hints = hints_for(source, headers.get("content-type", ""), stored[0].fetched)
            read = [(await pool.examine(page.body, page.url, hints))[0] for page in stored]
            return RemovedText(tuple(block for extraction in read for block in extraction.removed), stored[0].fetched)
        private_hosts = {host for one in watch.sources for host in one.private_network_hosts}
        answer = await asyncio.to_thread(in_reactor, _fetched(row.article.url, private_hosts, redis_url))
        if answer.status >= _REDIRECT:
            raise FetchError(f"the server responded with status {answer.status}", subject=row.article.url)
        hints = hints_for(source, answer.content_type, now)
        return RemovedText((await pool.examine(answer.body, answer.url, hints))[0].removed)


def hints_for(
    source: Source | None, content_type: str, now: datetime, *, overrides: Overrides | None = None, explain: bool = True
) -> Hints:
    """Return the extraction hints for a page of `source`, None for a page of no source.

    `overrides` replace those of the source; `explain`: name all text that is left out.
    """
    charset = charset_of(content_type)
    if source is None:
        return Hints(charset=charset, overrides=overrides, now=now, explain=explain)
    return Hints(
        charset=charset,
        timezone=source.timezone or "",
        language=source.language or "",
        overrides=overrides or (source.extract.overrides() if source.extract else None),
        now=now,
        explain=explain,
    )


def charset_of(content_type: str) -> str:
    """Return the charset of a Content-Type header, "" if it has none."""
    header = Message()
    header["content-type"] = content_type
    return header.get_content_charset("") or ""


async def _fetched(url: str, inside: Collection[str], redis_url: str) -> ProbeResponse:
    try:
        async with asyncio.timeout(LONGEST_S), open_probe(redis_url=redis_url, inside=inside) as probe:
            return await probe.get(url)
    except TimeoutError as error:
        raise FetchError(f"it took longer than {LONGEST_S:.0f} s", subject=url) from error
