"""What one crawl's listings answered and named: recorded before anything that they named is fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable

from crawler.archive.queries.listings import AT_ONCE
from crawler.items import Candidate, ReadListing, Run, Waiting
from crawler.runtime import Runtime


class Readings:
    """One crawl's records. A listing counts as read when its record is durable, and with it the candidates it named.

    What names nothing new is recorded with the next listing that does, or with the run. `kept`: False records nothing.
    """

    def __init__(self, runtime: Runtime, run: Run, *, kept: bool) -> None:
        self.turn = (
            asyncio.Lock()
        )  # hold it from choosing to recording: what two listings name is durable before either
        self._runtime = runtime
        self._run = run
        self._kept = kept
        self._read: list[ReadListing] = []  # that have no record yet
        self._named: dict[int, Waiting] = {}  # by URL key: that are not durable yet
        self._waiting: set[int] = set()  # URL keys of those that are
        self._done: set[int] = set()  # of them, those that were dealt with

    async def earlier(self) -> list[Waiting]:
        """What earlier crawls of the source left. Raises ArchiveError."""
        if not self._kept:
            return []
        archive = self._runtime.archive
        found = await archive.call(archive.sync.listings.waiting, self._run.source, self._runtime.now())
        self._waiting.update(one.key for one in found)
        if len(found) >= AT_ONCE:
            self._waiting |= await archive.call(archive.sync.listings.waiting_keys, self._run.source)
        return found

    def names(self, key: int, candidate: Candidate, feed: int = 0) -> None:
        """Note a candidate that has to be dealt with, before its listing is recorded; see `items.Waiting`."""
        if key not in self._waiting:
            self._named[key] = Waiting(key, candidate, feed)

    def note(self, listing: ReadListing) -> None:
        """Note a listing that named nothing new."""
        self._read.append(listing)

    async def record(self, listing: ReadListing) -> None:
        """Note a listing; when this returns, what it named is durable. Raises ArchiveError."""
        self.note(listing)
        named = dict(self._named)
        if not (self._kept and named):
            return
        read, self._read = self._read, []
        archive = self._runtime.archive
        await archive.call(archive.sync.listings.record, self._run, read, named.values())
        self._waiting |= named.keys()
        for key in named:
            self._named.pop(key, None)

    def left(self) -> list[ReadListing]:
        """The listings that have no record yet."""
        return self._read

    def dealt_with(self, keys: Iterable[int]) -> None:
        """Note that candidates need not wait any longer; the run notes it when it ends."""
        self._done |= self._waiting.intersection(keys)

    def done(self) -> Collection[int]:
        """The URL keys of what does not wait any longer."""
        return self._done
