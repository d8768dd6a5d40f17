"""Reading a site's other listings as checks: what they name that the source's own listings do not is crawled too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.dedupe.urls import url_key
from crawler.discover.explore.pages import links_and_feeds, robots_sitemaps
from crawler.discover.feeds import read_feed
from crawler.discover.sitemaps import read_sitemap
from crawler.discover.sitemaps.choice import newest_children
from crawler.errors import ParseError
from crawler.extensions.checks import CHECK, SITE_LISTING
from crawler.extensions.items import ArticleItem
from crawler.extensions.observer import failure_reason
from crawler.extensions.poll_hints import LISTING_KEY
from crawler.items import Candidate, LeftOver, ReadListing, SiteListing
from crawler.schedule.check_plan import CheckListing
from crawler.spiders.article import NOT_MODIFIED, OK
from crawler.spiders.base import failed_request
from crawler.spiders.choose import Choice, Chooser
from crawler.spiders.feed_items import FeedItemSpider
from crawler.spiders.listing import Kind, content_type, kind_of, read_before, record_of

MAX_CHILDREN: Final = 1  # of a sitemap index that one check reads: the newest


class CheckSpider(FeedItemSpider):
    """A spider that reads other listings of its source's site. Their problems are none of the source."""

    @property
    def chooser(self) -> Chooser:
        """The choice of candidates."""
        raise NotImplementedError

    async def check(self) -> AsyncIterator[Request]:
        """Yield a request for a check, if one is due."""
        due = await self.context.checks.due()
        if due is not None:
            yield self.check_request(due.url, due)

    async def promoted(self, polled: Collection[int]) -> list[tuple[str, str]]:
        """Return the (kind, URL) pairs of listings that checks found and that are polled from then on."""
        source, archive = self.source, self.context.runtime.archive
        if source is None:
            return []
        found = await archive.call(archive.sync.coverage.promoted, source.id)
        kinds = {"home": Kind.SECTION.value, "feed": Kind.FEED.value, "sitemap": Kind.SITEMAP.value}
        own = [one for one in found if one.kind in kinds and url_key(one.address) not in polled]
        return [(kinds[one.kind], one.address) for one in own]

    def check_request(self, url: str, listing: CheckListing, *, part: bool = False) -> Request:
        """Return a request for a check, or for a part of the listing: a child of a sitemap index."""
        meta = {CHECK: True, LISTING_KEY: url_key(url), SITE_LISTING: SiteListing(listing.kind, listing.url, own=False)}
        return self.request(
            url,
            page=listing.kind == "home",
            callback=self.parse_check,
            errback=self.check_failed,
            cb_kwargs={"listing": listing, "part": part},
            meta=meta,
            dont_filter=True,
        )

    async def parse_check(self, response: Response, listing: CheckListing, part: bool) -> AsyncIterator[Any]:
        """Parse a listing of any kind, and yield requests for what it named since its first reading."""
        checks, record = self.context.checks, self.check_record(response)
        if response.status == NOT_MODIFIED:
            self.context.readings.add(record)
            await checks.done(listing, failed=False)
            return
        if response.status not in OK:
            self.context.readings.add(replace(record, error=f"status {response.status}"))
            await checks.done(listing, failed=True)
            return
        try:
            candidates, children = await self.read_check(response)
        except ParseError as error:
            self.context.readings.add(replace(record, error=error.message))
            await checks.done(listing, failed=True)
            return
        if children and not part:
            self.context.readings.add(record)
            for child in children:
                yield self.check_request(child, listing, part=True)
            return
        covered = [one for one in candidates if not one.own and checks.covers(one.url)]
        for request in await self.new_in_check(response, listing, covered):
            yield request

    async def new_in_check(
        self, response: Response, listing: CheckListing, candidates: Sequence[Candidate]
    ) -> list[Request | ArticleItem]:
        """Record what a check named; return requests for what is new. Raises ArchiveError, StateError."""
        context = self.context
        named = [replace(one, found_by=listing.url) for one in candidates]
        async with context.readings.turn:
            key = response.meta[LISTING_KEY]
            since = datetime.fromtimestamp(listing.read_s, UTC) if listing.read_s else None
            choice = await self.chooser.choose_checked(named, key, read_before=read_before(response), since=since)
            await self.record(choice, self.check_record(response), len(named))
        if listing.read_s:
            name = SiteListing(listing.kind, listing.url, own=False)
            context.checks.named(name, choice.recent, choice.new)
        known = choice.seen + choice.left_over[LeftOver.NOT_NEW]
        await context.checks.done(listing, failed=not known and not choice.recent)
        return [self.page_of(candidate, key) for candidate, key in choice.taken]

    async def read_check(self, response: Response) -> tuple[Sequence[Candidate], Sequence[str]]:
        """Return what a listing names, and the children of a sitemap index to read. Raises ParseError."""
        now = self.context.runtime.now()
        if kind_of(response) is Kind.FEED:
            feed = await self.in_pool(read_feed, response, content_type(response))
            return (() if feed.podcast else feed.candidates), ()
        if kind_of(response) is Kind.SITEMAP:
            sitemap = await self.in_pool(read_sitemap, response)
            return sitemap.candidates, newest_children(sitemap.children, now, limit=MAX_CHILDREN)
        links, feeds = await self.in_pool(links_and_feeds, response)
        self.context.checks.discover("sitemap", await self.named_sitemaps(response.url))
        self.context.checks.discover("feed", feeds)
        return links, ()

    async def in_pool(self, reader: Any, response: Response, *args: Any) -> Any:
        """Run `reader(body, url, *args)` outside the event loop. Raises ParseError."""
        pool = self.context.runtime.pool

        async def work(alone: bool) -> Any:
            return await pool.call(reader, response.body, response.url, *args, subject=response.url, alone=alone)

        return await self.context.quarantine.read(response.url, work)

    async def named_sitemaps(self, url: str) -> Collection[str]:
        """Return the sitemaps that the robots.txt of a host names, which its requests have read before."""
        parts = urlsplit(url)
        robots = await self.context.runtime.state.http.robots(f"{parts.scheme}://{parts.netloc}")
        return robots_sitemaps(robots.body, url) if robots is not None and robots.status in OK else ()

    async def check_failed(self, failure: Failure) -> None:
        """Record a check that got no response. One that was dropped stays due."""
        if self.was_dropped(failure):
            return
        request = failed_request(failure)
        why = failure_reason(failure.value or RuntimeError(), self.crawler.settings)
        self.context.readings.add(replace(self.check_record(request), error=why))
        await self.context.checks.done(request.cb_kwargs["listing"], failed=True)

    def check_record(self, answered: Response | Request) -> ReadListing:
        """Return the record of a check with its status only."""
        return replace(record_of(answered, self.source, self.context.runtime.now()), kind="check")

    async def record(self, choice: Choice, listing: ReadListing, named: int) -> None:
        """Make a listing's record and its candidates durable. Raises ArchiveError."""
        left = {reason: count for reason, count in choice.left_over.items() if count}
        new = len(choice.taken)
        known = named - new - sum(left.values())  # with edits of items that were listed before
        counted = replace(listing, named=named, new=new, known=known, left_over=tuple(left.items()))
        await self.context.readings.record(counted)
