"""The download handler: what the host gate let through is sent once."""

from __future__ import annotations

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler


class OnceDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's handler, which does not ask a second time by itself where a kept connection breaks without an answer.

    Twisted would send the request again at once, unseen by the gate. Scrapy's RetryMiddleware does it after a pause.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool.retryAutomatically = False
