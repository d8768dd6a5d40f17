"""Drops an article whose text its site has already published under another address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scrapy.exceptions import DropItem

from crawler.dedupe.content import content_key
from crawler.errors import StateError
from crawler.extensions.context import Component, CrawlContext
from crawler.extensions.items import ArticleItem
from crawler.health.canary import Stage
from crawler.items import Article
from crawler.state import Claim


def lease_owner(context: CrawlContext, article: Article) -> str:
    """Return the owner of the lease on a content: one page of one crawl."""
    return f"{context.leases.owner} {article.url}"


class DedupePipeline(Component):
    """Claims the article's content; the first of several addresses wins, the others become its aliases."""

    async def process_item(self, item: Any) -> Any:
        """Pass a new article on with `found` and `source` filled in. Raises DropItem for a duplicate."""
        if isinstance(item, Article):  # from a spider that claims no addresses
            item = ArticleItem(item)
        if not isinstance(item, ArticleItem):
            return item
        await self.context.pass_stage(Stage.EXTRACTED, item.article.url)
        try:
            return await self._claim(self.context, item)
        except StateError as error:
            raise self.context.lost(error) from error

    async def _claim(self, context: CrawlContext, item: ArticleItem) -> ArticleItem:
        runtime, now, article = context.runtime, context.runtime.now(), item.article
        article = replace(article, found=article.found or now, source=article.source or context.run.source)
        item = replace(item, article=article)
        if not article.content_hash:
            return item
        # The owner is this page: two pages of one crawl with the same text must not both hold the content.
        claim = await runtime.state.contents.claim(content_key(article), lease_owner(context, article), now)
        if claim is Claim.MINE:
            await context.pass_stage(Stage.CLAIMED, article.url)
            return item
        self._crawler.stats.inc_value("dedupe/same_content_count")
        context.count(unchanged=1)
        if claim is Claim.SEEN:
            await context.leases.settle(item.keys)
        else:  # its twin is still in the pipelines: if that fails, the next crawl fetches this one
            await context.leases.give_back(item.keys)
        raise DropItem(f"this site already published the same text: {article.url}")
