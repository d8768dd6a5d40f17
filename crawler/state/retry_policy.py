"""The retry policy for Redis, sized for an outage of a minute or two: a failover, a restart, a full disk."""

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
_PASSING = (OutOfMemoryError, ReadOnlyError, TryAgainError, ClusterDownError)  # full, or failing over
_REFUSED = (AuthenticationError, AuthorizationError)  # to redis-py a lost connection, or its cause
_SUPPORTED: tuple[type[Any], ...] = (ConnectionError, TimeoutError, ResponseError, ClusterError, SlotNotCoveredError)
_PASSING_CODES = ("MISCONF", "NOREPLICAS")  # a full disk; a master that is cut off, or whose replicas are not back yet
_REPORT_EVERY_S = 10.0
_LONGEST_PAUSE_S = 4.0
_log = logging.getLogger(__name__)
_waiting: ContextVar[bool] = ContextVar("waiting", default=False)


def once() -> Retry:
    """Return the policy for redis-py's own attempts, inside of ours."""
    return Retry(NoBackoff(), 0)


def may_pass(error: BaseException | None) -> bool:
    """Return whether a retry may help after an error of redis-py: the server is down, loading, full or failing over."""
    if error is None or any(isinstance(one, _REFUSED) for one in (error, error.__cause__)):
        return False
    if tls.explain(error):
        return False
    if isinstance(error, ResponseError):
        return isinstance(error, _PASSING) or any(code in str(error) for code in _PASSING_CODES)
    return isinstance(error, _SUPPORTED)


def waiting() -> bool:
    """Return whether this is an attempt at a command, which may be repeated."""
    return _waiting.get()


class RetryPolicy(Retry):
    """A retry policy for temporary errors: a lost connection, a server that is loading, a full disk."""

    _reported_at = -_REPORT_EVERY_S  # of all connections together

    def __init__(self, retries: int = RETRIES) -> None:
        super().__init__(ExponentialBackoff(cap=_LONGEST_PAUSE_S, base=0.05), retries, _SUPPORTED)
        self._waits = retries > 0

    async def run(self, do: Callable[[], Awaitable[T]], fail: Callable[[Exception], Awaitable[None]]) -> T:
        """Return the result of `do`; `fail` is called after each failed attempt. Raises redis-py's errors.

        Commands inside of another command are not retried themselves, so that attempts do not multiply.
        """
        if _waiting.get():
            return await do()

        async def failed(error: Exception) -> None:
            await fail(error)
            self._report(error)

        token = _waiting.set(True)
        try:
            return await self.call_with_retry(do, failed, may_pass)
        finally:
            _waiting.reset(token)

    def _report(self, error: Exception) -> None:
        if not self._waits:  # the caller does not wait, and reports it
            return
        metrics.REDIS_ERRORS.labels(metrics.RETRIED).inc()
        now = time.monotonic()
        if now - RetryPolicy._reported_at >= _REPORT_EVERY_S:
            RetryPolicy._reported_at = now
            _log.warning("Redis: %s; waiting", error)
