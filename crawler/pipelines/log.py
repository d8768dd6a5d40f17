"""Log lines about items without their whole text."""

from __future__ import annotations

from typing import Any

from scrapy import Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure

from crawler.items import Article
from crawler.pipelines.matched import Looked, Matched, Placed


class OneLine(LogFormatter):
    """Scrapy's formatter, with an article's address in place of the article."""

    def scraped(self, item: Any, response: Response | Failure | None, spider: Spider) -> LogFormatterResult:
        """As Scrapy's."""
        return super().scraped(_name(item), response, spider)

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """As Scrapy's."""
        return super().dropped(_name(item), exception, response, spider)

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """As Scrapy's."""
        return super().item_error(_name(item), exception, response, spider)


def _name(item: Any) -> Any:
    if isinstance(item, Looked):
        return item.before.url
    article = item.article if isinstance(item, Matched | Placed) else item
    return article.url if isinstance(article, Article) else item
