"""Makes an article durable together with its alerts, and only then marks it as seen."""

from __future__ import annotations

from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawler.archive import Entry
from crawler.dedupe.content import content_key
from crawler.errors import ArchiveError
from crawler.extensions.newsroom import Newsroom
from crawler.items import Article
from crawler.pipelines.dedupe import holder
from crawler.pipelines.matched import Matched


class StorePipeline:
    """One transaction for article, alerts and deliveries; then the marks in Redis; then whoever listens is told."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Needs no settings."""
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """Returns the plain article, for Scrapy's feeds. Raises DropItem when it could not be stored, StateError."""
        if not isinstance(item, Matched):
            return item
        newsroom = Newsroom.of(self._crawler)
        runtime, article = newsroom.runtime, item.article
        channels = tuple((alert.id, name) for alert in item.alerts for name in runtime.channels.get(alert.rule, ()))
        keys = newsroom.ledger.keys_of(article)
        try:
            stored = await runtime.desk.store(Entry(article, item.alerts, channels))
        except ArchiveError as error:
            await self._give_back(newsroom, article, keys, error)
            raise DropItem(f"not stored, the next crawl finds it again: {error}") from error
        if article.content_hash:
            await runtime.state.contents.mark([content_key(article)], runtime.now())
        await newsroom.ledger.settle(keys)
        newsroom.count(**{"new" if stored.is_new else "unchanged": 1})
        for listener in runtime.on_stored:
            listener(article, stored)
        return article

    async def _give_back(self, newsroom: Newsroom, article: Article, keys: set[int], error: ArchiveError) -> None:
        newsroom.count(failed=1)
        newsroom.note_error(error)
        await newsroom.runtime.state.contents.release(content_key(article), holder(newsroom, article))
        await newsroom.ledger.give_back(keys)
