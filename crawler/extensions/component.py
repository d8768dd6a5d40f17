"""What the pipelines and middlewares of a crawl have in common."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler

from crawler.extensions.context import CrawlContext


class Component:
    """A part of one crawl that needs its context and no settings."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As Scrapy calls it."""
        return cls(crawler)

    @property
    def context(self) -> CrawlContext:
        """What the crawl's components share; open from the first request on."""
        return CrawlContext.of(self._crawler)
