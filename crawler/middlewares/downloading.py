"""The download handler: each request is sent once, and none connects to a private network."""

from __future__ import annotations

from typing import Any

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IReactorPluggableNameResolver, IStreamClientEndpoint
from twisted.web.client import HTTPConnectionPool
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.extensions.contract import SpiderContract
from crawler.middlewares.private import PrivateNetworkError
from crawler.networks import is_private_address


class DownloadHandler(HTTP11DownloadHandler):
    """Scrapy's handler, which checks each address as it connects to it, and sends each request once.

    If a kept-alive connection breaks without a response, Twisted would repeat the request at once, past the host gate.
    Scrapy's RetryMiddleware repeats it after a pause.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        guard(self._pool, crawler)


def guard(pool: HTTPConnectionPool, crawler: Crawler) -> None:
    """Make a handler's connection pool refuse private networks and send each request once."""
    pool.retryAutomatically = False
    get = pool.getConnection

    def checked(key: Any, endpoint: IStreamClientEndpoint) -> Deferred[Any]:
        tcp = getattr(endpoint, "_wrappedEndpoint", endpoint)  # below TLS; proxies have other endpoints and keys
        if isinstance(tcp, HostnameEndpoint) and key[0] in {b"http", b"https"}:
            host = tcp._hostBytes.decode("ascii").lower()  # noqa: SLF001
            if host not in SpiderContract.of(crawler).inside:
                tcp._reactor = _PublicReactor(tcp._reactor, host, crawler)  # noqa: SLF001
        return get(key, endpoint)

    pool.getConnection = checked  # type: ignore[method-assign]


@implementer(IReactorPluggableNameResolver)
class _PublicReactor:
    """The part of the reactor that an endpoint needs, without connections to private addresses."""

    def __init__(self, reactor: Any, host: str, crawler: Crawler) -> None:
        self._reactor = reactor
        self._host = host
        self._crawler = crawler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    def connectTCP(self, host: str, *args: Any, **kwargs: Any) -> Any:  # noqa: N802  Twisted's name
        if is_private_address(host):
            raise PrivateNetworkError(self._host, self._crawler)
        return self._reactor.connectTCP(host, *args, **kwargs)
