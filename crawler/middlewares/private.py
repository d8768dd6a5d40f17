"""Keeps a crawl out of private networks, whatever a page, a feed or a name server says."""

from __future__ import annotations

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from crawler.config import Source
from crawler.extensions.component import Component
from crawler.networks import host_of, is_private_name, resolves_privately


class PrivateNetworkError(IgnoreRequest):
    """A request would have gone into a private network."""

    def __init__(self, host: str, crawler: Crawler) -> None:
        crawler.stats.inc_value("private/refused_count")
        fix = "set private: true or private_hosts in the watch file to allow it"
        super().__init__(f"{host} is on a private network: {fix}")


class PrivateNetworkMiddleware(Component):
    """Refuses a request into a private network before robots.txt is asked for, redirects too.

    What a name leads to a moment later is looked at again when the connection is made: see `downloading`, `browser`.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._private: dict[str, bool] = {}  # by host

    async def process_request(self, request: Request) -> None:
        """Raises PrivateNetworkError."""
        host = host_of(request.url)
        if not host or host in inside(self._crawler):
            return
        if host not in self._private:
            self._private[host] = await resolves_privately(host)
        if self._private[host]:
            raise PrivateNetworkError(host, self._crawler)


def inside(crawler: Crawler) -> frozenset[str]:
    """The hosts on private networks that a crawl may reach: what its source says, or the address it was given."""
    source = getattr(crawler.spider, "source", None)
    if isinstance(source, Source):
        return source.private_network_hosts
    host = host_of(str(getattr(crawler.spider, "url", "")))
    return frozenset((host,) if is_private_name(host) else ())
