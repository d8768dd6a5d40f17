"""robots.txt as RFC 9309 wants it: remembered for all crawls, and a host that cannot give it is left alone."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser, RobotParser

from crawler.extensions.failures import reason
from crawler.extensions.newsroom import Newsroom
from crawler.state import Robots

MAX_DELAY_S = 300.0  # a longer Crawl-delay would mean never
_OK = range(200, 300)


class RobotsUnreachable(IgnoreRequest):
    """The host's robots.txt cannot be had at present: RFC 9309 section 2.3.1.4 says to wait."""


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's middleware with a shared memory (Redis), with Crawl-delay, and without "unreachable means allowed"."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rules: dict[str, RobotParser | None] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules for the request's host; None when there are none.

        Raises RobotsUnreachable when the host's robots.txt cannot be fetched (network error, 429, 5xx).
        """
        parts = urlsplit(request.url)
        host = f"{parts.scheme}://{parts.netloc}"
        if host in self._rules:
            return self._rules[host]
        async with self._asking.setdefault(host, asyncio.Lock()):  # the others wait for the one that asks
            if host in self._rules:
                return self._rules[host]
            robots = await self._remembered(host)
            if robots.unreachable:
                self.crawler.stats.inc_value("robotstxt/unreachable_count")
                raise RobotsUnreachable(f"{host}/robots.txt: {robots.why}; waiting, as RFC 9309 asks")
            self._rules[host] = self._parse(robots, parts.netloc)
        return self._rules[host]

    def _parse(self, robots: Robots, netloc: str) -> RobotParser | None:
        if robots.status not in _OK:
            return None  # 4xx: there are no rules (RFC 9309 section 2.3.1.3)
        rules = ProtegoRobotParser(robots.body, self.crawler.spider)
        delay_s = rules.crawl_delay(self._robotstxt_useragent or self._default_useragent)
        if delay_s:
            Newsroom.of(self.crawler).crawl_delay_s[netloc] = min(MAX_DELAY_S, delay_s)
        return rules

    async def _remembered(self, host: str) -> Robots:
        runtime = Newsroom.of(self.crawler).runtime
        known = await runtime.state.http.robots(host)
        if known is not None:
            return known
        robots = await self._fetch(host)
        await runtime.state.http.save_robots(host, robots)
        return robots

    async def _fetch(self, host: str) -> Robots:
        meta = {"dont_obey_robotstxt": True}
        request = Request(f"{host}/robots.txt", priority=self.DOWNLOAD_PRIORITY, meta=meta, callback=NO_CALLBACK)
        self.crawler.stats.inc_value("robotstxt/request_count")
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001  whatever it was, the host did not give its robots.txt
            return Robots(0, reason(error, self.crawler.settings).encode())
        return Robots(response.status, response.body)
