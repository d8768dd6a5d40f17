"""Finds the story that an article belongs to: one entry for a report that forty outlets carry."""

from __future__ import annotations

import hashlib
from typing import Any

from crawler.dedupe.sketch import sketch
from crawler.dedupe.urls import registered_domain
from crawler.errors import StateError
from crawler.extensions.component import Component
from crawler.items import Article
from crawler.pipelines.matched import Placed


def story_key(article: Article) -> str:
    """The key of a story that begins with `article`: follows from its address, so that a repeat gives the same."""
    return hashlib.blake2b((article.canonical_url or article.url).encode(), digest_size=8).hexdigest()


class StoriesPipeline(Component):
    """An article becomes `Placed`: itself and its story."""

    async def process_item(self, item: Any) -> Any:
        """Raises DropItem when Redis is gone for good: the next crawl finds the article again."""
        if not isinstance(item, Article):
            return item
        context = self.context
        runtime, key = context.runtime, story_key(item)
        if context.source is not None and context.source.kind == "page":  # each new text of it is news
            return Placed(item, key)
        found = sketch(item.title, item.text, registered_domain(item.url))
        try:
            place = await runtime.state.stories.place(found, key, runtime.now())
        except StateError as error:
            raise context.lost(error) from error
        self._crawler.stats.inc_value("stories/new_count" if place.is_new else "stories/copy_count")
        return Placed(item, place.key)
