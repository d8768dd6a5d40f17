"""The host gate: every request waits for its start time, which all crawls and workers share."""

from __future__ import annotations

import asyncio
import logging
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.extensions.newsroom import Newsroom
from crawler.middlewares.retry_after import pause_s
from crawler.observe import metrics

_log = logging.getLogger(__name__)


class HostGateMiddleware:
    """Reserves a start time for each request and waits for it; closes the gate after 429, 503 and Retry-After."""

    def __init__(self, crawler: Crawler, delay_s: float, max_wait_s: float) -> None:
        self._crawler = crawler
        self._delay_s = delay_s
        self._max_wait_s = max_wait_s

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Reads DOWNLOAD_DELAY and WIREWATCH_MAX_WAIT_S."""
        settings = crawler.settings
        return cls(crawler, settings.getfloat("DOWNLOAD_DELAY"), settings.getfloat("WIREWATCH_MAX_WAIT_S"))

    async def process_request(self, request: Request) -> None:
        """Waits for the host's gate. Raises IgnoreRequest when it stays closed for longer than the limit."""
        newsroom = Newsroom.of(self._crawler)
        host = urlsplit(request.url).netloc
        if not host:  # data: and file: URLs
            return
        gap_s = max(self._delay_s, newsroom.crawl_delay_s.get(host, 0.0))
        mine, wait_s = await newsroom.runtime.state.gate.reserve(host, gap_s, longest_s=self._max_wait_s)
        if not mine:
            self._crawler.stats.inc_value("gate/closed_count")
            metrics.GATE_CLOSED.inc()
            raise IgnoreRequest(f"{host} asked for a pause: closed for another {wait_s:.0f} s")
        metrics.GATE_WAIT.observe(wait_s)
        if wait_s:
            self._crawler.stats.inc_value("gate/wait_ms", int(wait_s * 1000))
            await asyncio.sleep(wait_s)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Closes the gate for as long as the server asks."""
        newsroom = Newsroom.of(self._crawler)
        wait_s = pause_s(response.status, response.headers.get("Retry-After"), newsroom.runtime.now())
        if wait_s:
            host = urlsplit(request.url).netloc
            _log.info("%s answers %d: closed for %.0f s", host, response.status, wait_s)
            self._crawler.stats.inc_value("gate/hold_count")
            metrics.GATE_HELD.inc()
            await newsroom.runtime.state.gate.hold(host, wait_s)
        return response
