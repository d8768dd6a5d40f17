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
from crawler.discover.feeds.reader import read_feed
from crawler.discover.links import article_links
from crawler.discover.sitemaps.choice import Child, due_children
from crawler.discover.sitemaps.reader import read_sitemap
from crawler.discover.url_shape import is_article_url
from crawler.errors import FetchError, ParseError
from crawler.extensions.failures import reason
from crawler.extensions.poll_hints import META
from crawler.extract.walls import wall
from crawler.items import Article, Candidate, LeftOver, ReadListing, Waiting
from crawler.pipelines.matched import Looked
from crawler.spiders.answer import answer_of
from crawler.spiders.article import NOT_MODIFIED, OK, Out
from crawler.spiders.choose import Choice, Chooser
from crawler.spiders.explore import explore
from crawler.spiders.feed_items import FeedItemSpider
from crawler.spiders.sniff import Kind, content_type, kind_of
from crawler.state import Index

FEW_LINKS = 3  # of a page that should list articles: it may be something else
MAX_CHILDREN = 5_000  # of an index that are remembered: the protocol allows 50,000
MAX_DEPTH = 3  # of sitemaps below a sitemap: the protocol allows no index in an index, sites have them
SPARE_SECTIONS = 3  # of a site that are looked at when its listings are quiet, in turn
OVERFLOW = 3  # entries of a feed, all of them new: others may have come and gone since the last poll


class NewsSpider(FeedItemSpider):
    """Crawls one source of the watch file (`source=ID`), or whatever stands at `url=...`."""

    name = "news"
    url = ""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._chooser: Chooser | None = None
        self._open = 0  # listings that are not read yet
        self._spare: tuple[str, ...] = ()  # pages of a site that are looked at when its listings are quiet
        self._only_sections = False
        self._overflowed = False
        self._waiting: list[Waiting] = []  # what earlier crawls left
        self._indexes: dict[int, tuple[Index, dict[str, bool]]] = {}  # and of children read: whether they named news

    @property
    def chooser(self) -> Chooser:
        """Decides what is fetched."""
        if self._chooser is None:
            settings = self.crawler.settings
            max_age = timedelta(seconds=settings.getfloat("WIREWATCH_MAX_AGE_S"))
            self._chooser = Chooser(self.context, max_age, settings.getint("WIREWATCH_MAX_PAGES"), self.source)
        return self._chooser

    async def start(self) -> AsyncIterator[Any]:
        """The source's address, or the one given on the command line. What earlier crawls left comes after it."""
        self._waiting = await self.context.readings.earlier()
        if self.source is not None and Kind(self.source.kind) is Kind.SITE:
            found = await self.context.runtime.state.sites.entry_points(url_key(self.source.url))
            polled = {url_key(url) for _, url in found.points}
            spare = (self.source.url, *found.sections) if found.points else ()
            self._spare = tuple(url for url in spare if url_key(url) not in polled)
            self._only_sections = all(kind == Kind.SECTION for kind, _ in found.points)
            for kind, url in found.points or ((Kind.SITE, self.source.url),):
                yield self.listing(url, Kind(kind))
        elif self.source is not None:
            yield self.listing(self.source.url, Kind(self.source.kind))
        elif self.url:
            yield self.listing(self.url if "://" in self.url else f"https://{self.url}", None)
        else:
            self.logger.error("nothing to crawl: use -a source=ID of the watch file, or -a url=https://...")

    def listing(self, url: str, kind: Kind | None, **cb_kwargs: Any) -> Request:
        """A request for what names articles; conditional, except for a front page that is explored."""
        self._open += 1
        return self.request(
            url,
            page=kind not in {Kind.FEED, Kind.SITEMAP},
            callback=self.parse_listing,
            errback=self.listing_failed,
            cb_kwargs={"kind": kind} | cb_kwargs,
            meta={} if kind is Kind.SITE else {META: url_key(url)},
            dont_filter=True,
        )

    async def parse_listing(self, response: Response, kind: Kind | None, **kwargs: Any) -> Out:
        """Reads a listing as what it is said to be; after the last one of a quiet site, its home page too."""
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
        async for out in self.after_listing():
            yield out

    async def listing_failed(self, failure: Failure) -> Out:
        """A listing that got no response. A spare one need not be there."""
        request: Request = getattr(failure, "request")  # noqa: B009  Scrapy adds it, the type does not know
        if request.cb_kwargs.get("spare"):
            self.logger.info("%s: %s", request.url, failure.value)
        else:
            await self.failed(failure)
        why = reason(failure.value or RuntimeError(), self.crawler.settings)
        self.context.readings.note(replace(self.answer(request), error=why))
        async for out in self.after_listing():
            yield out

    async def after_listing(self) -> Out:
        """What follows when all listings are read: what earlier crawls left, and requests for a site's own pages.

        These are looked at when its listings named nothing new, or too much at once.
        What they name may be less than what the site publishes: feeds stand still, sitemaps lack <lastmod>. Every
        second quiet crawl, and each where nothing but sections is polled, looks at the home page and some sections.
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
        if not self._spare or (self.chooser.unseen and not self._overflowed) or self.source is None:
            return
        spare, self._spare = self._spare, ()
        turn = await sites.next_turn(url_key(self.source.url))
        if not turn % 2 and not (self._overflowed or self._only_sections):
            return
        home = spare[:1] if spare[0] == self.source.url else ()
        sections = deque(spare[len(home) :])
        sections.rotate(-SPARE_SECTIONS * (turn if self._only_sections else turn // 2))
        for url in (*home, *list(sections)[:SPARE_SECTIONS]):
            yield self.listing(url, Kind.SECTION, spare=True)

    async def left_by_earlier_crawls(self) -> Out:
        """What listings named that is not dealt with yet, as if they still named it: they may not."""
        waiting, self._waiting = self._waiting, []
        by_feed: dict[int, list[Candidate]] = {}
        for one in waiting:
            if one.key not in self.context.leases.listed:
                by_feed.setdefault(one.feed, []).append(one.candidate)
        for feed, candidates in by_feed.items():
            items, others = await self.known_items(candidates, feed, listed=False) if feed else (candidates, [])
            listing = ReadListing("waiting", "", self.context.runtime.now())
            async with self.context.readings.turn:
                choice = await self.chooser.again(items, feed)
                await self.record(choice, listing, len(candidates))
            for out in (*others, *self.taken(choice)):
                yield out

    async def parse(self, response: Response) -> Out:
        """Reads whatever it is: feed, sitemap, article or front page."""
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
        """RSS, Atom, RDF or JSON Feed; a sitemap too, where a feed was expected."""
        if response.status in OK and kind_of(response) is Kind.SITEMAP:
            async for request in self.parse_sitemap(response):
                yield request
            return
        feed = await self.read(response, read_feed, content_type(response))
        if feed is not None:
            self.context.poll_hints.read(response.request, response, feed)
            if not feed.entries:
                self.odd("empty", response)
            elif not feed.candidates:
                self.odd("unusable", response, f"{response.url}: {feed.unusable}")
            before = self.chooser.unseen
            key = response.request.meta.get(META) if response.request else None
            key = key or url_key(canonical_url(response.url))
            items, others = await self.known_items(feed.candidates, key)
            async for found in self.follow(items, response, others, len(feed.candidates), feed=key):
                yield found
            if OVERFLOW <= len(feed.candidates) == self.chooser.unseen - before and was_read(response):
                self._overflowed = True
                what = f"all {len(feed.candidates)} entries of {response.url} were new: others may have been missed"
                self.context.observer.sign("incomplete", what)

    async def parse_sitemap(
        self, response: Response, depth: int = 0, parent: tuple[int, Child] | None = None, baseline: bool = False
    ) -> Out:
        """A sitemap, or an index of sitemaps: those of its children that are due.

        An index that did not change says nothing of its children: they are asked by their own conditional requests.
        `parent`: the index that named it, by URL key, and as what.
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
        """Requests for the children of a sitemap index that are due. `named`: its children, None as remembered."""
        key = response.request.meta.get(META) if response.request else None
        if key is None or named == ():
            return
        index = await self.context.runtime.state.sites.index(key)
        index = index if named is None else replace(index, children=tuple(named)[:MAX_CHILDREN])
        due = due_children(index.children, index.past, self.context.runtime.now())
        self._indexes[key] = index, {child.url: False for child in due}
        for child in due:
            baseline = child.stale and child.url not in index.past
            yield self.listing(child.url, Kind.SITEMAP, depth=depth + 1, parent=(key, child), baseline=baseline)

    async def parse_section(self, response: Response, spare: bool = False) -> Out:
        """A page that links to articles. `spare`: one that is looked at because the site's listings are quiet."""
        if spare and response.status not in {*OK, NOT_MODIFIED}:
            return
        links = await self.read(response, article_links)
        if links is not None:
            if len(links) < FEW_LINKS and await self.walled(response, "" if links else "empty"):
                unusable = ((LeftOver.UNUSABLE, len(links)),) if links else ()
                self.context.readings.note(replace(self.answer(response), named=len(links), left_over=unusable))
                return
            before = self.chooser.unseen
            async for found in self.follow(links, response):
                yield found
            new = self.chooser.unseen - before
            if spare and new and was_read(response) and self.source is not None:
                what = f"{response.url} lists {new} new article{'s' * (new > 1)} missing from the site's other listings"
                self.context.observer.sign("incomplete", what)
                await self.context.runtime.state.sites.add_entry_point(
                    url_key(self.source.url), Kind.SECTION, response.url
                )

    async def parse_site(self, response: Response) -> Out:
        """A front page: explores the site once a day, and polls what it found; at least the front page's own links."""
        if not self.usable(response):
            return
        found = await explore(self.crawler, response)
        if self.source is not None and found.points:
            await self.context.runtime.state.sites.save_entry_points(url_key(self.source.url), found)
        if found.points:
            self.context.readings.note(self.answer(response))
        for kind, url in found.points:
            yield self.listing(url, Kind(kind))
        if not found.points:
            async for request in self.parse_section(response):
                yield request

    async def parse_page(self, response: Response) -> Out:
        """One page that is watched for changes: every new text of it is an item."""
        if not self.usable(response):
            return
        article = await self.article(response, Candidate(response.url))
        self.context.readings.note(self.answer(response))
        if article is not None:
            base = canonical_url(article.canonical_url or article.url)
            yield replace(article, canonical_url=f"{base}#{article.content_hash[-12:]}")

    async def follow(
        self,
        candidates: Sequence[Candidate],
        listing: Response,
        others: Sequence[Request | Article | Looked] = (),
        named: int | None = None,
        *,
        feed: int = 0,
        baseline: bool = False,
    ) -> Out:
        """Requests for the candidates that are new; the articles themselves of those that the listing is all of.

        `others`: what edits of known items need; `named`: how many there are with them. `baseline`, `feed`: see
        Chooser.choose.
        """
        self.context.observer.listed(candidates)
        key = listing.request.meta.get(META, 0) if listing.request else 0
        async with self.context.readings.turn:
            choice = await self.chooser.choose(
                candidates, key, feed=feed, read_before=was_read(listing), baseline=baseline
            )
            await self.record(choice, self.answer(listing), len(candidates) if named is None else named)
        for out in (*others, *self.taken(choice)):
            yield out

    async def record(self, choice: Choice, listing: ReadListing, named: int) -> None:
        """Make what a listing named durable, with the record of it. Raises ArchiveError."""
        left = {reason: count for reason, count in choice.left_over.items() if count}
        new = len(choice.taken)
        known = named - new - sum(left.values())  # edits of known items too
        counted = replace(listing, named=named, new=new, known=known, left_over=tuple(left.items()))
        await self.context.readings.record(counted)

    def taken(self, choice: Choice) -> Iterator[Request | Article]:
        """Requests for the candidates that were chosen; articles, of those that their listing is all of."""
        for candidate, key in choice.taken:
            yield self.own(candidate, key) if candidate.own else self.page_of(candidate, key)

    def answer(self, answered: Response | Request) -> ReadListing:
        """The record of a listing, as far as its answer goes."""
        return answer_of(answered, self.source, self.context.runtime.now())

    async def read(self, response: Response, reader: Any, *args: Any) -> Any:
        """`reader(body, url, *args)` away from the event loop; None when there is nothing to read."""
        if not self.usable(response):
            return None
        pool = self.context.runtime.pool

        async def work(alone: bool) -> Any:
            return await pool.call(reader, response.body, response.url, *args, subject=response.url, alone=alone)

        try:
            return await self.context.quarantine.read(response.url, work)
        except ParseError as error:
            self.note(error)
            self.context.readings.note(replace(self.answer(response), error=error.message))
            self.context.leases.left_over = True  # it may only have been cut short: ask for it whole again
            await self.walled(response)
            return None

    async def walled(self, response: Response, otherwise: str = "") -> bool:
        """Whether something else stands where a listing should (or what `otherwise` says); it is noted."""
        try:
            sign = await self.context.runtime.pool.call(wall, response.body, response.url, subject=response.url)
        except ParseError:
            return False
        if sign or otherwise:
            self.odd(sign or otherwise, response)
        return bool(sign or otherwise)

    def odd(self, sign: str, response: Response, what: str = "") -> None:
        """Notes what a listing met; it is asked for whole again, so that the next crawl sees it too."""
        self.context.observer.sign(sign, what or response.url)
        self.context.leases.left_over = True

    def usable(self, response: Response) -> bool:
        """Whether a listing came and changed; what went wrong is noted."""
        self.context.observer.answered(response, self.source, self.context.runtime.now())
        if response.status == NOT_MODIFIED:
            self.context.count(unchanged=1)
            self.context.readings.note(self.answer(response))
            return False
        if response.status not in OK:
            self.context.readings.note(replace(self.answer(response), error=f"status {response.status}"))
            self.note(FetchError(f"status {response.status}", subject=response.url))
            self.context.leases.left_over = True
            return False
        return True


def was_read(response: Response) -> bool:
    """Whether a listing was read by an earlier crawl."""
    known = response.request.meta.get("listing_known") if response.request else None
    return bool(known and known.body_hash)
