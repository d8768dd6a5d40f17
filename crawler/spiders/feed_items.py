"""Reading the items of feeds: new ones as articles, known ones under a new link or headline as edits of an article."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from scrapy import Request
from scrapy.http import Response

from crawler.archive import Announced, Known, Visit, Visited
from crawler.dedupe.urls import canonical_url, url_key
from crawler.discover.listing import candidate_key
from crawler.errors import FetchError
from crawler.items import Article, Candidate, Extraction
from crawler.pipelines.matched import Looked
from crawler.schedule.revisit_plan import RevisitResponse, Verdict, changes, decide, is_admitted, is_another, version
from crawler.spiders.announced import alike, announced, elsewhere, same_words, sort_items
from crawler.spiders.article import OK, ArticleSpider
from crawler.spiders.own_article import own_article
from crawler.state import Claim
from crawler.text import content_hash

MAX_EDITS: Final = 20  # of one crawl: more at once are a feed whose headlines never stand still
SOON: Final = timedelta(minutes=10)
SAME_TEXT: Final = 0.3  # of one of two texts is in the other, where a guid came with another link: one article
_KEPT = ("found", "listed", "fetched", "source")  # of an article, whatever its feed says later


class FeedItemSpider(ArticleSpider):
    """A spider that knows what became of the items that it announced before."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._edits_left = MAX_EDITS

    async def known_items(
        self, items: Sequence[Candidate], feed: int, *, listed: bool = True
    ) -> tuple[list[Candidate], list[Request | Looked | Article]]:
        """The items that are to be looked for as pages are, and what the others need. Raises ArchiveError, StateError.

        `feed`: the key of the feed's address, within which guids count. `listed`: False for what earlier crawls left.
        """
        archive, leases = self.context.runtime.archive, self.context.leases
        found = await archive.call(sort_items, items, feed, archive.sync)
        leases.announced |= found.announced
        if found.noted:
            await archive.call(archive.sync.announcements.record, found.noted)
        outs: list[Request | Looked | Article] = []
        for item, before in found.edited:
            out = await self._edited(item, before, announced(item, feed), feed)
            if out is not None:
                outs.append(out)
        known = {candidate_key(item) for item in items} - {candidate_key(item) for item in found.fresh} - leases.listed
        if listed:
            leases.listed |= known
            self.context.count(found=len(known), unchanged=max(0, len(known) - len(outs)))
        return found.fresh, outs

    async def _edited(
        self, item: Candidate, before: Known, now: Announced, feed: int
    ) -> Request | Looked | Article | None:
        """What an edited item needs: its page, or, where the feed is all there is, nothing more."""
        if item.own:
            return await self._own_edit(item, before, now, feed)
        key = 0
        if canonical_url(item.url) != canonical_url(before.link or before.canonical_url):
            key = url_key(canonical_url(item.url))
            self.context.readings.names(key, item, feed)  # it may be another article
            claim = await self.context.leases.claim(key)
            if claim is Claim.SEEN:  # two addresses, both read: that they were one comes too late
                self.context.readings.dealt_with([key])
                archive = self.context.runtime.archive
                await archive.call(archive.sync.announcements.record, {before.article_id: [now]})
            if claim is not Claim.MINE:
                return None
        elif not self.context.revisit_plan:
            return None
        if not key and self._edits_left <= 0:  # it is tried again when the feed changes
            return None
        self._edits_left -= not key
        item = replace(item, listed=item.listed or self.context.runtime.now())
        return self.request(
            item.url,
            callback=self.parse_edit,
            errback=self.failed,
            cb_kwargs={"item": item, "key": key, "article_id": before.article_id, "now": now},
            dont_filter=True,
        )

    async def parse_edit(
        self, response: Response, item: Candidate, key: int, article_id: int, now: Announced
    ) -> AsyncIterator[Request | Looked | Article]:
        """The page of an item that is known under another link or headline: an edit, where its text bears it out.

        `key`: of its new address, 0 where that is the old one.
        """
        archive = self.context.runtime.archive
        visit = await archive.call(archive.sync.visits.of, article_id)
        if visit is None or (key and response.status not in OK):
            async for out in self.parse_article(response, item, key):
                yield out
            return
        if response.status not in OK:
            self.note(FetchError(f"status {response.status}", subject=response.url))
            return
        article = await self.article(response, item, {key} if key else (), again=not key)
        if article is None:
            return
        keys = {key, url_key(article.canonical_url)} if key else set()
        if not self._is_edit(visit.article, article, item, moved=bool(key)):
            # The guid was given to another item, or the page to another text.
            if key and await self.claimed(keys):
                self.context.leases.remember_aliases(article, keys)
                yield article
            elif not key:
                await archive.call(archive.sync.announcements.record, {article_id: [now]})
            return
        yield self._edit(visit, article, item, response, now, frozenset(keys))

    @staticmethod
    def _is_edit(old: Article, article: Article, item: Candidate, *, moved: bool) -> bool:
        """Whether what an item leads to is an edit of `old`. A page that keeps its address may say all anew."""
        if moved:
            return not is_another(old, article, SAME_TEXT)
        return same_words(article.title, item.title) or not is_another(old, article)

    def _edit(
        self,
        visit: Visit,
        article: Article,
        item: Candidate,
        response: Response,
        now: Announced,
        keys: frozenset[int],
    ) -> Looked:
        """The edit of an article; `keys`: of its new addresses, if it has moved."""
        old, seen = visit.article, RevisitResponse(response.status, response.url, Extraction(article))
        decision = decide(replace(old, url=response.url), seen, None, self.context.runtime.now())
        changed = decision.changed if decision.verdict is Verdict.CHANGED else ()
        if not keys and decision.verdict is Verdict.UNREADABLE and same_words(article.title, item.title):
            if not is_another(old, article):  # only the beginning is there: its headline counts
                digest = content_hash(article.title, old.text)
                article = replace(old, title=article.title, content_hash=digest)
            changed = changes(old, article)
        if not keys:
            article = replace(article, url=old.url, canonical_url=old.canonical_url)
        if not same_words(article.title, item.title) and "title" not in changed and visit.due is not None:
            # The feed is ahead of the page, which may be an old copy of it.
            visit = replace(visit, due=min(visit.due, self.context.runtime.now() + SOON))
        return self._looked(visit, article, changed, now, keys)

    async def _own_edit(self, item: Candidate, before: Known, now: Announced, feed: int) -> Looked | Article | None:
        """An item without a page whose text or headline is another."""
        runtime = self.context.runtime
        visit = await runtime.archive.call(runtime.archive.sync.visits.of, before.article_id)
        article = own_article(item, self.source, runtime.now())
        if visit is None:
            return None
        old = visit.article
        if not alike(old.title, article.title) and is_another(old, article):  # its guid names whatever is the latest
            other = elsewhere(item)
            key = url_key(f"{canonical_url(other.url)}#{other.url.partition('#')[2]}")
            self.context.readings.names(key, item, feed)
            claim = await self.context.leases.claim(key)
            if claim is Claim.SEEN:
                self.context.readings.dealt_with([key])
            if claim is not Claim.MINE:
                return None
            self.context.leases.announced[key] = now
            return self.own(replace(other, listed=item.listed or runtime.now()), key)
        article = replace(article, url=old.url, canonical_url=old.canonical_url)
        return self._looked(visit, article, changes(old, article), now)

    def own(self, item: Candidate, key: int) -> Article:
        """The article of a feed's item without a page to itself, claimed under `key`."""
        article = own_article(item, self.source, self.context.runtime.now())
        self.context.leases.remember_aliases(article, {key})
        return article

    def _looked(
        self, visit: Visit, after: Article, changed: tuple[str, ...], now: Announced, keys: frozenset[int] = frozenset()
    ) -> Looked:
        old = visit.article
        after = replace(after, **{name: getattr(old, name) for name in _KEPT})
        visited = Visited(
            visit.article_id,
            self.context.runtime.now(),
            visit.due,
            visit.step,
            version=version(after) if changed else visit.version,
            article=after,
            changed=changed,
            admitted=is_admitted(old, after),
            old_version=version(old),
            pages=self.copies.take(after.url) if changed else (),
            announced=now,
        )
        return Looked(old, visit.story, visited, keys)
