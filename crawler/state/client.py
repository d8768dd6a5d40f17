"""The one connection to Redis or Valkey, with the patience that an outage of a minute or two needs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, RedisError, TimeoutError  # noqa: A004

from crawler.errors import StateError

CONNECTIONS = 32  # a command takes a tenth of a millisecond: more would only wait inside Redis
RETRIES = 40  # with at most 4 s between them: about two and a half minutes


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
            retry=Retry(ExponentialBackoff(cap=4.0, base=0.05), retries),
            retry_on_error=[ConnectionError, TimeoutError, BusyLoadingError],
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
        raise StateError(f"{what}: {error}", subject="Redis") from error


def hide_password(url: str) -> str:
    """`url` for logs and errors: what stands between `:` and `@` is masked."""
    scheme, separator, rest = url.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}{separator}{user.split(':')[0]}:***{at}{host}" if at else url
