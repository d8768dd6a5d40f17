"""Revisits of stored articles, and rebuilding Redis from the archive: the seen-sets and recent stories."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from docket import Docket

from crawler.archive import Archive
from crawler.archive.queries.grouping import Member
from crawler.dedupe.content import content_key
from crawler.dedupe.sketch import sketch
from crawler.dedupe.urls import place_url, registered_domain, url_key
from crawler.errors import WirewatchError
from crawler.items import Article
from crawler.pipelines.stories import story_key
from crawler.runtime import Runtime
from crawler.service.worker.tasks import add_revisit
from crawler.state import State, keys
from crawler.state.stories import FIND, NEW

CHUNK = 200
SWEEP_S = 5.0
T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The result of a rebuild."""

    urls: int
    articles: int  # of the last days, in stories
    stories: int


async def rebuild(archive: Archive, state: State, now: datetime) -> Rebuilt:
    """Mark every stored article as seen and rebuild the stories of the last days.

    Articles without a story get one. Only stories are deleted first; repeating it gives the same result.
    Raises StateError, ArchiveError.
    """
    urls = await _mark_seen(archive, state, now)
    await state.stories.forget()
    articles, numbers = 0, set()
    since = now - timedelta(seconds=2 * keys.STORY_WINDOW_S)
    known: dict[str, int] = {}
    async for chunk in _chunks(archive.stories.members(since)):
        placed = [await _place(state, member, known) for member in chunk]
        adopted = [new for member, new in zip(chunk, placed, strict=True) if not member.key]
        await asyncio.to_thread(archive.stories.adopt, adopted)
        articles += len(chunk)
        numbers |= {member.key for member in placed}
    await state.stories.complete()
    return Rebuilt(urls, articles, len(numbers))


async def _place(state: State, member: Member, known: dict[str, int]) -> Member:
    article = member.article
    found = sketch(article.title, article.text, _site(article.url))
    number = known.get(member.key, NEW) if member.key else FIND
    found_at = article.found
    assert found_at is not None  # the column is NOT NULL
    place = await state.stories.place(found, member.key or story_key(article), found_at, number=number)
    known[place.key] = place.number
    return member._replace(key=place.key)


async def _mark_seen(archive: Archive, state: State, now: datetime) -> int:
    count = 0
    async for chunk in _chunks(archive.canonical_urls()):
        urls, contents = set(), set()
        for url, content_hash in chunk:
            try:
                urls.add(url_key(place_url(url)))
                contents.add(content_key(Article(url, "", "", content_hash=content_hash)))
            except ValueError:  # not a valid address
                continue
        await state.urls.mark(urls, now)
        await state.contents.mark(contents, now)
        count += len(urls)
    return count


async def _chunks(rows: Iterator[T]) -> AsyncIterator[list[T]]:
    while chunk := await asyncio.to_thread(lambda: list(islice(rows, CHUNK))):
        yield chunk


def _site(url: str) -> str:
    try:
        return registered_domain(url)
    except ValueError:
        return ""


class Revisits:
    """Queues the revisits of a scheduler."""

    def __init__(self, runtime: Runtime, queue: Docket) -> None:
        self._runtime = runtime
        self._queue = queue

    async def sweep(self) -> None:
        """Queue a task for each source with due articles. Failures wait for the next sweep."""
        runtime = self._runtime
        try:
            await self.rebuild_if_lost()
            now = runtime.now()
            sources = await runtime.archive.call(runtime.archive.sync.visits.due_sources, now)
            for source in sources:
                known = runtime.watch.source_by_id.get(source)
                if known is not None and not known.paused:
                    await add_revisit(self._queue, source)
        except WirewatchError as error:
            _log.warning("revisits postponed: %s", error)

    async def rebuild_if_lost(self) -> None:
        """Rebuild Redis from the archive if it has lost its data."""
        runtime = self._runtime
        if await runtime.state.stories.lost():
            count = await rebuild(runtime.archive.sync, runtime.state, runtime.now())
            if count.articles:
                rebuilt = f"{count.urls} URLs and {count.stories} stories"
                runtime.report(f"Redis was empty: rebuilt {rebuilt} from the archive")
