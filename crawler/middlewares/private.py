"""Keeps a crawl out of private networks, whatever a page, a feed or a name server says."""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from crawler.config import Source
from crawler.networks import host_of, is_private_name, resolves_privately


class PrivateNetworkError(IgnoreRequest):
    """A request would have gone into a private network."""

    def __init__(self, host: str, crawler: Crawler) -> None:
        crawler.stats.inc_value("private/refused_count")
        fix = "set private: true or private_hosts in the watch file to allow it (sources add: --private)"
        super().__init__(f"{host} is on a private network: {fix}")


class PrivateNetworkMiddleware:
    """Refuses a request into a private network before robots.txt is asked for, redirects too.

    What a name leads to a moment later is looked at again when the connection is made: see `downloading`, `browser`.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._private: dict[str, bool] = {}  # by host

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As Scrapy calls it."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raises PrivateNetworkError, IgnoreRequest for what cannot be the name of a host."""
        host = host_of(request.url)
        try:
            host.encode("idna")
        except UnicodeError:  # Twisted's resolver would never answer
            raise IgnoreRequest("no such host") from None
        if not host or host in inside(self._crawler):
            return
        if host not in self._private:
            self._private[host] = await resolves_privately(host)
        if self._private[host]:
            raise PrivateNetworkError(host, self._crawler)


def inside(crawler: Crawler) -> frozenset[str]:
    """The hosts on private networks that a crawl may reach: what its source or its spider says, or its address."""
    source = getattr(crawler.spider, "source", None)
    if isinstance(source, Source):
        return source.inside
    inside = getattr(crawler.spider, "inside", None)
    if isinstance(inside, frozenset):
        return inside
    host = host_of(str(getattr(crawler.spider, "url", "")))
    return frozenset((host,) if is_private_name(host) else ())
