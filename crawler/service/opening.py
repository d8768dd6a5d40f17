"""Opening the shared parts of a process, which waits for unavailable servers without limit."""

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
REPEAT_S: Final = 60.0

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Opening:
    """Opens the shared parts of a process. `stopping` ends the wait; the reason of the wait is logged.

    `port`: monitoring is served there during the wait, healthy but not ready, so that the process is not restarted.
    """

    def __init__(self, places: Places, stopping: asyncio.Event, port: Port | None = None) -> None:
        self._places = places
        self._stopping = stopping
        self._port = port
        self._why = ""
        self._logged = ("", 0.0)  # the last reason in the log, and when

    async def runtime(self, watch: Watch, *, extracts: bool) -> Runtime | None:
        """Open the runtime as the owner of the folder of state; None if stopped before.

        Raises BusyError, and StateError, ArchiveError for errors that do not pass: a wrong password, a missing
        database, another schema. Raises ConfigError if the port is in use.
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
                self._log_reason()
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
        """Return what the process waits for and why, without passwords; "" if waiting does not help."""
        if isinstance(error, StateError):
            if not self._places.redis_url or not may_pass(error.__cause__):
                return ""
            return f"waiting for Redis at {_host(self._places.redis_url)}: {error.__cause__}"
        if not error.transient or self._places.database_url.startswith("sqlite"):
            return ""
        return f"waiting for the database at {_host(self._places.database_url)}: {error.message}"

    def _log_reason(self) -> None:
        now_s, what = asyncio.get_running_loop().time(), self._why.partition(" at ")[0]
        if self._logged[0] != what or now_s - self._logged[1] >= REPEAT_S:
            self._logged = (what, now_s)
            _log.warning("%s; retrying", self._why)

    async def _missing(self) -> None:
        raise WirewatchError(self._why)


def _host(url: str) -> str:
    """Return hosts and ports of an address, without user and password."""
    found = urlsplit(url)
    return found.netloc.rpartition("@")[2] or found.path
