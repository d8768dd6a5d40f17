"""Scrapy items: what spiders yield and pipelines pass on. A spider may also yield a bare `crawler.items.Article`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scrapy.http import Response

from crawler.archive import FeedItem, Page, Visited
from crawler.dedupe.urls import url_key
from crawler.items import Alert, Article


@dataclass(frozen=True, slots=True)
class ArticleItem:
    """An article and all that is stored with it. The pipelines fill in `story` and `alerts`."""

    article: Article
    aliases: frozenset[int] = frozenset()  # URL keys of the addresses that led to it
    pages: tuple[Page, ...] = ()  # the raw pages that it was read from, where the archive keeps them
    feed_item: FeedItem | None = None  # the feed item that named it
    story: str = ""
    alerts: tuple[Alert, ...] = ()

    @property
    def keys(self) -> frozenset[int]:
        """The URL keys of all addresses under which the article is seen once it is stored."""
        return self.aliases | {url_key(self.article.canonical_url or self.article.url)}


@dataclass(frozen=True, slots=True)
class RevisitItem:
    """A stored article that was fetched again: `before` as it was, `visited` what was found, without alerts yet.

    `keys`: URL keys of the addresses that are marked as seen once that is durable.
    """

    before: Article
    story: str
    visited: Visited
    keys: frozenset[int] = frozenset()


def raw_page(response: Response, now: datetime) -> Page:
    """Return a response as the archive stores it."""
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in (values if isinstance(values, list) else [values])
    )
    return Page(response.url, now, response.body, response.status, headers)
