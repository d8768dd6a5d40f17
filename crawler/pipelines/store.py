"""Makes an article durable together with its alerts, and only then marks it as seen."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from crawler.archive import Entry, Page
from crawler.dedupe.content import content_key
from crawler.dedupe.urls import is_place
from crawler.errors import ArchiveError, StateError
from crawler.extensions.component import Component
from crawler.extensions.context import CrawlContext
from crawler.extensions.copies import Copies
from crawler.items import Article
from crawler.pipelines.dedupe import holder
from crawler.pipelines.match import NEW
from crawler.pipelines.matched import Matched
from crawler.schedule.revisit_plan import next_visit


class StorePipeline(Component):
    """One transaction for article, alerts and deliveries; then the marks in Redis; then whoever listens is told."""

    async def process_item(self, item: Any) -> Any:
        """Returns the plain article, for Scrapy's feeds. Raises DropItem when it could not be stored."""
        if not isinstance(item, Matched):
            return item
        context = self.context
        runtime, article = context.runtime, item.article
        told = (
            alert for alert in item.alerts if NEW in runtime.rule_kinds.get(alert.rule, (NEW,))
        )  # others are counted
        channels = tuple((alert.id, name) for alert in told for name in runtime.channels.get(alert.rule, ()))
        keys = context.leases.keys_of(article)
        try:
            revisit, pages = self._revisit(context, article), self._pages(article)
            entry = Entry(article, item.alerts, channels, item.story, revisit, pages, context.leases.item_of(article))
            stored = await runtime.archive.store(entry)
        except ArchiveError as error:
            with contextlib.suppress(StateError):  # without Redis the leases run out by themselves
                await runtime.state.contents.release(content_key(article), holder(context, article))
                await context.leases.give_back(keys)
            raise context.lost(error) from error
        try:
            await context.leases.settle(keys, [content_key(article)])
        except StateError as error:  # stored and not marked: it costs a repeat
            context.note_error(error)
        context.count(**{"new" if stored.is_new else "unchanged": 1})
        for listener in runtime.on_stored:
            listener(article, stored)
        return article

    def _pages(self, article: Article) -> tuple[Page, ...]:
        """The pages that it was read from, where they are kept; a spider of one's own may not know them."""
        copies = getattr(self._crawler.spider, "copies", None)
        return copies.take(article.url) if isinstance(copies, Copies) else ()

    @staticmethod
    def _revisit(context: CrawlContext, article: Article) -> datetime | None:
        if is_place(article.canonical_url):  # it has no page to itself: its feed says when it changes
            return None
        found = article.found or context.runtime.now()
        return next_visit(found, 0, found, context.revisit_plan, live=article.live)
