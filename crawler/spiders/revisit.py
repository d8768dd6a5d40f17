"""The spider that fetches stored articles again: for edits, admitted or not, and for removals.

python -m scrapy crawl revisit -a source=bbc-world
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.archive import Visit, Visited
from crawler.archive.queries.corrections import merged
from crawler.dedupe.urls import registered_domain, url_key
from crawler.errors import ParseError
from crawler.extensions.items import RevisitItem
from crawler.extensions.observer import failure_reason
from crawler.extensions.poll_hints import LISTING_KEY
from crawler.extract.boilerplate.learned import block_key
from crawler.items import Article
from crawler.schedule.revisit_plan import (
    Decision,
    RevisitResponse,
    Verdict,
    confirm_after,
    decide,
    is_layout_change,
    next_visit,
    retry_visit,
    version,
)
from crawler.spiders.article import OK, ArticleSpider, Reading
from crawler.spiders.base import failed_request
from crawler.spiders.metadata import hints
from crawler.unanswered import is_unanswered

AT_ONCE = 50  # articles of one run; the rest is left to the next one
LONGEST_WAIT_S = 30.0


class RevisitSpider(ArticleSpider):
    """Fetches the articles of a source that are due, at the pace that the host's budget allows."""

    name = "revisit"
    keeps_history = False  # it does not crawl the source's listings

    @property
    def plan(self) -> Sequence[timedelta]:
        """The ages at which articles of this source are fetched again."""
        return self.context.revisit_plan

    async def start(self) -> AsyncIterator[Any]:
        """Yield requests for due articles. Those beyond a host's budget stay due."""
        if self.source is None:
            self.logger.error("nothing to revisit: use -a source=ID of the watch file")
            return
        runtime = self.context.runtime
        visits = await runtime.archive.call(runtime.archive.sync.visits.due, self.source.id, runtime.now(), AT_ONCE)
        for visit in visits:
            if await self.has_budget(urlsplit(visit.article.url).netloc):
                yield self.request(
                    visit.article.url,
                    callback=self.parse_again,
                    errback=self.not_fetched,
                    cb_kwargs={"visit": visit},
                    meta={LISTING_KEY: url_key(visit.article.url)},
                    dont_filter=True,
                )

    async def has_budget(self, host: str) -> bool:
        """Wait for the host's budget for revisits; False if that would take too long."""
        gap_s = max(self.crawler.settings.getfloat("DOWNLOAD_DELAY"), self.context.crawl_delay_s.get(host, 0.0))
        is_reserved, wait_s = await self.context.runtime.state.revisits.reserve(host, gap_s, longest_s=LONGEST_WAIT_S)
        if is_reserved and wait_s:
            await asyncio.sleep(wait_s)
        return is_reserved

    async def parse_again(self, response: Response, visit: Visit) -> AsyncIterator[Request | RevisitItem]:
        """Yield what the page says about the article now."""
        site, host = registered_domain(visit.article.url), urlsplit(visit.article.url).netloc
        if delay_s := self.context.crawl_delay_s.get(host):
            await self.context.runtime.state.revisits.hold(host, delay_s)
        learned = await self.learned(site)
        reading: Reading | None = None
        if response.status in OK:
            page_hints = hints(self.source, response, self.context.runtime.now(), learned, visit.article.authors)
            try:
                reading = await self.whole(response, page_hints)
            except ParseError as error:
                self.note(error)
        before = without(visit.article, learned)
        seen = RevisitResponse(response.status, response.url, reading.extraction if reading else None)
        now = self.context.runtime.now()
        decision = decide(before, seen, visit.missing, now, confirm_after(self.plan))
        yield await self.revisited(visit, before, decision, reading)

    async def not_fetched(self, failure: Failure, visit: Visit | None = None) -> AsyncIterator[RevisitItem]:
        """Plan another visit after a request without a response, which says nothing about the article.

        If no host answered, the visit of the plan is still to be made. One that was dropped stays due.
        """
        if self.was_dropped(failure):
            return
        request = failed_request(failure)
        given: Visit = visit or request.cb_kwargs["visit"]
        now, found = self.context.runtime.now(), given.article.found
        why = failure_reason(failure.value or RuntimeError(), self.crawler.settings)
        if found is not None and is_unanswered(why) and (again := retry_visit(found, given.step, now, self.plan)):
            visited = Visited(given.article_id, now, again, given.step, missing=given.missing)
            visited = replace(visited, version=given.version or version(given.article))
            yield RevisitItem(given.article, given.story, visited)
            return
        yield await self.revisited(given, given.article, Decision(Verdict.UNREADABLE), None)

    async def revisited(
        self, visit: Visit, before: Article, decision: Decision, reading: Reading | None
    ) -> RevisitItem:
        """Return the item that makes the outcome durable."""
        after = reading.extraction.article if reading else None
        seen_before = visit.version or version(before)
        state, changed = seen_before, False
        if after is not None and decision.verdict in {Verdict.CHANGED, Verdict.SAME}:
            state = version(after)
            changed = decision.verdict is Verdict.CHANGED and state != seen_before
            storm = await self.storm(changed=changed) if not (after.live or visit.article.live) else False
            changed = changed and not storm
        visited = self.planned(visit, decision.verdict, changed=changed)
        visited = replace(visited, version=state)
        if changed and reading is not None and after is not None:
            visited = replace(
                visited,
                article=merged(visit.article, after),
                changed=decision.changed,
                admitted=decision.admitted,
                old_version=version(visit.article),
                pages=reading.pages,
            )
        return RevisitItem(visit.article, visit.story, visited)

    def planned(self, visit: Visit, verdict: Verdict, *, changed: bool) -> Visited:
        """Return when to fetch the article again, and since when its page has been missing."""
        now, found = self.context.runtime.now(), visit.article.found
        step = next((n for n, age in enumerate(self.plan) if found is not None and found + age > now), len(self.plan))
        step = max(step, visit.step + (0 if visit.article.live else 1))
        due = next_visit(found or now, step, now, self.plan, changed=changed, live=visit.article.live)
        if verdict is Verdict.REMOVED:
            return Visited(visit.article_id, now, None, step, missing=visit.missing, removed=True)
        if verdict is Verdict.MISSING:
            missing = visit.missing or now
            again = max(now, missing + confirm_after(self.plan))
            return Visited(visit.article_id, now, again, visit.step, missing=missing)
        missing_still = visit.missing if verdict is Verdict.UNREADABLE else None
        return Visited(visit.article_id, now, due, step, missing=missing_still)

    async def storm(self, *, changed: bool) -> bool:
        """Return whether the source has just changed its layout, so that its edits are ignored. Reported once."""
        assert self.source is not None
        runtime = self.context.runtime
        outcomes, going_on = await runtime.state.revisits.note(self.source.id, changed=changed)
        storm = is_layout_change(outcomes, ongoing=going_on)
        if storm != going_on and await runtime.state.revisits.storm(self.source.id, going_on=storm) and storm:
            runtime.report(
                f"{self.source.id}: nearly all articles changed at once: treated as a new layout, not as edits"
            )
        return storm


def without(article: Article, learned: frozenset[str]) -> Article:
    """Return the article without lines that were recognized as boilerplate after it was stored."""
    lines = [line for line in article.text.split("\n") if not line or block_key(line) not in learned]
    return replace(article, text="\n".join(lines)) if learned else article
