"""Redis, rebuilt from the archive: what was seen, and the stories of the last days."""

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
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How much was rebuilt."""

    urls: int
    articles: int  # of the last days, put into stories
    stories: int


async def rebuild(archive: Archive, state: State, now: datetime) -> Rebuilt:
    """Marks every stored article as seen and puts those of the last days into their stories again.

    Articles without a story get one. Nothing is forgotten but stories; a repeat gives the same.
    Raises StateError, ArchiveError.
    """
    urls = await _mark_seen(archive, state, now)
    await state.stories.forget()
    articles, numbers = 0, set()
    since = now - timedelta(seconds=2 * keys.STORY_WINDOW_S)
    known: dict[str, int] = {}
    async for chunk in _chunks(archive.stories.members(since)):
        placed = [await _place(state, member, known) for member in chunk]
        homeless = [new for member, new in zip(chunk, placed, strict=True) if not member.key]
        await asyncio.to_thread(archive.stories.adopt, homeless)
        articles += len(chunk)
        numbers |= {member.key for member in placed}
    await state.stories.complete()
    return Rebuilt(urls, articles, len(numbers))


async def _place(state: State, member: Member, known: dict[str, int]) -> Member:
    article = member.article
    found = sketch(article.title, article.text, _site(article.url))
    number = known.get(member.key, NEW) if member.key else FIND
    moment = article.found
    assert moment is not None  # the column is NOT NULL
    place = await state.stories.place(found, member.key or story_key(article), moment, number=number)
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
            except ValueError:  # an address that nobody can ask for any more
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


SWEEP_S = 5.0

_log = logging.getLogger(__name__)


class Revisits:
    """The scheduler's side of looking again."""

    def __init__(self, runtime: Runtime, queue: Docket) -> None:
        self._runtime = runtime
        self._queue = queue

    async def sweep(self) -> None:
        """Adds a task for each source with articles that are due. Failures wait for the next sweep."""
        runtime = self._runtime
        try:
            await self.mend()
            now = runtime.now()
            sources = await runtime.archive.call(runtime.archive.sync.visits.due_sources, now)
            for source in sources:
                known = runtime.watch.source_by_id.get(source)
                if known is not None and not known.paused:
                    await add_revisit(self._queue, source)
        except WirewatchError as error:
            _log.warning("revisits postponed: %s", error)

    async def mend(self) -> None:
        """Rebuilds Redis from the archive when it has lost what it knew."""
        runtime = self._runtime
        if await runtime.state.stories.lost():
            count = await rebuild(runtime.archive.sync, runtime.state, runtime.now())
            if count.articles:
                runtime.tell(f"Redis was empty: rebuilt {count.urls} URLs and {count.stories} stories from the archive")
