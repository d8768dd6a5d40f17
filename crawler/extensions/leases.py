"""The leases of one crawl: which pages it holds, and how each of them ends in the seen-set."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.runtime import Runtime
from crawler.state import Claim

MAX_TRIES = 3  # for a page that answers without an article; one that does not answer is retried without limit


class Leases:
    """Keys are those of `crawler.dedupe.urls.url_key`. Every coroutine raises StateError when Redis is unavailable."""

    def __init__(self, runtime: Runtime, owner: str) -> None:
        self._runtime = runtime
        self.owner = owner  # of the leases: the same for every crawl of a source
        self.listed: set[int] = set()  # named by a listing of this crawl
        self.held: set[int] = set()  # leased and not processed yet
        self.settled: set[int] = set()  # marked as seen by this crawl
        self.left_over = False  # something that was listed must be listed again by the next crawl

    async def claim(self, key: int) -> Claim:
        """Lease `key` for this crawl."""
        claim = await self._runtime.state.urls.claim(key, self.owner, self._runtime.now())
        if claim is Claim.MINE:
            self.held.add(key)
        elif claim is Claim.TAKEN:
            self.left_over = True
        return claim

    async def settle(self, keys: Iterable[int], contents: Iterable[int] = ()) -> None:
        """Mark keys as seen: the article is durable, was seen before, or will never be an article."""
        done = set(keys)
        await self._runtime.state.mark(done, contents, self._runtime.now())
        self.held -= done
        self.settled |= done

    async def give_back(self, keys: Iterable[int]) -> None:
        """End the leases without a mark: the next crawl may retry at once."""
        await self.release(keys)
        self.left_over = True

    async def release(self, keys: Iterable[int]) -> None:
        """End the leases of addresses that turned out not to belong to an article, without recording anything."""
        for key in set(keys):
            await self._runtime.state.urls.release(key, self.owner)
            self.held.discard(key)

    async def postpone(self, keys: Iterable[int], *, final: bool, answered: bool = True) -> int:
        """Count a failed attempt, after which no crawl retries for a growing pause. Return the number of attempts.

        A page whose failure is `final` (it was there, but no article, or is gone) is settled after the third attempt
        that a host answered. `answered`: whether one did, with whatever status.
        """
        failed = set(keys)
        tries = [await self._runtime.state.attempts.fetch_failed(key, answered=answered) for key in failed]
        self.held -= failed
        if final and any(one.answered >= MAX_TRIES for one in tries):
            await self.settle(failed)
        else:
            self.left_over = True
        return max(map(sum, tries), default=0)

    async def close(self) -> None:
        """Give back the leases that a stopped crawl still holds."""
        if self.held:
            await self.give_back(set(self.held))
