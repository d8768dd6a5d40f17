"""The one connection to Redis or Valkey, with the patience that an outage of a minute or two needs."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import (
    ClusterDownError,
    ConnectionError,  # noqa: A004  redis-py's names
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,  # noqa: A004
    TryAgainError,
)

from crawler.errors import StateError
from crawler.observe import metrics

CONNECTIONS = 32  # a command takes a tenth of a millisecond: more would only wait inside Redis
RETRIES = 40  # with at most 4 s between them: about two and a half minutes


T = TypeVar("T")
_PASSING = (OutOfMemoryError, ReadOnlyError, TryAgainError, ClusterDownError)  # full, or in the middle of a failover
_FULL_DISK = "MISCONF"
_TELL_EVERY_S = 10.0
_log = logging.getLogger(__name__)


class Patience(Retry):
    """Retries what passes by itself: a lost connection, a server that is loading, a full disk. Not our own mistakes."""

    _told_at = -_TELL_EVERY_S  # of all connections together

    async def call_with_retry(
        self,
        do: Callable[[], Awaitable[T]],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,
    ) -> T:
        """As redis-py's."""
        return await super().call_with_retry(do, fail, is_retryable or self._passes, with_failure_count)

    @staticmethod
    def _passes(error: Exception) -> bool:
        passing = isinstance(error, _PASSING) or str(error).startswith(_FULL_DISK)
        if isinstance(error, ResponseError) and not passing:
            return False
        metrics.REDIS_ERRORS.labels(metrics.RETRIED).inc()
        now = time.monotonic()
        if now - Patience._told_at >= _TELL_EVERY_S:
            Patience._told_at = now
            _log.warning("Redis: %s; waiting", error)
        return True


def connect(url: str, *, retries: int = RETRIES) -> Redis:
    """A client for `url` (`redis://`, `rediss://` or `unix://`). Nothing is opened yet.

    Each command waits out an outage: `retries` attempts with an exponential pause of at most 4 s.
    Raises StateError for a URL that is none.
    """
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=60,  # to wait for a free one
            retry=Patience(
                ExponentialBackoff(cap=4.0, base=0.05), retries, (ConnectionError, TimeoutError, ResponseError)
            ),
            socket_connect_timeout=5,
            socket_timeout=15,
            health_check_interval=30,
        )
        return Redis.from_pool(pool)
    except ValueError as error:
        raise StateError(f"not a Redis URL: {error}", subject=hide_password(url)) from error


@asynccontextmanager
async def failures(what: str) -> AsyncIterator[None]:
    """Turns redis-py's failures inside the block into StateError(`what`)."""
    try:
        yield
    except RedisError as error:
        metrics.REDIS_ERRORS.labels(metrics.FAILED).inc()
        raise StateError(f"{what}: {error}", subject="Redis") from error


def hide_password(url: str) -> str:
    """`url` for logs and errors: what stands between `:` and `@` is masked."""
    scheme, separator, rest = url.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}{separator}{user.split(':')[0]}:***{at}{host}" if at else url
