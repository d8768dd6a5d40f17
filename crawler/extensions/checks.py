"""What the listings of a crawl named, and rare readings of the site's other listings to check what they miss."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from scrapy import Request

from crawler.archive.coverage.sightings import Sightings
from crawler.config import Source
from crawler.dedupe.urls import url_key
from crawler.items import Article, SiteListing
from crawler.runtime import Runtime
from crawler.schedule.check_plan import MOST_CREDIT, SHARE, CheckListing, CheckPlan

CHECK: Final = "check"  # in a request's meta: it is one for a check
SITE_LISTING: Final = "site_listing"  # in a request's meta: the listing that it reads, or a part of it


class SiteChecks:
    """The sightings and checks of one crawl. Coroutines raise StateError. `kept`: False records nothing."""

    def __init__(self, runtime: Runtime, source: Source | None, *, kept: bool) -> None:
        self._runtime = runtime
        self._source = source if kept and source is not None and source.kind != "page" else None
        self._plan: CheckPlan | None = None
        self._entries: list[str] = []  # addresses that the source's own listings named in this crawl
        self._own: set[str] = set()
        self._spent = 0
        self.sightings = Sightings()

    def named(self, listing: SiteListing, recent: Collection[int], new: Collection[int] = ()) -> None:
        """Record what a listing named: the URL keys of recent entries, and of those that had not been seen before."""
        self.sightings.named.setdefault(listing, set()).update(recent)
        self.sightings.new.update(new)

    def entries(self, urls: Collection[str]) -> None:
        """Record the addresses that one of the source's own listings named; they show what the source covers."""
        self._entries += urls

    def polled(self, url: str) -> None:
        """Record that the source polls a listing, which is therefore no check."""
        self._own.add(url)

    def stored(self, article: Article, keys: frozenset[int]) -> None:
        """Record that an article is stored. `keys`: of all its addresses."""
        self.sightings.stored[url_key(article.canonical_url or article.url)] = keys

    def sent(self, request: Request) -> None:
        """Count a request for a check, redirects included."""
        self._spent += CHECK in request.meta

    async def due(self) -> CheckListing | None:
        """Return a listing to read now as a check, if the source has earned one; once in a crawl."""
        if self._source is None or self._plan is not None or self._credit < 1:
            return None
        self._plan = await self._runtime.state.checks.plan(self._source.id)
        self._plan = self._plan.scoped(self._entries).without(self._own)
        found = self._plan.due(self._runtime.now().timestamp())
        if found is None:
            await self._runtime.state.checks.save(self._source.id, self._plan)
        return found

    def covers(self, url: str) -> bool:
        """Return whether an address is in the part of the site that the source's own listings cover."""
        return self._plan is not None and self._plan.covers(url)

    def discover(self, kind: str, urls: Collection[str]) -> None:
        """Add listings to check from now on."""
        if self._plan is not None:
            self._plan = self._plan.discover(kind, urls).without(self._own)

    async def done(self, listing: CheckListing, *, failed: bool) -> None:
        """Record the reading of a check."""
        if self._plan is not None and self._source is not None:
            self._plan = self._plan.read(listing.url, self._runtime.now().timestamp(), failed=failed)
            await self._runtime.state.checks.save(self._source.id, self._plan)

    async def close(self, requests: int) -> None:
        """Add what the crawl's requests have earned, and subtract what its check has cost."""
        if self._source is None:
            return
        earned = SHARE * (requests - self._spent) if self._credit < MOST_CREDIT else 0.0
        if earned or self._spent:
            credit = await self._runtime.state.checks.earn(self._source.id, earned - self._spent)
            self._runtime.check_credit[self._source.id] = credit

    @property
    def _credit(self) -> float:
        return self._runtime.check_credit.get(self._source.id, 0.0) if self._source is not None else 0.0
