"""Stores an article together with its alerts, and only then marks it as seen."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from crawler.archive import Entry
from crawler.dedupe.content import content_key
from crawler.dedupe.urls import is_place
from crawler.errors import ArchiveError, StateError
from crawler.extensions.context import Component, CrawlContext
from crawler.extensions.items import ArticleItem
from crawler.items import Article
from crawler.pipelines.dedupe import lease_owner
from crawler.pipelines.match import NEW
from crawler.schedule.revisit_plan import next_visit


class StorePipeline(Component):
    """Stores article, alerts and deliveries in one transaction, marks them in Redis, and then calls the listeners."""

    async def process_item(self, item: Any) -> Any:
        """Return the plain article, for Scrapy's feed exports. Raises DropItem if it could not be stored."""
        if not isinstance(item, ArticleItem):
            return item
        context = self.context
        runtime, article = context.runtime, item.article
        sent = [alert for alert in item.alerts if NEW in runtime.rule_kinds.get(alert.rule, (NEW,))]  # others: counted
        channels = tuple((alert.id, name) for alert in sent for name in runtime.channels.get(alert.rule, ()))
        try:
            revisit = self._revisit(context, article)
            pages = () if context.is_canary else item.pages
            entry = Entry(article, item.alerts, channels, item.story, revisit, pages, item.feed_item)
            stored = await runtime.archive.store(entry)
        except ArchiveError as error:
            with contextlib.suppress(StateError):  # without Redis the leases run out by themselves
                await runtime.state.contents.release(content_key(article), lease_owner(context, article))
                await context.leases.give_back(item.keys)
            raise context.lost(error) from error
        try:
            await context.leases.settle(item.keys, [content_key(article)])
        except StateError as error:  # stored but not marked: the next crawl repeats the work
            context.note_error(error)
        context.checks.stored(article, item.keys)
        context.count(**{"new" if stored.is_new else "unchanged": 1})
        for wake in runtime.on_outgoing if stored.new_alerts else ():
            wake()
        for listener in runtime.on_stored if not context.is_canary else ():
            listener(article, stored)
        return article

    @staticmethod
    def _revisit(context: CrawlContext, article: Article) -> datetime | None:
        if is_place(article.canonical_url):  # it has no page of its own: its feed shows changes
            return None
        found = article.found or context.runtime.now()
        return next_visit(found, 0, found, context.revisit_plan, live=article.live)
