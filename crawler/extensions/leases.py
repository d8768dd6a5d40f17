"""One crawl's leases: which pages it holds, and how each of them ends in the seen-set."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.archive import Announced
from crawler.dedupe.urls import url_key
from crawler.items import Article
from crawler.runtime import Runtime
from crawler.state import Claim

MAX_TRIES = 3  # for a page that answers, but with no article; one that does not answer is tried for ever


class Leases:
    """Keys are those of `crawler.dedupe.urls.url_key`. Every coroutine raises StateError when Redis is gone."""

    def __init__(self, runtime: Runtime, owner: str) -> None:
        self._runtime = runtime
        self.owner = owner  # of the leases: the same for every crawl of a source
        self.listed: set[int] = set()  # met by this crawl
        self.held: set[int] = set()  # leased and not dealt with yet
        self.settled: set[int] = set()  # marked as seen by this crawl
        self.left_over = False  # something that was listed must be listed again by the next crawl
        self.announced: dict[int, Announced] = {}  # by key: the item of a feed that named the page
        self._aliases: dict[str, set[int]] = {}

    async def claim(self, key: int) -> Claim:
        """Leases `key` for this crawl."""
        claim = await self._runtime.state.urls.claim(key, self.owner, self._runtime.now())
        if claim is Claim.MINE:
            self.held.add(key)
        elif claim is Claim.TAKEN:
            self.left_over = True
        return claim

    def remember_aliases(self, article: Article, keys: Iterable[int]) -> None:
        """Notes the keys of all addresses that led to `article`, until it is stored."""
        self._aliases[article.url] = set(keys)

    def keys_of(self, article: Article) -> set[int]:
        """The keys of all addresses under which `article` is known."""
        return {url_key(article.canonical_url or article.url), *self._aliases.get(article.url, ())}

    def item_of(self, article: Article) -> Announced | None:
        """The item of a feed that led to `article`."""
        return next((self.announced[key] for key in self.keys_of(article) if key in self.announced), None)

    async def settle(self, keys: Iterable[int], contents: Iterable[int] = ()) -> None:
        """Marks as seen: what they stood for is durable, or known, or no article for good."""
        done = set(keys)
        await self._runtime.state.mark(done, contents, self._runtime.now())
        self.held -= done
        self.settled |= done

    async def give_back(self, keys: Iterable[int]) -> None:
        """Ends the leases without a mark: the next crawl may try at once."""
        await self.release(keys)
        self.left_over = True

    async def release(self, keys: Iterable[int]) -> None:
        """Ends the leases of addresses that turned out to be none of an article's: nothing is noted of them."""
        for key in set(keys):
            await self._runtime.state.urls.release(key, self.owner)
            self.held.discard(key)

    async def postpone(self, keys: Iterable[int], *, answered: bool) -> int:
        """Counts a failed attempt; nobody tries again for a growing while. Returns how many there were.

        A page that `answered`, but with no article, is settled after the third attempt.
        """
        failed = set(keys)
        tries = [await self._runtime.state.urls.fail(key) for key in failed]
        self.held -= failed
        if answered and tries and max(tries) >= MAX_TRIES:
            await self.settle(failed)
        else:
            self.left_over = True
        return max(tries, default=0)

    async def close(self) -> None:
        """Gives back what a crawl that was stopped still holds."""
        if self.held:
            await self.give_back(set(self.held))
