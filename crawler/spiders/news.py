"""The spider of every source: listings give candidates, candidates give articles.

python -m scrapy crawl news -a source=bbc-world
python -m scrapy crawl news -a url=https://example.org -O items.jsonl
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.dedupe.urls import canonical_url, url_key
from crawler.discover.feeds import read_feed
from crawler.discover.links import article_links
from crawler.discover.sitemaps import read_sitemap
from crawler.discover.sitemaps.choice import Child, due_children
from crawler.discover.url_shape import is_article_url
from crawler.errors import FetchError, ParseError
from crawler.extensions.checks import SITE_LISTING
from crawler.extensions.items import ArticleItem, RevisitItem
from crawler.extensions.observer import failure_reason
from crawler.extensions.poll_hints import LISTING_KEY
from crawler.extract.walls import wall
from crawler.health.canary import Stage
from crawler.items import OVERFLOW, Candidate, LeftOver, ReadListing, SiteListing, Waiting
from crawler.spiders.article import NOT_MODIFIED, OK, Out
from crawler.spiders.base import failed_request
from crawler.spiders.checks import CheckSpider
from crawler.spiders.choose import Choice, Chooser
from crawler.spiders.explore import explore
from crawler.spiders.listing import Kind, content_type, kind_of, overflow_detail, read_before, record_of
from crawler.state import Index
from crawler.unanswered import is_unanswered

FEW_LINKS = 3  # fewer links on a section page: it may be something else
MAX_CHILDREN = 5_000  # of a sitemap index that are stored: the protocol allows 50,000
MAX_DEPTH = 3  # of nested sitemap indexes: the protocol does not allow them, but sites have them
SPARE_SECTIONS = 3  # of a site that are fetched in turn when its listings have nothing new
MANY_NEW = 3  # entries of a feed, if all are new: others may have come and gone since the last poll


class NewsSpider(CheckSpider):
    """Crawls one source of the watch file (`source=ID`), or the address `url=...` of any kind."""

    name = "news"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._chooser: Chooser | None = None
        self._open = 0  # listings that are still being fetched
        self._spare: tuple[str, ...] = ()  # pages of a site that are fetched when its listings have nothing new
        self._only_sections = False
        self._overflowed = False
        self._waiting: list[Waiting] = []  # candidates that earlier crawls left over
        self._indexes: dict[int, tuple[Index, dict[str, bool]]] = {}  # and by child: whether it had new articles

    @property
    def chooser(self) -> Chooser:
        """The choice of candidates."""
        if self._chooser is None:
            settings = self.crawler.settings
            max_age = timedelta(seconds=settings.getfloat("WIREWATCH_MAX_AGE_S"))
            self._chooser = Chooser(self.context, max_age, settings.getint("WIREWATCH_MAX_PAGES"), self.source)
        return self._chooser

    async def start(self) -> AsyncIterator[Any]:
        """Yield requests for the source's listings, or for the address given on the command line."""
        self._waiting = await self.context.readings.left_over()
        if self.source is not None and Kind(self.source.kind) is Kind.SITE:
            found = await self.context.runtime.state.sites.entry_points(url_key(self.source.url))
            polled = {url_key(url) for _, url in found.points}
            promoted = await self.promoted(polled) if found.points else []
            spare = (self.source.url, *found.sections) if found.points else ()
            self._spare = tuple(url for url in spare if url_key(url) not in polled)
            self._only_sections = all(kind == Kind.SECTION for kind, _ in found.points)
            for kind, url in (*found.points, *promoted) or ((Kind.SITE, self.source.url),):
                yield self.listing(url, Kind(kind))
        elif self.source is not None:
            yield self.listing(self.source.url, Kind(self.source.kind))
        elif self.url:
            yield self.listing(self.url if "://" in self.url else f"https://{self.url}", None)
        else:
            self.logger.error("nothing to crawl: use -a source=ID of the watch file, or -a url=https://...")

    def listing(self, url: str, kind: Kind | None, *, part_of: SiteListing | None = None, **cb_kwargs: Any) -> Request:
        """Return a request for a listing; conditional, except for a front page that is explored.

        `part_of`: the listing that this one counts as; None: it is one by itself.
        """
        self._open += 1
        self.context.checks.polled(url)
        meta: dict[str, Any] = {SITE_LISTING: part_of or SiteListing(kind or "address", url)}
        return self.request(
            url,
            page=kind not in {Kind.FEED, Kind.SITEMAP},
            callback=self.parse_listing,
            errback=self.listing_failed,
            cb_kwargs={"kind": kind} | cb_kwargs,
            meta=meta if kind is Kind.SITE else meta | {LISTING_KEY: url_key(url)},
            dont_filter=True,
        )

    async def parse_listing(self, response: Response, kind: Kind | None, **kwargs: Any) -> Out:
        """Parse a listing as its kind; after the last one, continue with `after_listings`."""
        parser = {
            Kind.SITE: self.parse_site,
            Kind.FEED: self.parse_feed,
            Kind.SITEMAP: self.parse_sitemap,
            Kind.SECTION: self.parse_section,
            Kind.PAGE: self.parse_page,
            None: self.parse,
        }[kind]
        async for out in parser(response, **kwargs):
            yield out
        async for out in self.after_listings():
            yield out

    async def listing_failed(self, failure: Failure) -> Out:
        """Record a listing that got no response. A spare one is optional."""
        request = failed_request(failure)
        if request.cb_kwargs.get("spare"):
            self.logger.info("%s: %s", request.url, failure.value)
        else:
            await self.failed(failure)
        why = failure_reason(failure.value or RuntimeError(), self.crawler.settings)
        parent: tuple[int, Child] | None = request.cb_kwargs.get("parent")
        if parent is not None and is_unanswered(why):  # it was not read, and stays due
            self._indexes[parent[0]][1].pop(parent[1].url, None)
        self.context.readings.add(replace(self.listing_record(request), error=why))
        async for out in self.after_listings():
            yield out

    async def after_listings(self) -> Out:
        """After the last listing, yield candidates that earlier crawls left over and requests for a site's own pages.

        These pages are fetched if the listings had nothing new, or too much at once, as a site may publish more than
        its listings name: feeds stop being updated, sitemaps lack <lastmod>. Every second crawl without new articles
        fetches the home page and some sections; if only sections are polled, every such crawl does.
        """
        self._open -= 1
        if self._open:
            return
        sites, now = self.context.runtime.state.sites, self.context.runtime.now()
        for key, (index, read) in self._indexes.items():
            await sites.save_index(key, index.after(read, now))
        self._indexes.clear()
        async for out in self.left_by_earlier_crawls():
            yield out
        async for request in self.spare_pages():
            yield request
        if not self._open:
            async for request in self.check():
                yield request

    async def spare_pages(self) -> AsyncIterator[Request]:
        """Yield requests for a site's own pages, if it is their turn."""
        if not self._spare or (self.chooser.unseen and not self._overflowed) or self.source is None:
            return
        sites = self.context.runtime.state.sites
        spare, self._spare = self._spare, ()
        turn = await sites.next_turn(url_key(self.source.url))
        if not turn % 2 and not (self._overflowed or self._only_sections):
            return
        home = spare[:1] if spare[0] == self.source.url else ()
        sections = deque(spare[len(home) :])
        sections.rotate(-SPARE_SECTIONS * (turn if self._only_sections else turn // 2))
        for url in (*home, *list(sections)[:SPARE_SECTIONS]):
            yield self.listing(url, Kind.SECTION, part_of=SiteListing("home", self.source.url), spare=True)

    async def left_by_earlier_crawls(self) -> Out:
        """Yield candidates of earlier crawls that are not processed yet; their listings may no longer name them."""
        waiting, self._waiting = self._waiting, []
        by_feed: dict[int, list[Candidate]] = {}
        for one in waiting:
            if one.key not in self.context.leases.listed:
                by_feed.setdefault(one.feed, []).append(one.candidate)
        for feed, candidates in by_feed.items():
            items, others = await self.sorted_items(candidates, feed, listed=False) if feed else (candidates, [])
            listing = ReadListing("waiting", "", self.context.runtime.now())
            async with self.context.readings.turn:
                choice = await self.chooser.choose_left_over(items, feed)
                await self.record(choice, listing, len(candidates))
            for out in (*others, *self.taken(choice)):
                yield out

    async def parse(self, response: Response) -> Out:
        """Parse a response of any kind: feed, sitemap, article or front page."""
        kind = kind_of(response)
        if kind is Kind.FEED:
            callback = self.parse_feed
        elif kind is Kind.SITEMAP:
            callback = self.parse_sitemap
        else:
            callback = self.parse_article if is_article_url(response.url) else self.parse_site
        async for out in callback(response):
            yield out

    async def parse_feed(self, response: Response) -> Out:
        """Parse RSS, Atom, RDF or JSON Feed; or a sitemap, if one was sent instead."""
        if response.status in OK and kind_of(response) is Kind.SITEMAP:
            async for request in self.parse_sitemap(response):
                yield request
            return
        feed = await self.read(response, read_feed, content_type(response))
        if feed is not None:
            self.context.poll_hints.read(response.request, response, feed)
            if not feed.entries:
                self.report_signal("empty", response)
            elif not feed.candidates:
                self.report_signal("unusable", response, f"{response.url}: {feed.unusable}")
            before = self.chooser.unseen
            key = response.request.meta.get(LISTING_KEY) if response.request else None
            key = key or url_key(canonical_url(response.url))
            items, others = await self.sorted_items(feed.candidates, key)
            async for found in self.follow(items, response, others, len(feed.candidates), feed=key):
                yield found
            if MANY_NEW <= len(feed.candidates) == self.chooser.unseen - before and read_before(response):
                self._overflowed = True
                detail = overflow_detail(response.url, len(feed.candidates), self.source)
                self.context.observer.signal(OVERFLOW, detail)

    async def parse_sitemap(
        self, response: Response, depth: int = 0, parent: tuple[int, Child] | None = None, baseline: bool = False
    ) -> Out:
        """Parse a sitemap, or an index of sitemaps and those of its children that are due.

        The children of an unchanged index may have changed, so that each has its own conditional request.
        `parent`: the URL key of the index that named it, and its entry there.
        """
        sitemap = await self.read(response, read_sitemap)
        if sitemap is not None:
            before = self.chooser.unseen
            async for found in self.follow(sitemap.candidates, response, baseline=baseline):
                yield found
            if parent is not None and self.chooser.unseen > before:
                key, child = parent
                self._indexes[key][1][child.url] = True
        if depth >= MAX_DEPTH or (sitemap is None and response.status != NOT_MODIFIED):
            return
        async for request in self.children(response, sitemap.children if sitemap is not None else None, depth):
            yield request

    async def children(
        self, response: Response, named: Sequence[tuple[str, datetime | None]] | None, depth: int
    ) -> AsyncIterator[Request]:
        """Yield requests for the due children of a sitemap index. `named`: its children; None: as stored."""
        key = response.request.meta.get(LISTING_KEY) if response.request else None
        if key is None or named == ():
            return
        index = await self.context.runtime.state.sites.index(key)
        index = index if named is None else replace(index, children=tuple(named)[:MAX_CHILDREN])
        due = due_children(index.children, index.past, self.context.runtime.now())
        self._indexes[key] = index, {child.url: False for child in due}
        for child in due:
            baseline = child.stale and child.url not in index.past
            part_of = response.meta.get(SITE_LISTING)
            yield self.listing(
                child.url, Kind.SITEMAP, part_of=part_of, depth=depth + 1, parent=(key, child), baseline=baseline
            )

    async def parse_section(self, response: Response, spare: bool = False) -> Out:
        """Parse a page that links to articles. `spare`: fetched because the site's listings had nothing new."""
        if spare and response.status not in {*OK, NOT_MODIFIED}:
            return
        links = await self.read(response, article_links)
        if links is not None:
            if len(links) < FEW_LINKS and await self.walled(response, "" if links else "empty"):
                unusable = ((LeftOver.UNUSABLE, len(links)),) if links else ()
                self.context.readings.add(replace(self.listing_record(response), named=len(links), left_over=unusable))
                return
            before = self.chooser.unseen
            async for found in self.follow(links, response):
                yield found
            new = self.chooser.unseen - before
            if spare and new and read_before(response) and self.source is not None:
                detail = (
                    f"{response.url} lists {new} new article{'s' * (new > 1)} missing from the site's other listings"
                )
                self.context.observer.signal("incomplete", detail)
                await self.context.runtime.state.sites.add_entry_point(
                    url_key(self.source.url), Kind.SECTION, response.url
                )

    async def parse_site(self, response: Response) -> Out:
        """Explore a site from its front page, once a day, and poll the listings found, or else this page's links."""
        if not self.usable(response):
            return
        found = await explore(self.crawler, response)
        if self.source is not None and found.points:
            await self.context.runtime.state.sites.save_entry_points(url_key(self.source.url), found)
        if found.points:
            self.context.readings.add(self.listing_record(response))
        for kind, url in found.points:
            yield self.listing(url, Kind(kind))
        if not found.points:
            async for request in self.parse_section(response):
                yield request

    async def parse_page(self, response: Response) -> Out:
        """Parse a page that is watched for changes: each new text of it is an article."""
        if not self.usable(response):
            return
        item = await self.article(response, Candidate(response.url))
        self.context.readings.add(self.listing_record(response))
        if item is not None:
            base = canonical_url(item.article.canonical_url or item.article.url)
            versioned = f"{base}#{item.article.content_hash[-12:]}"
            yield replace(item, article=replace(item.article, canonical_url=versioned))

    async def follow(
        self,
        candidates: Sequence[Candidate],
        listing: Response,
        others: Sequence[Request | ArticleItem | RevisitItem] = (),
        named: int | None = None,
        *,
        feed: int = 0,
        baseline: bool = False,
    ) -> Out:
        """Yield requests for new candidates, and the articles of candidates without a page of their own.

        `others`: requests and items for edits, which are passed on; `named`: the number of all entries. `baseline`,
        `feed`: see Chooser.choose.
        """
        self.context.observer.listed(candidates)
        key = listing.request.meta.get(LISTING_KEY, 0) if listing.request else 0
        async with self.context.readings.turn:
            choice = await self.chooser.choose(
                candidates, key, feed=feed, read_before=read_before(listing), baseline=baseline
            )
            await self.record(choice, self.listing_record(listing), len(candidates) if named is None else named)
        await self.context.pass_stage(Stage.LISTED)
        if SITE_LISTING in listing.meta and read_before(listing) and not baseline:
            self.context.checks.named(listing.meta[SITE_LISTING], choice.recent, choice.new)
            self.context.checks.entries([one.url for one in candidates if not one.own])
        for out in (*others, *self.taken(choice)):
            yield out

    def taken(self, choice: Choice) -> Iterator[Request | ArticleItem]:
        """Yield requests for the chosen candidates, and the articles of those without a page of their own."""
        for candidate, key in choice.taken:
            yield self.own(candidate, key) if candidate.own else self.page_of(candidate, key)

    def listing_record(self, answered: Response | Request) -> ReadListing:
        """Return the record of a listing with its status only."""
        return record_of(answered, self.source, self.context.runtime.now())

    async def read(self, response: Response, reader: Any, *args: Any) -> Any:
        """Run `reader(body, url, *args)` outside the event loop; None if there is nothing to read."""
        if not self.usable(response):
            return None
        pool = self.context.runtime.pool

        async def work(alone: bool) -> Any:
            return await pool.call(reader, response.body, response.url, *args, subject=response.url, alone=alone)

        try:
            return await self.context.quarantine.read(response.url, work)
        except ParseError as error:
            self.note(error)
            self.context.readings.add(replace(self.listing_record(response), error=error.message))
            self.context.leases.left_over = True  # perhaps truncated: request it without conditions
            await self.walled(response)
            return None

    async def walled(self, response: Response, otherwise: str = "") -> bool:
        """Report and return whether a response is not a listing but a wall, or has the problem `otherwise`."""
        try:
            signal = await self.context.runtime.pool.call(wall, response.body, response.url, subject=response.url)
        except ParseError:
            return False
        if signal or otherwise:
            self.report_signal(signal or otherwise, response)
        return bool(signal or otherwise)

    def report_signal(self, signal: str, response: Response, detail: str = "") -> None:
        """Record a problem of a listing. The next crawl requests it without conditions, so that it sees it too."""
        self.context.observer.signal(signal, detail or response.url)
        self.context.leases.left_over = True

    def usable(self, response: Response) -> bool:
        """Return whether a listing was sent and has changed; record failures."""
        self.context.observer.answered(response, self.source, self.context.runtime.now())
        if response.status == NOT_MODIFIED:
            self.context.count(unchanged=1)
            self.context.readings.add(self.listing_record(response))
            return False
        if response.status not in OK:
            self.context.readings.add(replace(self.listing_record(response), error=f"status {response.status}"))
            self.note(FetchError(f"status {response.status}", subject=response.url))
            self.context.leases.left_over = True
            return False
        return True
