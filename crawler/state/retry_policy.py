"""The patience that an outage of a minute or two needs: a failover, a restart, a full disk."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ClusterDownError,
    ClusterError,
    ConnectionError,  # noqa: A004  redis-py's names
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    SlotNotCoveredError,
    TimeoutError,  # noqa: A004
    TryAgainError,
)

from crawler.observe import metrics
from crawler.state import tls

RETRIES = 40  # with at most 4 s between them: about two and a half minutes

T = TypeVar("T")
_PASSING = (OutOfMemoryError, ReadOnlyError, TryAgainError, ClusterDownError)  # full, or in the middle of a failover
_REFUSED = (AuthenticationError, AuthorizationError)  # to redis-py kinds of a lost connection, or causes of one
_SUPPORTED: tuple[type[Any], ...] = (ConnectionError, TimeoutError, ResponseError, ClusterError, SlotNotCoveredError)
_PASSING_CODES = ("MISCONF", "NOREPLICAS")  # a full disk; a master that is cut off, or whose replicas are not back yet
_TELL_EVERY_S = 10.0
_LONGEST_PAUSE_S = 4.0
_log = logging.getLogger(__name__)
_waiting: ContextVar[bool] = ContextVar("waiting", default=False)


def once() -> Retry:
    """For redis-py's own attempts, below ours."""
    return Retry(NoBackoff(), 0)


def may_pass(error: BaseException | None) -> bool:
    """Whether waiting may mend what redis-py raised: a server that is away, loading, full, or in a failover."""
    if error is None or any(isinstance(one, _REFUSED) for one in (error, error.__cause__)):
        return False
    if tls.trouble(error):
        return False
    if isinstance(error, ResponseError):
        return isinstance(error, _PASSING) or any(code in str(error) for code in _PASSING_CODES)
    return isinstance(error, _SUPPORTED)


def waiting() -> bool:
    """Whether this is an attempt at a command, which may be repeated."""
    return _waiting.get()


class Patience(Retry):
    """Retries what passes by itself: a lost connection, a server that is loading, a full disk. Not our own mistakes."""

    _told_at = -_TELL_EVERY_S  # of all connections together

    def __init__(self, retries: int = RETRIES) -> None:
        super().__init__(ExponentialBackoff(cap=_LONGEST_PAUSE_S, base=0.05), retries, _SUPPORTED)
        self._waits = retries > 0

    async def wait(self, do: Callable[[], Awaitable[T]], fail: Callable[[Exception], Awaitable[None]]) -> T:
        """What `do` gives, at last; `fail` is called after each attempt that failed. Raises redis-py's errors.

        What is done for a command waits with it: attempts inside each other do not multiply.
        """
        if _waiting.get():
            return await do()

        async def failed(error: Exception) -> None:
            await fail(error)
            self._tell(error)

        token = _waiting.set(True)
        try:
            return await self.call_with_retry(do, failed, may_pass)
        finally:
            _waiting.reset(token)

    def _tell(self, error: Exception) -> None:
        if not self._waits:  # who asks does not wait, and says so itself
            return
        metrics.REDIS_ERRORS.labels(metrics.RETRIED).inc()
        now = time.monotonic()
        if now - Patience._told_at >= _TELL_EVERY_S:
            Patience._told_at = now
            _log.warning("Redis: %s; waiting", error)
