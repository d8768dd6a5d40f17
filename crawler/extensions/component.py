"""What the pipelines and middlewares of a crawl have in common."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler

from crawler.extensions.newsroom import Newsroom


class Component:
    """A part of one crawl that needs its newsroom and no settings."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As Scrapy calls it."""
        return cls(crawler)

    @property
    def newsroom(self) -> Newsroom:
        """What the crawl's components share; open from the first request on."""
        return Newsroom.of(self._crawler)
