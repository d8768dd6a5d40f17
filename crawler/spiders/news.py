"""The spider of every source: listings give candidates, candidates give articles.

python -m scrapy crawl news -a source=bbc-world
python -m scrapy crawl news -a url=https://example.org -O items.jsonl
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.dedupe.urls import believable_alias, canonical_url, url_key
from crawler.discover import article_links, is_article_url, read_feed, read_sitemap
from crawler.errors import ConfigError, FetchError, ParseError, Problem, WirewatchError
from crawler.items import Article, Candidate
from crawler.middlewares.conditional import META
from crawler.spiders.base import SourceSpider
from crawler.spiders.choose import Chooser
from crawler.spiders.hints import complete, hints
from crawler.spiders.sniff import Kind, kind_of
from crawler.state import Claim

_log = logging.getLogger(__name__)

MAX_CHILD_SITEMAPS = 4
_GONE = frozenset({404, 410})
_OK = range(200, 300)
_NOT_MODIFIED = 304
Out = AsyncIterator[Request | Article]


class NewsSpider(SourceSpider):
    """Crawls one source of the watch file (`source=ID`), or whatever stands at `url=...`."""

    name = "news"
    url = ""
    handle_httpstatus_list = (_NOT_MODIFIED, *range(400, 600))  # what failed is ours to tell; redirects are Scrapy's

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
        if self.source is not None:
            yield self.listing(self.source.url, self.callback_for(Kind(self.source.kind)))
        elif self.url:
            url = self.url if "://" in self.url else f"https://{self.url}"
            yield self.listing(url, self.parse)
        else:
            problem = Problem(0, 0, "nothing to crawl", "give -a source=ID of the watch file, or -a url=https://...")
            raise ConfigError((problem,), subject="news")

    def callback_for(self, kind: Kind) -> Any:
        """The method that reads a document of this kind."""
        return {
            Kind.SITE: self.parse_site,
            Kind.FEED: self.parse_feed,
            Kind.SITEMAP: self.parse_sitemap,
            Kind.SECTION: self.parse_section,
            Kind.PAGE: self.parse_page,
        }[kind]

    def listing(self, url: str, callback: Any, **cb_kwargs: Any) -> Request:
        """A conditional request for a feed, sitemap or page that names articles."""
        meta = {META: url_key(url)}
        return self.request(
            url, callback=callback, errback=self.failed, cb_kwargs=cb_kwargs, meta=meta, dont_filter=True
        )

    async def parse(self, response: Response) -> Out:  # type: ignore[override]  Scrapy types it for every spider
        """Reads whatever it is: feed, sitemap, article or front page."""
        kind = kind_of(response)
        if kind is Kind.PAGE and not is_article_url(response.url):
            kind = Kind.SITE
        callback = self.parse_article if kind is Kind.PAGE else self.callback_for(kind)
        async for out in callback(response):
            yield out

    async def parse_feed(self, response: Response) -> Out:
        """RSS, Atom, RDF or JSON Feed."""
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        feed = await self.read(response, read_feed, content_type)
        if feed is not None:
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
            for url in sitemap.newest(self.newsroom.runtime.now(), limit=MAX_CHILD_SITEMAPS):
                yield self.listing(url, self.parse_sitemap, depth=1)

    async def parse_section(self, response: Response) -> Out:
        """A page that links to articles."""
        links = await self.read(response, article_links)
        if links is not None:
            async for request in self.follow(links):
                yield request

    async def parse_site(self, response: Response) -> Out:
        """A front page: its own links, and the feeds and news sitemaps that the site declares."""
        async for request in self.parse_section(response):
            yield request

    async def parse_page(self, response: Response) -> Out:
        """One page that is watched for changes: every new text of it is an item."""
        if not self.usable(response):
            return
        article = await self.article(response, Candidate(response.url))
        if article is not None:
            version = f"{article.canonical_url or article.url}#{article.content_hash[-12:]}"
            yield replace(article, canonical_url=version)

    async def parse_article(self, response: Response, candidate: Candidate | None = None, key: int = 0) -> Out:
        """One article, claimed under `key` (0: not claimed, for the shell and for single pages)."""
        ledger = self.newsroom.ledger
        keys = {key} if key else set()
        if response.status not in _OK:
            await ledger.postpone(keys, answered=response.status in _GONE)
            self.note(FetchError(f"status {response.status}", subject=response.url))
            return
        keys |= await self.aliases(response.request.url if response.request else response.url, response.url)
        if keys and not await self.claimed(keys):
            return
        article = await self.article(response, candidate or Candidate(response.url), keys)
        if article is None:
            return
        keys |= await self.aliases(response.url, article.canonical_url)
        if not await self.claimed(keys):
            return
        ledger.remember_aliases(article, keys)
        yield article

    async def aliases(self, url: str, alias: str) -> set[int]:
        """The key of `alias` where it may stand for `url`."""
        if not alias or not believable_alias(url, alias):
            return set()
        return {url_key(canonical_url(alias))}

    async def claimed(self, keys: set[int]) -> bool:
        """Whether all `keys` are ours now. When the article is known under one of them, they all become known."""
        ledger = self.newsroom.ledger
        claims = [await ledger.claim(key) for key in keys - ledger.held]
        if Claim.SEEN in claims:
            self.newsroom.count(unchanged=1)
            await ledger.settle(keys)
            return False
        if Claim.TAKEN in claims:
            await ledger.give_back(keys & ledger.held)
            return False
        return True

    async def article(self, response: Response, candidate: Candidate, keys: set[int] = frozenset()) -> Article | None:  # type: ignore[assignment]
        """What the page gives, in an extraction process; None, with a line in the log, when it is no article."""
        runtime = self.newsroom.runtime
        try:
            extraction = await runtime.pool.examine(
                response.body, response.url, hints(self.source, response, runtime.now())
            )
        except ParseError as error:
            self.note(error)
            await self.newsroom.ledger.postpone(keys, answered=True)
            return None
        if extraction.article is None:
            _log.info("no article (%s): %s", extraction.reason, response.url)
            self.crawler.stats.inc_value(f"news/no_article/{extraction.reason}")
            await self.newsroom.ledger.postpone(keys, answered=True)
            return None
        return complete(extraction.article, candidate, self.source)

    async def follow(self, candidates: Sequence[Candidate]) -> AsyncIterator[Request]:
        """Requests for the candidates that are new."""
        for candidate, key in await self.chooser.choose(candidates):
            yield self.request(
                candidate.url,
                callback=self.parse_article,
                errback=self.failed,
                cb_kwargs={"candidate": candidate, "key": key},
                dont_filter=True,
            )

    async def read(self, response: Response, reader: Any, *args: Any) -> Any:
        """`reader(body, url, *args)` away from the event loop; None when there is nothing to read."""
        if not self.usable(response):
            return None
        try:
            return await self.newsroom.runtime.pool.call(
                reader, response.body, response.url, *args, subject=response.url
            )
        except ParseError as error:
            self.note(error)
            return None

    def usable(self, response: Response) -> bool:
        """Whether a listing came and changed; what went wrong is noted."""
        if response.status == _NOT_MODIFIED:
            self.newsroom.count(unchanged=1)
            return False
        if response.status not in _OK:
            self.note(FetchError(f"status {response.status}", subject=response.url))
            return False
        return True

    def note(self, error: WirewatchError) -> None:
        """One clear line in the log and in the history."""
        _log.warning("%s", error)
        self.newsroom.count(failed=1)
        self.newsroom.note_error(error)

    async def failed(self, failure: Failure) -> None:
        """A request that got no response."""
        request: Request = failure.request  # type: ignore[attr-defined]  Scrapy adds it
        reason = " ".join(str(failure.value).split())[:300] or failure.type.__name__
        self.note(FetchError(reason, subject=request.url))
        key = request.cb_kwargs.get("key")
        if key:
            await self.newsroom.ledger.postpone({key}, answered=False)
