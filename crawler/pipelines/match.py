"""Matches an article against all rules at once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Any

from crawler.extensions.context import Component
from crawler.extensions.items import ArticleItem
from crawler.health.canary import CANARY, Stage
from crawler.items import Alert, Article, Hit
from crawler.rules import excerpts

NEW = "new"
COUNTED = frozenset({NEW, "grown", "spike", "first"})  # the kinds of alerts that depend on each new story


def alert_id(rule: str, *what: str) -> str:
    """Return the id of an alert, the same in a repeat: one for each rule and story, or rule and change."""
    return hashlib.blake2b("\n".join((rule, *what)).encode(), digest_size=12).hexdigest()


class MatchPipeline(Component):
    """Adds the alerts that an article raises."""

    async def process_item(self, item: Any) -> Any:
        """Return the article with the alerts of the rules that depend on new stories."""
        if not isinstance(item, ArticleItem):
            return item
        context = self.context
        article, runtime = item.article, context.runtime
        tags = context.source.tags if context.source else ()
        found = runtime.matcher.match(article, source_tags=tags)
        found = [hit for hit in found if (hit.rule == CANARY) is context.is_canary]
        hits = [hit for hit in found if COUNTED.intersection(runtime.rule_kinds.get(hit.rule, (NEW,)))]
        if hits:
            self._crawler.stats.inc_value("match/hit_count", len(hits))
            await context.pass_stage(Stage.MATCHED, article.url)
        alerts = (alert(article, hit, alert_id(hit.rule, item.story), NEW, item.story, runtime.now()) for hit in hits)
        return replace(item, alerts=tuple(alerts))


def alert(article: Article, hit: Hit, name: str, kind: str, story: str, now: datetime) -> Alert:
    """Return the alert of a rule about an article; `name` is the alert's id."""
    return Alert(
        id=name,
        rule=hit.rule,
        rule_version=hit.version,
        source=article.source,
        url=article.url,
        title=article.title,
        matched=now,
        spans=hit.spans,
        excerpts=excerpts(article, hit),
        published=article.published,
        kind=kind,
        story=story,
        listed=article.listed,
        fetched=article.fetched,
        content_hash=article.content_hash,
    )
