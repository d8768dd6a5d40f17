"""Reading feed items: new ones as articles; those listed before, with a new link or headline, as edits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from scrapy import Request
from scrapy.http import Response

from crawler.archive import FeedItem, ListedItem, Page, Visit, Visited
from crawler.dedupe.urls import canonical_url, url_key
from crawler.discover.listing import candidate_key
from crawler.errors import FetchError
from crawler.extensions.items import ArticleItem, RevisitItem
from crawler.items import Article, Candidate, Extraction
from crawler.schedule.revisit_plan import RevisitResponse, Verdict, changes, decide, is_admitted, is_another, version
from crawler.spiders.announced import alike, at_own_address, feed_item_of, same_words, sort_items
from crawler.spiders.article import OK, ArticleSpider
from crawler.spiders.metadata import feed_article
from crawler.state import Claim
from crawler.text import content_hash

MAX_EDITS: Final = 20  # of one crawl: more at once are a feed whose headlines change all the time
SOON: Final = timedelta(minutes=10)
SAME_TEXT: Final = 0.3  # share of one text in the other, if a guid has a new link: then they are one article
_KEPT = ("found", "listed", "fetched", "source")  # fields that an edit never changes


class FeedItemSpider(ArticleSpider):
    """A spider that recognizes feed items that were listed before."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._edits_left = MAX_EDITS
        self._feed_items: dict[int, FeedItem] = {}  # by URL key: the feed item that named the page

    def with_aliases(self, item: ArticleItem, keys: Collection[int]) -> ArticleItem:
        """Return an item with the keys of all addresses that led to it, and the feed item that named one of them."""
        item = super().with_aliases(item, keys)
        named = (self._feed_items[key] for key in item.keys if key in self._feed_items)
        return replace(item, feed_item=next(named, None))

    async def sorted_items(
        self, items: Sequence[Candidate], feed: int, *, listed: bool = True
    ) -> tuple[list[Candidate], list[Request | RevisitItem | ArticleItem]]:
        """Return the items to fetch as pages, and requests and items for edited ones. Raises ArchiveError, StateError.

        `feed`: the key of the feed's address; guids are unique within it. `listed`: False for items that earlier
        crawls left over.
        """
        archive, leases = self.context.runtime.archive, self.context.leases
        found = await archive.call(sort_items, items, feed, archive.sync)
        self._feed_items |= found.feed_items
        if found.more_guids:
            await archive.call(archive.sync.feed_items.record, found.more_guids)
        outs: list[Request | RevisitItem | ArticleItem] = []
        for item, before in found.edited:
            out = await self._edited(item, before, feed_item_of(item, feed), feed)
            if out is not None:
                outs.append(out)
        known = {candidate_key(item) for item in items} - {candidate_key(item) for item in found.fresh} - leases.listed
        if listed:
            leases.listed |= known
            self.context.count(found=len(known), unchanged=max(0, len(known) - len(outs)))
        return found.fresh, outs

    async def _edited(
        self, item: Candidate, before: ListedItem, now: FeedItem, feed: int
    ) -> Request | RevisitItem | ArticleItem | None:
        """Return a request for the page of an edited item, or the edit itself if the item has no page."""
        if item.own:
            return await self._own_edit(item, before, now, feed)
        key = 0
        if canonical_url(item.url) != canonical_url(before.link or before.canonical_url):
            key = url_key(canonical_url(item.url))
            self.context.readings.add_candidate(key, item, feed)  # it may be another article
            claim = await self.context.leases.claim(key)
            if claim is Claim.SEEN:  # both addresses were fetched already: too late to make them one article
                self.context.readings.processed([key])
                archive = self.context.runtime.archive
                await archive.call(archive.sync.feed_items.record, {before.article_id: [now]})
            if claim is not Claim.MINE:
                return None
        elif not self.context.revisit_plan:
            return None
        if not key and self._edits_left <= 0:  # retried when the feed changes
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
        self, response: Response, item: Candidate, key: int, article_id: int, now: FeedItem
    ) -> AsyncIterator[Request | RevisitItem | ArticleItem]:
        """Yield what the page of an item with a new link or headline is: an edit, if its text confirms that.

        `key`: of its new address, 0 if the address has not changed.
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
        read = await self.article(response, item, {key} if key else (), again=not key)
        if read is None:
            return
        article = read.article
        keys = {key, url_key(article.canonical_url)} if key else set()
        if not self._is_edit(visit.article, article, item, moved=bool(key)):
            # The guid was reused for another item, or the page for another text.
            if key and await self.claimed(keys):
                yield self.with_aliases(read, keys)
            elif not key:
                await archive.call(archive.sync.feed_items.record, {article_id: [now]})
            return
        yield self._edit(visit, read, item, response, now, frozenset(keys))

    @staticmethod
    def _is_edit(old: Article, article: Article, item: Candidate, *, moved: bool) -> bool:
        """Return whether an item's page is an edit of `old`. At the same address, everything may be rewritten."""
        if moved:
            return not is_another(old, article, SAME_TEXT)
        return same_words(article.title, item.title) or not is_another(old, article)

    def _edit(
        self,
        visit: Visit,
        read: ArticleItem,
        item: Candidate,
        response: Response,
        now: FeedItem,
        keys: frozenset[int],
    ) -> RevisitItem:
        """Return the edit of an article; `keys`: of its new addresses, if it has moved."""
        article = read.article
        old, seen = visit.article, RevisitResponse(response.status, response.url, Extraction(article))
        decision = decide(replace(old, url=response.url), seen, None, self.context.runtime.now())
        changed = decision.changed if decision.verdict is Verdict.CHANGED else ()
        if not keys and decision.verdict is Verdict.UNREADABLE and same_words(article.title, item.title):
            if not is_another(old, article):  # the page has only the beginning of the text: compare the headline
                digest = content_hash(article.title, old.text)
                article = replace(old, title=article.title, content_hash=digest)
            changed = changes(old, article)
        if not keys:
            article = replace(article, url=old.url, canonical_url=old.canonical_url)
        if not same_words(article.title, item.title) and "title" not in changed and visit.due is not None:
            # The feed is newer than the page, which may be a cached copy.
            visit = replace(visit, due=min(visit.due, self.context.runtime.now() + SOON))
        return self._revisited(visit, article, changed, now, keys, read.pages)

    async def _own_edit(
        self, item: Candidate, before: ListedItem, now: FeedItem, feed: int
    ) -> RevisitItem | ArticleItem | None:
        """Return the edit of an item without a page, whose text or headline has changed."""
        runtime = self.context.runtime
        visit = await runtime.archive.call(runtime.archive.sync.visits.of, before.article_id)
        article = feed_article(item, self.source, runtime.now())
        if visit is None:
            return None
        old = visit.article
        if not alike(old.title, article.title) and is_another(old, article):  # its guid always names the latest item
            other = at_own_address(item)
            key = url_key(f"{canonical_url(other.url)}#{other.url.partition('#')[2]}")
            self.context.readings.add_candidate(key, item, feed)
            claim = await self.context.leases.claim(key)
            if claim is Claim.SEEN:
                self.context.readings.processed([key])
            if claim is not Claim.MINE:
                return None
            self._feed_items[key] = now
            return self.own(replace(other, listed=item.listed or runtime.now()), key)
        article = replace(article, url=old.url, canonical_url=old.canonical_url)
        return self._revisited(visit, article, changes(old, article), now)

    def own(self, item: Candidate, key: int) -> ArticleItem:
        """Return the article of a feed item without a page, claimed under `key`."""
        article = feed_article(item, self.source, self.context.runtime.now())
        return self.with_aliases(ArticleItem(article), {key})

    def _revisited(
        self,
        visit: Visit,
        after: Article,
        changed: tuple[str, ...],
        now: FeedItem,
        keys: frozenset[int] = frozenset(),
        pages: tuple[Page, ...] = (),
    ) -> RevisitItem:
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
            pages=pages if changed else (),
            feed_item=now,
        )
        return RevisitItem(old, visit.story, visited, keys)
