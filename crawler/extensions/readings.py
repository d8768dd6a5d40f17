"""The listings of one crawl and the candidates that they named, recorded before any candidate is fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from crawler.archive.queries.listings import AT_ONCE
from crawler.items import Candidate, ReadListing, Run, Waiting
from crawler.runtime import Runtime


class Readings:
    """Records of listings. A listing counts as read once its record and the candidates that it named are durable.

    A listing without new candidates is recorded with the next one that has some, or with the run. `kept`: False
    records nothing.
    """

    def __init__(self, runtime: Runtime, run: Run, *, kept: bool) -> None:
        # Held from choosing to recording: a candidate of two listings is durable before either is recorded.
        self.turn = asyncio.Lock()
        self._runtime = runtime
        self._run = run
        self._kept = kept
        self.unrecorded: list[ReadListing] = []
        self._named: dict[int, Waiting] = {}  # by URL key: candidates that are not durable yet
        self._waiting: set[int] = set()  # URL keys of candidates that are durable
        self.done: set[int] = set()  # URL keys of durable candidates that were processed

    async def left_over(self) -> list[Waiting]:
        """Return the candidates that earlier crawls of the source left over. Raises ArchiveError."""
        if not self._kept:
            return []
        archive = self._runtime.archive
        found = await archive.call(archive.sync.listings.waiting, self._run.source, self._runtime.now())
        self._waiting.update(one.key for one in found)
        if len(found) >= AT_ONCE:
            self._waiting |= await archive.call(archive.sync.listings.waiting_keys, self._run.source)
        return found

    def add_candidate(self, key: int, candidate: Candidate, feed: int = 0) -> None:
        """Add a candidate to process, before its listing is recorded; see `items.Waiting`."""
        if key not in self._waiting:
            self._named[key] = Waiting(key, candidate, feed)

    def add(self, listing: ReadListing) -> None:
        """Add a listing without new candidates."""
        self.unrecorded.append(listing)

    async def record(self, listing: ReadListing) -> None:
        """Add a listing; when this returns, its candidates are durable. Raises ArchiveError."""
        self.add(listing)
        named = dict(self._named)
        if not (self._kept and named):
            return
        read, self.unrecorded = self.unrecorded, []
        archive = self._runtime.archive
        await archive.call(archive.sync.listings.record, self._run, read, named.values())
        self._waiting |= named.keys()
        for key in named:
            self._named.pop(key, None)

    def processed(self, keys: Iterable[int]) -> None:
        """Mark candidates as processed; the archive is updated when the run ends."""
        self.done |= self._waiting.intersection(keys)
