"""Reading articles: from a response to an item, or to a clear reason why there is none."""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from functools import partial
from typing import Any

from scrapy import Request
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from twisted.python.failure import Failure

from crawler.dedupe.urls import believable_alias, canonical_url, registered_domain, url_key
from crawler.errors import FetchError, NotAttemptedError, ParseError, QuarantinedError, StateError, WirewatchError
from crawler.extensions.copies import Copies
from crawler.extensions.failures import reason
from crawler.extensions.observer import status_reason
from crawler.extensions.quarantine import MAX_TRIES
from crawler.extract.boilerplate.learned import Traits
from crawler.extract.layout import shape
from crawler.extract.page.hints import Hints
from crawler.extract.page.pagination import MAX_PAGES, join
from crawler.health.evidence import FORBIDDEN
from crawler.items import Article, Candidate, Extraction
from crawler.pipelines.matched import Looked
from crawler.spiders.base import SourceSpider
from crawler.spiders.hints import complete, hints
from crawler.state import Claim
from crawler.state.boilerplate import RING

Out = AsyncIterator[Request | Article | Looked]

OK = range(200, 300)
NOT_MODIFIED = 304
LESSON_EVERY = 4
_GONE = frozenset({404, 410})
_log = logging.getLogger(__name__)


class ArticleSpider(SourceSpider):
    """A spider that knows how to read an article's page. The base for a spider of your own for one site."""

    handle_httpstatus_list = (NOT_MODIFIED, *range(400, 600))  # what failed is ours to tell; redirects are Scrapy's

    def __init__(self, **kwargs: Any) -> None:
        self._boilerplate: dict[str, frozenset[str]] = {}
        self._lessons: Counter[str] = Counter()
        self.copies = Copies()
        super().__init__(**kwargs)

    def page_of(self, candidate: Candidate, key: int) -> Request:
        """A request for an article that was chosen, claimed under `key`."""
        return self.request(
            candidate.url,
            callback=self.parse_article,
            errback=self.failed,
            cb_kwargs={"candidate": candidate, "key": key},
            dont_filter=True,
        )

    async def parse_article(self, response: Response, candidate: Candidate | None = None, key: int = 0) -> Out:
        """One article, claimed under `key` (0: not claimed yet, as in the shell)."""
        leases = self.context.leases
        keys = {key} if key else set()
        if response.status not in OK:
            self.note(FetchError(f"status {response.status}", subject=response.url))
            tries = await leases.postpone(keys, answered=response.status in _GONE)
            self.context.observer.no_article(status_reason(response.status), tries)
            return
        keys |= alias_key(response.request.url if response.request else response.url, response.url)
        if not await self.claimed(keys):
            return
        article = await self.article(response, candidate or Candidate(response.url), {key} if key else keys)
        if article is None:  # where it was led to may be a wall that other articles lead to as well
            await leases.release(keys & leases.held)
            return
        keys |= alias_key(response.url, article.canonical_url)
        if await self.claimed(keys):
            leases.remember_aliases(article, keys)
            yield article

    async def claimed(self, keys: set[int]) -> bool:
        """Whether all `keys` are ours now. When the article is known under one of them, they all become known."""
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
    ) -> Article | None:
        """What the page gives, in an extraction process; None, with a line in the log, when it is no article.

        `again`: of a page that was read before, which says nothing new about its source's health.
        """
        context, fetched = self.context, self.context.runtime.now()
        site = registered_domain(response.url)
        learned = await self.learned(site)
        page_hints = hints(self.source, response, context.runtime.now(), learned)
        try:
            extraction, traits = await self.whole(response, page_hints, candidate.listed_in)
        except QuarantinedError as error:
            self.note(error)
            context.observer.no_article("broken", MAX_TRIES)
            await context.leases.settle(keys)
            return None
        except NotAttemptedError as error:
            self.note(error)
            await context.leases.give_back(keys)
            return None
        except ParseError as error:
            self.note(error)
            context.observer.no_article("broken", await context.leases.postpone(keys, answered=True))
            return None
        if extraction.article is None:
            _log.info("not an article (%s): %s", extraction.reason, response.url)
            self.crawler.stats.inc_value(f"news/no_article/{extraction.reason}")
            tries = await context.leases.postpone(keys, answered=True)
            if not again:
                context.observer.no_article(extraction.reason, tries)
            return None
        if not again:
            context.observer.article(extraction.article)
        await self.learn(site, traits, extraction.article)
        return identified(replace(complete(extraction.article, candidate, self.source), fetched=fetched))

    async def whole(self, response: Response, page_hints: Hints, listing: str = "") -> tuple[Extraction, Traits]:
        """The article with its following pages, at most MAX_PAGES, and the traits of the first.

        Raises ParseError when the first one breaks.
        """
        first, traits = await self.examine(response, page_hints, listing)
        pages, responses = [first], [response]
        met = {response.url}
        while (url := pages[-1].next_page) and url not in met and len(pages) < MAX_PAGES:
            met.add(url)
            try:
                following = await self.crawler.engine.download_async(self.request(url, callback=NO_CALLBACK))
                if following.status not in OK:
                    break
                pages.append((await self.examine(following, page_hints, listing))[0])
                responses.append(following)
            except Exception as error:  # noqa: BLE001  whatever it was, what came before is an article
                _log.info("page %d of %s is missing: %s", len(pages) + 1, response.url, error)
                break
        runtime = self.context.runtime
        if first.article is not None and runtime.watch.archive.pages:
            self.copies.note(response.url, responses, runtime.now())
        return join(pages) if len(pages) > 1 else first, traits

    async def examine(self, response: Response, page_hints: Hints, listing: str) -> tuple[Extraction, Traits]:
        """Extract one page in an extraction process. Raises ParseError, and QuarantinedError after three crashes."""
        work = partial(self.in_process, response, page_hints)
        return await self.context.quarantine.read(response.url, work, listing=listing)

    async def in_process(self, response: Response, page_hints: Hints, alone: bool) -> tuple[Extraction, Traits]:
        """Has a page read by an extraction process; a spider of your own may read it in another way."""
        pool = self.context.runtime.pool
        return await pool.examine(response.body, response.url, page_hints, alone=alone)

    async def learned(self, site: str) -> frozenset[str]:
        """The boilerplate that was learned about a site."""
        if site not in self._boilerplate:
            self._boilerplate[site] = frozenset(await self.context.runtime.state.boilerplate.lines(site))
        return self._boilerplate[site]

    async def learn(self, site: str, traits: Traits, article: Article) -> None:
        """Learns from a page what its site repeats, and whether the site's layout has changed.

        A crawl of many pages of a site has filled the memory of it with the first; then one in a few is enough.
        """
        met = self._lessons[site]
        self._lessons[site] += 1
        if met >= RING and met % LESSON_EVERY:
            return
        runtime = self.context.runtime
        lesson = await runtime.state.boilerplate.learn(site, traits, shape(article))
        if lesson.boilerplate_changed:
            self._boilerplate.pop(site, None)
        if lesson.layout_change:
            self.crawler.stats.inc_value("news/layout_change_count")
            runtime.tell(
                f"{site} may have a new layout: {lesson.layout_change}. Run `wirewatch try URL` to preview a page"
            )

    async def failed(self, failure: Failure) -> None:
        """A request that got no response: one clear line, and a later attempt."""
        request: Request = getattr(failure, "request")  # noqa: B009  Scrapy adds it, the type does not know
        why = reason(failure.value or RuntimeError(), self.crawler.settings)
        self.note(FetchError(why, subject=request.url))
        key = request.cb_kwargs.get("key")
        self.context.leases.left_over = True
        if not key:
            if why == FORBIDDEN:
                self.context.observer.sign("robots", request.url)
            return
        with contextlib.suppress(StateError):  # without Redis the lease runs out by itself
            tries = await self.context.leases.postpone({key}, answered=False)
            self.context.observer.no_article("robots" if why == FORBIDDEN else "broken", tries)

    def note(self, error: WirewatchError) -> None:
        """One clear line in the log and in the history."""
        _log.warning("%s", error)
        self.context.count(failed=1)
        self.context.note_error(error)


def identified(article: Article) -> Article:
    """The article under its canonical address: the page's own word where it can be believed, else where it stood."""
    own = article.canonical_url if believable_alias(article.url, article.canonical_url) else article.url
    return replace(article, canonical_url=canonical_url(own))


def alias_key(url: str, alias: str) -> set[int]:
    """The key of `alias` where it may stand for `url`; empty otherwise."""
    return {url_key(canonical_url(alias))} if alias and believable_alias(url, alias) else set()
