"""robots.txt as RFC 9309 requires: cached for all crawls; hosts whose robots.txt is unreachable are not crawled."""

from __future__ import annotations

import asyncio
from typing import Self
from urllib.parse import urljoin, urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest, StopDownload
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser

from crawler.discover.robots import MAX_BYTES, MAX_REDIRECTS, RobotsFile, read_robots
from crawler.extensions.context import CrawlContext
from crawler.extensions.observer import failure_reason
from crawler.state import Robots

MAX_DELAY_S = 300.0  # a longer Crawl-delay would mean never
MAX_UNPACKED_BYTES = 32 * 2**20  # limit of a download that stops at MAX_BYTES anyway
_OK = range(200, 300)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_RECEIVED = "robots_received_bytes"  # in a request's meta


class RobotsParser(RobotParser):
    """Scrapy's interface to `crawler.discover.robots` (the setting ROBOTSTXT_PARSER)."""

    def __init__(self, rules: RobotsFile) -> None:
        self._rules = rules

    @classmethod
    def from_crawler(cls, crawler: Crawler, robotstxt_body: bytes) -> Self:  # noqa: ARG003  Scrapy's interface
        """Parse the body of a robots.txt."""
        return cls(read_robots(robotstxt_body))

    def allowed(self, url: str | bytes, user_agent: str | bytes) -> bool:
        """Return whether `user_agent`, a product token or a whole header, may fetch `url`."""
        return self._rules.allows(_text(url), _text(user_agent))

    def crawl_delay(self, user_agent: str | bytes) -> float | None:
        """Return the pause between two requests in seconds, None without one."""
        return self._rules.crawl_delay_s(_text(user_agent)) or None


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


class RobotsUnreachable(IgnoreRequest):
    """The host's robots.txt is unreachable: RFC 9309 section 2.3.1.4 requires to wait."""


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's middleware with a shared cache (Redis), with Crawl-delay, and without "unreachable means allowed"."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rules: dict[str, RobotParser | None] = {}
        self._fetching: dict[str, asyncio.Lock] = {}
        crawler.signals.connect(self.bytes_received, signal=signals.bytes_received)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the rules for the request's host; None if there are none.

        Raises RobotsUnreachable if the host's robots.txt cannot be fetched (network error, 429, 5xx).
        """
        parts = urlsplit(request.url)
        host = f"{parts.scheme}://{parts.netloc}"
        if host in self._rules:
            return self._rules[host]
        async with self._fetching.setdefault(host, asyncio.Lock()):  # one request fetches, the others wait
            if host in self._rules:
                return self._rules[host]
            robots = await self._cached(host)
            if robots.unreachable:
                self.crawler.stats.inc_value("robotstxt/unreachable_count")
                raise RobotsUnreachable(f"{host}/robots.txt: {robots.why}; waiting, as RFC 9309 requires")
            self._rules[host] = self._parse(robots, parts.netloc)
        return self._rules[host]

    def _parse(self, robots: Robots, netloc: str) -> RobotParser | None:
        if robots.status not in _OK:
            return None  # 4xx: there are no rules (RFC 9309 section 2.3.1.3)
        rules = RobotsParser.from_crawler(self.crawler, robots.body)
        delay_s = rules.crawl_delay(self._robotstxt_useragent or self._default_useragent)
        if delay_s:
            CrawlContext.of(self.crawler).crawl_delay_s[netloc] = min(MAX_DELAY_S, delay_s)
        return rules

    async def _cached(self, host: str) -> Robots:
        runtime = CrawlContext.of(self.crawler).runtime
        known = await runtime.state.http.robots(host)
        if known is not None:
            return known
        robots = await self._fetch(host)
        await runtime.state.http.save_robots(host, robots)
        return robots

    async def _fetch(self, host: str) -> Robots:
        """Fetch a host's robots.txt, through MAX_REDIRECTS redirects; after more it is unavailable: no rules."""
        url = f"{host}/robots.txt"
        self.crawler.stats.inc_value("robotstxt/request_count")
        try:
            response = await self._get(url)
            for _ in range(MAX_REDIRECTS):
                target = _target(url, response)
                if not target:
                    break
                url = target
                response = await self._get(url)
        except Exception as error:  # noqa: BLE001  whatever it was, robots.txt is unreachable
            return Robots(0, failure_reason(error, self.crawler.settings).encode())
        return Robots(response.status, response.body)

    async def _get(self, url: str) -> Response:
        meta = {
            "dont_obey_robotstxt": True,
            "dont_redirect": True,
            "download_maxsize": MAX_UNPACKED_BYTES,
            _RECEIVED: 0,
        }
        request = Request(url, priority=self.DOWNLOAD_PRIORITY, meta=meta, callback=NO_CALLBACK)
        response: Response = await self.crawler.engine.download_async(request)
        return response

    def bytes_received(self, data: bytes, request: Request) -> None:
        """Stop the download of a robots.txt at the size that is read."""
        if _RECEIVED in request.meta:
            request.meta[_RECEIVED] += len(data)
            if request.meta[_RECEIVED] > MAX_BYTES:
                raise StopDownload(fail=False)


def _target(url: str, response: Response) -> str:
    """Return where a robots.txt is redirected to, "" if it is not, or to an address that cannot be fetched."""
    location = response.headers.get("Location") or b""
    if response.status not in _REDIRECTS:
        return ""
    try:
        target = urljoin(url, _text(location).strip())
        return target if urlsplit(target).scheme in {"http", "https"} and location else ""
    except ValueError:
        return ""
