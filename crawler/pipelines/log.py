"""Log lines about items without their whole text."""

from __future__ import annotations

from typing import Any

from scrapy import Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure

from crawler.extensions.items import ArticleItem, RevisitItem
from crawler.items import Article


class OneLine(LogFormatter):
    """Scrapy's formatter, which logs an article's address instead of the article."""

    def scraped(self, item: Any, response: Response | Failure | None, spider: Spider) -> LogFormatterResult:
        """Format the line about a scraped item."""
        return super().scraped(_name(item), response, spider)

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """Format the line about a dropped item."""
        return super().dropped(_name(item), exception, response, spider)

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """Format the line about an item on which a pipeline failed."""
        return super().item_error(_name(item), exception, response, spider)


def _name(item: Any) -> Any:
    match item:
        case RevisitItem():
            return item.before.url
        case ArticleItem():
            return item.article.url
        case Article():
            return item.url
    return item
