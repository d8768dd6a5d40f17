"""The spider that looks at known articles again: for edits, admitted or not, and for removals.

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
from crawler.extensions.poll_hints import META
from crawler.extract.boilerplate.learned import block_key
from crawler.items import Article, Extraction
from crawler.pipelines.matched import Looked
from crawler.schedule.revisit_plan import (
    Decision,
    RevisitResponse,
    Verdict,
    confirm_after,
    decide,
    is_layout_change,
    next_visit,
    version,
)
from crawler.spiders.article import OK, ArticleSpider
from crawler.spiders.hints import hints

AT_ONCE = 50  # articles of one run; the rest waits for the next one
LONGEST_WAIT_S = 30.0


class RevisitSpider(ArticleSpider):
    """Asks for the articles of a source that are due, as often as the host's budget allows."""

    name = "revisit"
    keeps_history = False  # it is no crawl of the source's listings

    @property
    def plan(self) -> Sequence[timedelta]:
        """When articles of this source are looked at again."""
        return self.context.revisit_plan

    async def start(self) -> AsyncIterator[Any]:
        """Requests for what is due. What a host has no room for stays due."""
        if self.source is None:
            self.logger.error("nothing to revisit: use -a source=ID of the watch file")
            return
        runtime = self.context.runtime
        visits = await runtime.archive.call(runtime.archive.sync.visits.due, self.source.id, runtime.now(), AT_ONCE)
        for visit in visits:
            if await self.has_room(urlsplit(visit.article.url).netloc):
                yield self.request(
                    visit.article.url,
                    callback=self.parse_again,
                    errback=self.gone_wrong,
                    cb_kwargs={"visit": visit},
                    meta={META: url_key(visit.article.url)},
                    dont_filter=True,
                )

    async def has_room(self, host: str) -> bool:
        """Waits for the host's share for revisits; False when that would take too long."""
        gap_s = max(self.crawler.settings.getfloat("DOWNLOAD_DELAY"), self.context.crawl_delay_s.get(host, 0.0))
        mine, wait_s = await self.context.runtime.state.revisits.reserve(host, gap_s, longest_s=LONGEST_WAIT_S)
        if mine and wait_s:
            await asyncio.sleep(wait_s)
        return mine

    async def parse_again(self, response: Response, visit: Visit) -> AsyncIterator[Request | Looked]:
        """What the page says about the article now."""
        site, host = registered_domain(visit.article.url), urlsplit(visit.article.url).netloc
        if delay_s := self.context.crawl_delay_s.get(host):
            await self.context.runtime.state.revisits.hold(host, delay_s)
        learned = await self.learned(site)
        extraction = None
        if response.status in OK:
            page_hints = hints(self.source, response, self.context.runtime.now(), learned)
            try:
                extraction, _ = await self.whole(response, page_hints)
            except ParseError as error:
                self.note(error)
        before = without(visit.article, learned)
        seen = RevisitResponse(response.status, response.url, extraction)
        now = self.context.runtime.now()
        decision = decide(before, seen, visit.missing, now, confirm_after(self.plan))
        looked = await self.looked(visit, before, decision, extraction)
        pages = self.copies.take(response.url)
        yield replace(looked, visited=replace(looked.visited, pages=pages)) if looked.visited.article else looked

    async def gone_wrong(self, failure: Failure, visit: Visit | None = None) -> AsyncIterator[Looked]:
        """No answer says nothing about the article."""
        request: Request = getattr(failure, "request")  # noqa: B009  Scrapy adds it, the type does not know
        given: Visit = visit or request.cb_kwargs["visit"]
        yield await self.looked(given, given.article, Decision(Verdict.UNREADABLE), None)

    async def looked(self, visit: Visit, before: Article, decision: Decision, extraction: Extraction | None) -> Looked:
        """The item that makes the outcome durable."""
        after = extraction.article if extraction else None
        seen_before = visit.version or version(before)
        state, changed = seen_before, False
        if after is not None and decision.verdict in {Verdict.CHANGED, Verdict.SAME}:
            state = version(after)
            changed = decision.verdict is Verdict.CHANGED and state != seen_before
            storm = await self.storm(changed=changed) if not (after.live or visit.article.live) else False
            changed = changed and not storm
        visited = self.planned(visit, decision.verdict, changed=changed)
        visited = replace(visited, version=state)
        if changed and after is not None:
            visited = replace(
                visited,
                article=merged(visit.article, after),
                changed=decision.changed,
                admitted=decision.admitted,
                old_version=version(visit.article),
            )
        return Looked(visit.article, visit.story, visited)

    def planned(self, visit: Visit, verdict: Verdict, *, changed: bool) -> Visited:
        """When to look again, and since when the page has been gone."""
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
        """Whether the source has just changed its layout: then its edits are not kept. Told once."""
        assert self.source is not None
        runtime = self.context.runtime
        outcomes, going_on = await runtime.state.revisits.note(self.source.id, changed=changed)
        storm = is_layout_change(outcomes, ongoing=going_on)
        if storm != going_on and await runtime.state.revisits.storm(self.source.id, going_on=storm) and storm:
            runtime.tell(
                f"{self.source.id}: nearly all articles changed at once: treated as a new layout, not as edits"
            )
        return storm


def without(article: Article, learned: frozenset[str]) -> Article:
    """The article without lines that have been recognised as boilerplate since it was stored."""
    lines = [line for line in article.text.split("\n") if not line or block_key(line) not in learned]
    return replace(article, text="\n".join(lines)) if learned else article
