"""Finds the story that an article belongs to: one entry for a report that forty outlets carry."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from crawler.dedupe.sketch import sketch
from crawler.dedupe.urls import registered_domain
from crawler.errors import StateError
from crawler.extensions.context import Component
from crawler.extensions.items import ArticleItem
from crawler.items import Article


def story_key(article: Article) -> str:
    """Return the key of a story that begins with `article`: a hash of its canonical address, the same in a repeat."""
    return hashlib.blake2b((article.canonical_url or article.url).encode(), digest_size=8).hexdigest()


class StoriesPipeline(Component):
    """Fills in the story of an article."""

    async def process_item(self, item: Any) -> Any:
        """Return the article with its story. Raises DropItem if Redis is unavailable; the next crawl finds it again."""
        if not isinstance(item, ArticleItem):
            return item
        context, article = self.context, item.article
        runtime, key = context.runtime, story_key(article)
        if context.is_canary or (context.source is not None and context.source.kind == "page"):  # each text is a story
            return replace(item, story=key)
        found = sketch(article.title, article.text, registered_domain(article.url))
        try:
            place = await runtime.state.stories.place(found, key, runtime.now())
        except StateError as error:
            raise context.lost(error) from error
        self._crawler.stats.inc_value("stories/new_count" if place.is_new else "stories/copy_count")
        return replace(item, story=place.key)
