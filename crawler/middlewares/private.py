"""Keeps a crawl out of private networks, even if a page, a feed or a name server points there."""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from crawler.extensions.contract import SpiderContract
from crawler.networks import host_of, resolves_privately
from crawler.unanswered import NoAnswer


class PrivateNetworkError(IgnoreRequest):
    """A request to a private network was refused."""

    def __init__(self, host: str, crawler: Crawler) -> None:
        crawler.stats.inc_value("private/refused_count")
        fix = "set private: true or private_hosts in the watch file to allow it (sources add: --private)"
        super().__init__(f"{host} is on a private network: {fix}")


class PrivateNetworkMiddleware:
    """Refuses requests to private networks before robots.txt is fetched, after redirects too.

    A name may resolve to another address later, so that the connection is checked again: see `downloading`, `browser`.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._private: dict[str, bool] = {}  # by host

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As Scrapy calls it."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Check the host of a request. Raises PrivateNetworkError, IgnoreRequest for an invalid host name."""
        host = host_of(request.url)
        try:
            host.encode("idna")
        except UnicodeError:  # Twisted's resolver would never answer
            raise IgnoreRequest(NoAnswer.NO_HOST.value) from None
        if not host or host in SpiderContract.of(self._crawler).inside:
            return
        if host not in self._private:
            self._private[host] = await resolves_privately(host)
        if self._private[host]:
            raise PrivateNetworkError(host, self._crawler)
