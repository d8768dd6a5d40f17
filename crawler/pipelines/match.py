"""Matches an article against all rules at once."""

from __future__ import annotations

import hashlib
from typing import Any, Self

from scrapy.crawler import Crawler

from crawler.alerts import excerpts
from crawler.extensions.newsroom import Newsroom
from crawler.items import Alert, Article, Hit
from crawler.pipelines.matched import Matched
from crawler.runtime import Runtime


def alert_id(rule: str, canonical_url: str) -> str:
    """Constant over retries and repeats: one alert for each rule and article."""
    return hashlib.blake2b(f"{rule}\n{canonical_url}".encode(), digest_size=12).hexdigest()


class MatchPipeline:
    """Adds the alerts that an article raises."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Needs no settings."""
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """An article becomes `Matched`: itself and its alerts."""
        if not isinstance(item, Article):
            return item
        newsroom = Newsroom.of(self._crawler)
        tags = newsroom.source.tags if newsroom.source else ()
        hits = newsroom.runtime.matcher.match(item, source_tags=tags)
        if hits:
            self._crawler.stats.inc_value("match/hit_count", len(hits))
        return Matched(item, tuple(_alert(newsroom.runtime, item, hit) for hit in hits))


def _alert(runtime: Runtime, article: Article, hit: Hit) -> Alert:
    return Alert(
        id=alert_id(hit.rule, article.canonical_url or article.url),
        rule=hit.rule,
        rule_version=hit.version,
        source=article.source,
        url=article.url,
        title=article.title,
        matched=runtime.now(),
        spans=hit.spans,
        excerpts=excerpts(article, hit),
        published=article.published,
    )
