"""Keeps a crawl of the public internet out of private networks, whatever a page or a feed links to."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.extensions.component import Component
from crawler.networks import is_private_address


class PrivateNetworkMiddleware(Component):
    """Lets a crawl into private networks only when its source's own address is in one.

    The host is looked up before each first request, redirects too; the address that answered is looked at as well,
    for a name may lead elsewhere a moment later.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._private: dict[str, bool] = {}  # by host
        self._allowed: bool | None = None

    async def process_request(self, request: Request) -> None:
        """Raises IgnoreRequest for a host on a private network."""
        host = urlsplit(request.url).hostname
        if host and await self._is_private(host) and not await self._may(request):
            raise self._refused(request)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Raises IgnoreRequest for an answer from a private network."""
        address = response.ip_address
        through_proxy = "proxy" in request.meta
        if address is None or through_proxy or not is_private_address(str(address)) or await self._may(request):
            return response
        raise self._refused(request)

    async def _may(self, request: Request) -> bool:
        if self._allowed is None:
            source = self.newsroom.source
            own = source.url if source else getattr(self._crawler.spider, "url", "") or request.url
            host = urlsplit(own if "://" in own else f"https://{own}").hostname
            self._allowed = bool(host) and await self._is_private(host or "")
        return self._allowed

    async def _is_private(self, host: str) -> bool:
        if host not in self._private:
            self._private[host] = await _resolves_privately(host)
        return self._private[host]

    def _refused(self, request: Request) -> IgnoreRequest:
        self._crawler.stats.inc_value("private/refused_count")
        return IgnoreRequest(f"{urlsplit(request.url).hostname} is on a private network, which this source is not")


async def _resolves_privately(host: str) -> bool:
    """Whether any address of a host is private; a host that cannot be resolved is the downloader's to tell."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return any(is_private_address(str(address[4][0])) for address in found)
