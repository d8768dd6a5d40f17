"""A spider of one's own that only asks: as many requests to its source's host as the gate lets through."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from crawler.spiders.base import SourceSpider


class CrowdSpider(SourceSpider):
    name = "crowd"
    keeps_history = False
    handle_httpstatus_list = (404, 500, 503)

    async def start(self):
        assert self.source is not None
        parts = urlsplit(self.source.url)
        for n in range(20):
            yield self.request(f"{parts.scheme}://{parts.netloc}/news/any-{n}", callback=self.told, dont_filter=True)

    def told(self, response):
        Path(f"{os.getpid()}.asks").touch()
