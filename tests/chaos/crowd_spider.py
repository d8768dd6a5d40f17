"""A spider of one's own that only asks: as many requests to its source's host as the gate lets through.

Now and then its whole process stands still just after the gate has let a request through.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from urllib.parse import urlsplit

from crawler.spiders.base import SourceSpider

STILL = 0.15  # of the requests
STILL_S = (0.1, 1.6)


class StillMiddleware:
    """Stands between the gate and the server."""

    def process_request(self, request):
        del request
        if random.random() < STILL:
            time.sleep(random.uniform(*STILL_S))  # the event loop too: nothing of this process moves on


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
