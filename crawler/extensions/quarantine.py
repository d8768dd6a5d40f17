"""Reading what may be poison: each page is tried three times at most, over crawls and workers, and then set aside."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from typing import TypeVar

from crawler.dedupe.urls import canonical_url, url_key
from crawler.errors import AsideError, PoisonError, UnreadError
from crawler.runtime import Runtime
from crawler.state import Aside

T = TypeVar("T")

MAX_TRIES = 3
LISTING_AGAIN_S = 6 * 3600  # a listing that was set aside is tried again: without it nothing new is found
_CRASHED = "the worker ended while it was read"


class Quarantine:
    """Counts each try before the work, in Redis: a page that takes the whole worker along is found out as well.

    A try that our own end breaks off is taken back.
    """

    def __init__(self, runtime: Runtime, source: str) -> None:
        self._runtime = runtime
        self._source = source

    async def read(self, url: str, work: Callable[[bool], Awaitable[T]], *, listing: str = "") -> T:
        """What `work` gives. It is told whether to work alone: a try before this one never ended.

        `listing`: the address that named the page; "" for a listing itself. Raises what `work` raises, and
        AsideError, with its page on the list, once the page has been poison three times. Raises StateError.
        """
        trials, key = self._runtime.state.trials, url_key(canonical_url(url))
        trial = await trials.begin(key, MAX_TRIES)
        if trial.tries > MAX_TRIES and trial.crashed:
            raise await self._aside(url, key, _CRASHED, listing)
        if trial.tries > MAX_TRIES:
            raise _told(url, trial.why)
        try:
            result = await work(trial.crashed)
        except PoisonError as error:
            await trials.failed(key, error.message)
            if trial.tries < MAX_TRIES:
                raise
            raise await self._aside(url, key, error.message, listing) from error
        except (CancelledError, UnreadError):  # we end: nobody got to read it, which is no try
            trials.withdraw(key)
            raise
        except Exception:  # whatever it was, the page has harmed nobody
            trials.over(key)
            raise
        trials.over(key)
        return result

    async def _aside(self, url: str, key: int, why: str, listing: str) -> AsideError:
        page = Aside(url, key, self._source, why, self._runtime.now(), listing)
        await self._runtime.state.trials.set_aside(page, again_s=0 if listing else LISTING_AGAIN_S)
        error = _told(url, why)
        self._runtime.tell(f"{error} (`wirewatch pages list`)")
        return error


def _told(url: str, why: str) -> AsideError:
    return AsideError(f"set aside after {MAX_TRIES} tries: {why}", subject=url)
