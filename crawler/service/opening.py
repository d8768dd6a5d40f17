"""A role that starts while its servers are away waits for them, for as long as it takes: it is nobody's fault."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import Final, TypeVar
from urllib.parse import urlsplit

from crawler.config import Watch
from crawler.errors import ArchiveError, StateError, WirewatchError
from crawler.observe.readiness import Readiness
from crawler.observe.server import Port, serving
from crawler.private import make_private
from crawler.runtime import Places, Runtime
from crawler.state import State, may_pass

FIRST_PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 5.0
TELL_AGAIN_S: Final = 60.0

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Opening:
    """Opens a process' shared parts. `stopping` ends the wait; the log says why it lasts.

    `port`: monitoring is answered there meanwhile, alive and not ready: nothing restarts who only waits.
    """

    def __init__(self, places: Places, stopping: asyncio.Event, port: Port | None = None) -> None:
        self._places = places
        self._stopping = stopping
        self._port = port
        self._why = ""
        self._told = ("", 0.0)  # for what it waits, and when that was said

    async def runtime(self, watch: Watch, *, extracts: bool) -> Runtime | None:
        """What `Runtime.open` gives its owner, at last; None when told to stop before.

        Raises BusyError, and StateError, ArchiveError for what no waiting mends: a password, a database that does not
        exist, another schema. Raises ConfigError when the port cannot be taken.
        """
        await asyncio.to_thread(make_private, self._places.folder)
        pause_s, is_open = FIRST_PAUSE_S, False
        async with AsyncExitStack() as stack:
            while not self._stopping.is_set():
                try:
                    return await self._unless_stopped(self._attempt(watch, extracts=extracts))
                except (StateError, ArchiveError) as error:
                    self._why = self._waits_for(error)
                    if not self._why:
                        raise
                if self._port is not None and not is_open:
                    await stack.enter_async_context(serving(self._port, Readiness({"servers": self._missing})))
                    is_open = True
                self._tell()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), pause_s)
                pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)
        return None

    async def _attempt(self, watch: Watch, *, extracts: bool) -> Runtime:
        if self._places.redis_url:
            state = State.connect(self._places.redis_url, retries=0)
            try:
                await state.answers()
            finally:
                await state.close()
        return await Runtime.open(watch, self._places, owner=True, extracts=extracts)

    async def _unless_stopped(self, opening: Awaitable[T]) -> T | None:
        work, stopped = asyncio.ensure_future(opening), asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait([work, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if work.done():
            return work.result()
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
        return None

    def _waits_for(self, error: StateError | ArchiveError) -> str:
        """What is waited for and why, in one line without a password; "" where waiting does not help."""
        if isinstance(error, StateError):
            if not self._places.redis_url or not may_pass(error.__cause__):
                return ""
            return f"waiting for Redis at {_host(self._places.redis_url)}: {error.__cause__}"
        if not error.transient or self._places.database_url.startswith("sqlite"):
            return ""
        return f"waiting for the database at {_host(self._places.database_url)}: {error.message}"

    def _tell(self) -> None:
        now_s, what = asyncio.get_running_loop().time(), self._why.partition(" at ")[0]
        if self._told[0] != what or now_s - self._told[1] >= TELL_AGAIN_S:
            self._told = (what, now_s)
            _log.warning("%s; retrying", self._why)

    async def _missing(self) -> None:
        raise WirewatchError(self._why)


def _host(url: str) -> str:
    """Hosts and ports of an address, without user and password."""
    found = urlsplit(url)
    return found.netloc.rpartition("@")[2] or found.path
