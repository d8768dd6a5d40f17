"""Reading pages that may crash the process: three attempts over all crawls and workers, then quarantine."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from typing import TypeVar

from crawler.dedupe.urls import canonical_url, url_key
from crawler.errors import ExtractorCrashError, NotAttemptedError, QuarantinedError
from crawler.health.canary import CANARY
from crawler.runtime import Runtime
from crawler.state import Quarantined

T = TypeVar("T")

MAX_TRIES = 3
LISTING_AGAIN_S = 6 * 3600  # a quarantined listing is retried: without it nothing new is found
_CRASHED = "the worker stopped while it was read"


class Quarantine:
    """Counts each attempt in Redis before it begins, so that a page that kills the whole worker is recognized too.

    An attempt that our own shutdown interrupts is withdrawn.
    """

    def __init__(self, runtime: Runtime, source: str) -> None:
        self._runtime = runtime
        self._source = source

    async def read(self, url: str, work: Callable[[bool], Awaitable[T]], *, listing: str = "") -> T:
        """Return what `work` returns. Its argument says whether to work alone, as an earlier attempt never ended.

        `listing`: the address that named the page; "" for a listing itself. Raises what `work` raises, StateError, and
        QuarantinedError, with the page in quarantine, once it has crashed the process three times.
        """
        attempts, key = self._runtime.state.attempts, url_key(canonical_url(url))
        attempt = await attempts.begin(key, MAX_TRIES)
        if attempt.tries > MAX_TRIES and attempt.crashed:
            raise await self._quarantine(url, key, _CRASHED, listing)
        if attempt.tries > MAX_TRIES:
            raise _error(url, attempt.why)
        try:
            result = await work(attempt.crashed)
        except ExtractorCrashError as error:
            await attempts.failed(key, error.message)
            if attempt.tries < MAX_TRIES:
                raise
            raise await self._quarantine(url, key, error.message, listing) from error
        except (CancelledError, NotAttemptedError):  # our shutdown: the page was not read, which is not an attempt
            attempts.withdraw(key)
            raise
        except Exception:  # whatever it was, the process survived it
            attempts.succeeded(key)
            raise
        attempts.succeeded(key)
        return result

    async def _quarantine(self, url: str, key: int, why: str, listing: str) -> QuarantinedError:
        if self._source == CANARY:  # it is reported as late, and listed nowhere
            return _error(url, why)
        page = Quarantined(url, key, self._source, why, self._runtime.now(), listing)
        await self._runtime.state.attempts.quarantine(page, again_s=0 if listing else LISTING_AGAIN_S)
        error = _error(url, why)
        self._runtime.report(f"{error} (see `wirewatch quarantine list`)")
        return error


def _error(url: str, why: str) -> QuarantinedError:
    return QuarantinedError(f"quarantined after {MAX_TRIES} attempts: {why}", subject=url)
