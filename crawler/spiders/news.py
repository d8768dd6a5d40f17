"""The spider of every source: listings give candidates, candidates give articles.

python -m scrapy crawl news -a source=bbc-world
python -m scrapy crawl news -a url=https://example.org -O items.jsonl
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawler.dedupe.urls import canonical_url, url_key
from crawler.discover.feeds import read_feed
from crawler.discover.links import article_links
from crawler.discover.sitemap_choice import newest_children
from crawler.discover.sitemaps import read_sitemap
from crawler.discover.url_shape import is_article_url
from crawler.errors import FetchError, ParseError
from crawler.extensions.asked import META
from crawler.extract.walls import wall
from crawler.items import Candidate
from crawler.spiders.article import NOT_MODIFIED, OK, ArticleSpider, Out
from crawler.spiders.choose import Chooser
from crawler.spiders.explore import explore
from crawler.spiders.sniff import Kind, content_type, kind_of

FEW_LINKS = 3  # of a page that should list articles: it may be something else


class NewsSpider(ArticleSpider):
    """Crawls one source of the watch file (`source=ID`), or whatever stands at `url=...`."""

    name = "news"
    url = ""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._chooser: Chooser | None = None

    @property
    def chooser(self) -> Chooser:
        """Decides what is fetched."""
        if self._chooser is None:
            settings = self.crawler.settings
            max_age = timedelta(seconds=settings.getfloat("WIREWATCH_MAX_AGE_S"))
            self._chooser = Chooser(self.newsroom, max_age, settings.getint("WIREWATCH_MAX_PAGES"), self.source)
        return self._chooser

    async def start(self) -> AsyncIterator[Any]:
        """The source's address, or the one given on the command line."""
        if self.source is not None and Kind(self.source.kind) is Kind.SITE:
            points = await self.newsroom.runtime.state.sites.entry_points(url_key(self.source.url))
            for kind, url in points or ((Kind.SITE, self.source.url),):
                yield self.listing(url, Kind(kind))
        elif self.source is not None:
            yield self.listing(self.source.url, Kind(self.source.kind))
        elif self.url:
            yield self.listing(self.url if "://" in self.url else f"https://{self.url}", None)
        else:
            self.logger.error("nothing to crawl: give -a source=ID of the watch file, or -a url=https://...")

    def listing(self, url: str, kind: Kind | None, **cb_kwargs: Any) -> Request:
        """A request for what names articles; conditional, except for a front page that is explored."""
        callback = {
            Kind.SITE: self.parse_site,
            Kind.FEED: self.parse_feed,
            Kind.SITEMAP: self.parse_sitemap,
            Kind.SECTION: self.parse_section,
            Kind.PAGE: self.parse_page,
            None: self.parse,
        }[kind]
        meta = {} if kind is Kind.SITE else {META: url_key(url)}
        page = kind not in {Kind.FEED, Kind.SITEMAP}
        return self.request(
            url, page=page, callback=callback, errback=self.failed, cb_kwargs=cb_kwargs, meta=meta, dont_filter=True
        )

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
        """RSS, Atom, RDF or JSON Feed."""
        feed = await self.read(response, read_feed, content_type(response))
        if feed is not None:
            self.newsroom.asked.read(response.request, response, feed)
            if not feed.entries:
                self.odd("empty", response)
            async for request in self.follow(feed.candidates):
                yield request

    async def parse_sitemap(self, response: Response, depth: int = 0) -> Out:
        """A sitemap, or an index of sitemaps of which the newest are read."""
        sitemap = await self.read(response, read_sitemap)
        if sitemap is None:
            return
        async for request in self.follow(sitemap.candidates):
            yield request
        if depth == 0:
            for url in newest_children(sitemap.children, self.newsroom.runtime.now()):
                yield self.listing(url, Kind.SITEMAP, depth=1)

    async def parse_section(self, response: Response) -> Out:
        """A page that links to articles."""
        links = await self.read(response, article_links)
        if links is not None:
            if len(links) < FEW_LINKS and await self.walled(response, "" if links else "empty"):
                return
            async for request in self.follow(links):
                yield request

    async def parse_site(self, response: Response) -> Out:
        """A front page: explores the site once a day, and polls what it found; at least the front page's own links."""
        if not self.usable(response):
            return
        points = await explore(self.crawler, response)
        if self.source is not None and points:
            await self.newsroom.runtime.state.sites.save_entry_points(url_key(self.source.url), points)
        for kind, url in points:
            yield self.listing(url, Kind(kind))
        if not points:
            async for request in self.parse_section(response):
                yield request

    async def parse_page(self, response: Response) -> Out:
        """One page that is watched for changes: every new text of it is an item."""
        if not self.usable(response):
            return
        article = await self.article(response, Candidate(response.url))
        if article is not None:
            base = canonical_url(article.canonical_url or article.url)
            yield replace(article, canonical_url=f"{base}#{article.content_hash[-12:]}")

    async def follow(self, candidates: Sequence[Candidate]) -> AsyncIterator[Request]:
        """Requests for the candidates that are new."""
        self.newsroom.observer.listed(candidates)
        for candidate, key in await self.chooser.choose(candidates):
            yield self.page_of(candidate, key)

    async def read(self, response: Response, reader: Any, *args: Any) -> Any:
        """`reader(body, url, *args)` away from the event loop; None when there is nothing to read."""
        if not self.usable(response):
            return None
        pool = self.newsroom.runtime.pool

        async def work(alone: bool) -> Any:
            return await pool.call(reader, response.body, response.url, *args, subject=response.url, alone=alone)

        try:
            return await self.newsroom.quarantine.read(response.url, work)
        except ParseError as error:
            self.note(error)
            self.newsroom.ledger.left_over = True  # it may only have been cut short: ask for it whole again
            await self.walled(response)
            return None

    async def walled(self, response: Response, otherwise: str = "") -> bool:
        """Whether something else stands where a listing should (or what `otherwise` says); it is noted."""
        try:
            sign = await self.newsroom.runtime.pool.call(wall, response.body, response.url, subject=response.url)
        except ParseError:
            return False
        if sign or otherwise:
            self.odd(sign or otherwise, response)
        return bool(sign or otherwise)

    def odd(self, sign: str, response: Response) -> None:
        """Notes what a listing met; it is asked for whole again, so that the next crawl sees it too."""
        self.newsroom.observer.sign(sign, response.url)
        self.newsroom.ledger.left_over = True

    def usable(self, response: Response) -> bool:
        """Whether a listing came and changed; what went wrong is noted."""
        self.newsroom.observer.answered(response, self.source, self.newsroom.runtime.now())
        if response.status == NOT_MODIFIED:
            self.newsroom.count(unchanged=1)
            return False
        if response.status not in OK:
            self.note(FetchError(f"status {response.status}", subject=response.url))
            self.newsroom.ledger.left_over = True
            return False
        return True
