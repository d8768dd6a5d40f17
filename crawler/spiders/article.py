"""Reading articles: from a response to an item, or to a logged reason why the page is not an article.

The spider of one page fetches exactly the address that was requested:
python -m scrapy crawl page -a source=bbc-world -a url=https://www.bbc.example/world/12345
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from scrapy import Request
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from twisted.python.failure import Failure

from crawler.archive import Page
from crawler.dedupe.urls import believable_alias, canonical_url, registered_domain, url_key
from crawler.errors import FetchError, NotAttemptedError, ParseError, QuarantinedError, StateError, WirewatchError
from crawler.extensions.items import ArticleItem, RevisitItem, raw_page
from crawler.extensions.observer import failure_reason, status_reason
from crawler.extensions.quarantine import MAX_TRIES
from crawler.extract.boilerplate.learned import Traits
from crawler.extract.layout import shape
from crawler.extract.page.hints import Hints
from crawler.extract.page.pagination import MAX_PAGES, join
from crawler.health.canary import Stage
from crawler.health.evidence import FORBIDDEN
from crawler.items import Article, Candidate, Extraction
from crawler.spiders.base import SourceSpider, failed_request
from crawler.spiders.choose import Chooser
from crawler.spiders.metadata import complete, hints
from crawler.state import Claim
from crawler.state.boilerplate import RING
from crawler.unanswered import is_unanswered

Out = AsyncIterator[Request | ArticleItem | RevisitItem]

OK = range(200, 300)
NOT_MODIFIED = 304
LESSON_EVERY = 4  # pages of a site, once its memory is full
_GONE = frozenset({404, 410})
_log = logging.getLogger(__name__)


class Reading(NamedTuple):
    """What was read from an article's pages. `pages`: the raw pages, if the archive keeps them."""

    extraction: Extraction
    traits: Traits  # of the first page
    pages: tuple[Page, ...] = ()


class ArticleSpider(SourceSpider):
    """A spider that can read an article's page. The base for a spider of your own for one site."""

    handle_httpstatus_list = (NOT_MODIFIED, *range(400, 600))  # we report failures; redirects are left to Scrapy

    def __init__(self, **kwargs: Any) -> None:
        self._boilerplate: dict[str, frozenset[str]] = {}
        self._lessons: Counter[str] = Counter()
        super().__init__(**kwargs)

    def page_of(self, candidate: Candidate, key: int) -> Request:
        """Return a request for a chosen candidate, claimed under `key`."""
        return self.request(
            candidate.url,
            callback=self.parse_article,
            errback=self.failed,
            cb_kwargs={"candidate": candidate, "key": key},
            dont_filter=True,
        )

    async def parse_article(self, response: Response, candidate: Candidate | None = None, key: int = 0) -> Out:
        """Yield the article of a response, claimed under `key` (0: not claimed yet, as in the shell)."""
        leases = self.context.leases
        keys = {key} if key else set()
        if response.status not in OK:
            self.note(FetchError(f"status {response.status}", subject=response.url))
            tries = await leases.postpone(keys, final=response.status in _GONE)
            self.context.observer.no_article(status_reason(response.status), tries)
            return
        keys |= alias_key(response.request.url if response.request else response.url, response.url)
        if not await self.claimed(keys):
            return
        item = await self.article(response, candidate or Candidate(response.url), {key} if key else keys)
        if item is None:  # the target of a redirect may be a wall to which other articles redirect too
            await leases.release(keys & leases.held)
            return
        keys |= alias_key(response.url, item.article.canonical_url)
        if await self.claimed(keys):
            yield self.with_aliases(item, keys)

    def with_aliases(self, item: ArticleItem, keys: Collection[int]) -> ArticleItem:
        """Return an item with the keys of all addresses that led to it."""
        return replace(item, aliases=frozenset(keys))

    async def claimed(self, keys: set[int]) -> bool:
        """Claim all `keys` and return whether they are ours. If one was seen before, all of them become seen."""
        leases = self.context.leases
        claims = [await leases.claim(key) for key in keys - leases.held]
        if Claim.SEEN in claims:
            self.context.count(unchanged=1)
            await leases.settle(keys)
            return False
        if Claim.TAKEN in claims:
            await leases.give_back(keys & leases.held)
            return False
        return True

    async def article(
        self, response: Response, candidate: Candidate, keys: Collection[int] = (), *, again: bool = False
    ) -> ArticleItem | None:
        """Read a page in an extraction process; None, with a line in the log, if it is not an article.

        `again`: the page was read before, so that it says nothing new about its source's health.
        """
        context, fetched = self.context, self.context.runtime.now()
        site = registered_domain(response.url)
        await context.pass_stage(Stage.FETCHED, response.url)
        learned = await self.learned(site)
        page_hints = hints(self.source, response, context.runtime.now(), learned, candidate.authors)
        try:
            reading = await self.whole(response, page_hints, candidate.listed_in)
        except QuarantinedError as error:
            self.note(error)
            context.observer.no_article("broken", MAX_TRIES)
            await context.leases.settle(keys)
            return None
        except NotAttemptedError as error:
            if not context.ending.is_set():
                self.note(error)
            await context.leases.give_back(keys)
            return None
        except ParseError as error:
            self.note(error)
            context.observer.no_article("broken", await context.leases.postpone(keys, final=True))
            return None
        extraction = reading.extraction
        if extraction.article is None:
            _log.info("not an article (%s): %s", extraction.reason, response.url)
            self.crawler.stats.inc_value(f"news/no_article/{extraction.reason}")
            tries = await context.leases.postpone(keys, final=True)
            if not again:
                context.observer.no_article(extraction.reason, tries)
            return None
        if not again:
            context.observer.article(extraction.article)
        if not context.is_canary:  # other sources on this machine are on the same site
            await self.learn(site, reading.traits, extraction.article)
        article = identified(replace(complete(extraction.article, candidate, self.source), fetched=fetched))
        return ArticleItem(article, pages=reading.pages)

    async def whole(self, response: Response, page_hints: Hints, listing: str = "") -> Reading:
        """Read an article with its following pages, at most MAX_PAGES. Raises ParseError if the first one fails."""
        first, traits = await self.examine(response, page_hints, listing)
        pages, responses = [first], [response]
        visited = {response.url}
        while (url := pages[-1].next_page) and url not in visited and len(pages) < MAX_PAGES:
            visited.add(url)
            try:
                following = await self.crawler.engine.download_async(self.request(url, callback=NO_CALLBACK))
                if following.status not in OK:
                    break
                pages.append((await self.examine(following, page_hints, listing))[0])
                responses.append(following)
            except Exception as error:  # noqa: BLE001  whatever it was, the pages before it are an article
                _log.info("page %d of %s is missing: %s", len(pages) + 1, response.url, error)
                break
        runtime, raw = self.context.runtime, tuple[Page, ...]()
        if first.article is not None and runtime.watch.archive.pages:
            raw = tuple(raw_page(one, runtime.now()) for one in responses)
        return Reading(join(pages) if len(pages) > 1 else first, traits, raw)

    async def examine(self, response: Response, page_hints: Hints, listing: str) -> tuple[Extraction, Traits]:
        """Extract one page in an extraction process. Raises ParseError, and QuarantinedError after three crashes."""
        work = partial(self.in_process, response, page_hints)
        return await self.context.quarantine.read(response.url, work, listing=listing)

    async def in_process(self, response: Response, page_hints: Hints, alone: bool) -> tuple[Extraction, Traits]:
        """Extract a page in an extraction process; a spider of your own may override this."""
        pool = self.context.runtime.pool
        return await pool.examine(response.body, response.url, page_hints, alone=alone)

    async def learned(self, site: str) -> frozenset[str]:
        """Return the boilerplate that was learned about a site."""
        if site not in self._boilerplate:
            self._boilerplate[site] = frozenset(await self.context.runtime.state.boilerplate.lines(site))
        return self._boilerplate[site]

    async def learn(self, site: str, traits: Traits, article: Article) -> None:
        """Learn from a page which blocks its site repeats, and whether the site's layout has changed.

        The first pages of a crawl fill the memory of a site; from then on one page in LESSON_EVERY is enough.
        """
        count = self._lessons[site]
        self._lessons[site] += 1
        if count >= RING and count % LESSON_EVERY:
            return
        runtime = self.context.runtime
        lesson = await runtime.state.boilerplate.learn(site, traits, shape(article))
        if lesson.boilerplate_changed:
            self._boilerplate.pop(site, None)
        if lesson.layout_change:
            self.crawler.stats.inc_value("news/layout_change_count")
            runtime.report(
                f"{site} may have a new layout: {lesson.layout_change}. Run `wirewatch try URL` to preview a page"
            )

    async def failed(self, failure: Failure) -> None:
        """Log a request that got no response, and postpone its page. One that was dropped is left to the next crawl."""
        if self.was_dropped(failure):
            self.context.leases.left_over = True
            return
        request = failed_request(failure)
        why = failure_reason(failure.value or RuntimeError(), self.crawler.settings)
        self.note(FetchError(why, subject=request.url))
        key = request.cb_kwargs.get("key")
        self.context.leases.left_over = True
        if not key:
            if why == FORBIDDEN:
                self.context.observer.signal("robots", request.url)
            return
        with contextlib.suppress(StateError):  # without Redis the lease runs out by itself
            tries = await self.context.leases.postpone({key}, final=False, answered=not is_unanswered(why))
            self.context.observer.no_article("robots" if why == FORBIDDEN else "broken", tries)

    def was_dropped(self, failure: Failure) -> bool:
        """Return whether a request failed only because the process is ending."""
        return self.context.ending.is_set() or isinstance(failure.value, asyncio.CancelledError)

    def note(self, error: WirewatchError) -> None:
        """Log an error and record it in the run history."""
        _log.warning("%s", error)
        self.context.count(failed=1)
        self.context.note_error(error)


class PageSpider(ArticleSpider):
    """Fetches `url` as an article of `source`: same headers, gate, robots.txt, pipelines and seen-set as its crawls.

    A page that was seen before counts as unchanged. Its runs are not polls of the source.
    """

    name = "page"
    run_prefix = "fetch:"

    async def start(self) -> AsyncIterator[Any]:
        """Yield a request for the page, unless it was seen before or another crawl has claimed it."""
        if self.source is None or not self.url:
            self.logger.error("nothing to fetch: use -a source=ID of the watch file and -a url=https://...")
            return
        chooser = Chooser(self.context, timedelta.max, 1, self.source)
        for candidate, key in (await chooser.choose([Candidate(self.url)])).taken:
            yield self.page_of(candidate, key)


def identified(article: Article) -> Article:
    """Return the article under its canonical address: the one that the page declares, if credible, else its own."""
    own = article.canonical_url if believable_alias(article.url, article.canonical_url) else article.url
    return replace(article, canonical_url=canonical_url(own))


def alias_key(url: str, alias: str) -> set[int]:
    """Return the key of `alias` if it is a credible alias of `url`, else nothing."""
    return {url_key(canonical_url(alias))} if alias and believable_alias(url, alias) else set()
