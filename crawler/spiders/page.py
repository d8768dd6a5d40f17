"""The spider of one page: exactly the address that somebody asked for, on the way of every article.

python -m scrapy crawl page -a source=bbc-world -a url=https://www.bbc.example/world/12345
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from crawler.items import Candidate
from crawler.spiders.article import ArticleSpider
from crawler.spiders.choose import Chooser


class PageSpider(ArticleSpider):
    """Fetches `url` as an article of `source`: same headers, gate, robots.txt, pipelines and seen-set as its crawls.

    A known page counts as unchanged. Its runs have a name of their own: they are no polls of the source.
    """

    name = "page"
    run_prefix = "fetch:"
    url = ""

    async def start(self) -> AsyncIterator[Any]:
        """A request for the page, unless it is known or another crawl has it."""
        if self.source is None or not self.url:
            self.logger.error("nothing to fetch: use -a source=ID of the watch file and -a url=https://...")
            return
        chooser = Chooser(self.context, timedelta.max, 1, self.source)
        for candidate, key in (await chooser.choose([Candidate(self.url)])).taken:
            yield self.page_of(candidate, key)
