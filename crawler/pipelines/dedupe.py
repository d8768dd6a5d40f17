"""Drops the article that its own site has published already under another address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scrapy.exceptions import DropItem

from crawler.dedupe.content import content_key
from crawler.errors import StateError
from crawler.extensions.component import Component
from crawler.extensions.context import CrawlContext
from crawler.items import Article
from crawler.state import Claim


def holder(context: CrawlContext, article: Article) -> str:
    """Who holds the lease on a content: one page of one crawl."""
    return f"{context.leases.owner} {article.url}"


class DedupePipeline(Component):
    """Claims the article's content; the first of several addresses wins, the others become known as its aliases."""

    async def process_item(self, item: Any) -> Any:
        """Passes a new article on with `found` and `source` filled in. Raises DropItem for a duplicate."""
        if not isinstance(item, Article):
            return item
        context = self.context
        try:
            return await self._claim(context, item)
        except StateError as error:
            raise context.lost(error) from error

    async def _claim(self, context: CrawlContext, item: Article) -> Article:
        runtime, now = context.runtime, context.runtime.now()
        article = replace(item, found=item.found or now, source=item.source or context.run.source)
        if not article.content_hash:
            return article
        # The owner is this page: two pages of one crawl with one text must not both hold the content.
        claim = await runtime.state.contents.claim(content_key(article), holder(context, article), now)
        if claim is Claim.MINE:
            return article
        self._crawler.stats.inc_value("dedupe/same_content_count")
        context.count(unchanged=1)
        keys = context.leases.keys_of(article)
        if claim is Claim.SEEN:
            await context.leases.settle(keys)
        else:  # its twin is on its way: if that fails, this one is wanted by the next crawl
            await context.leases.give_back(keys)
        raise DropItem(f"this site already published the same text: {article.url}")
