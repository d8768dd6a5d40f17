"""New articles as they are stored: one poll of the archive per second serves all listeners, none without listeners."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

from crawler.archive import ItemFilter, Order
from crawler.errors import WirewatchError
from crawler.web.server.holding import ArchiveHolder

POLL_S = 1.0
QUIET_S = 15.0  # after this time without news, listeners get a keep-alive
REMEMBERED = 500  # articles

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """New articles: the last id, the number of articles, and how many of them raised an alert."""

    last: int
    articles: int
    alerts: int
    more: bool = False  # whether there are more than the follower remembers


class Follower:
    """Polls the archive while there are listeners. Belongs to one event loop."""

    def __init__(self, archive_holder: ArchiveHolder) -> None:
        self._archive_holder = archive_holder
        self._recent: deque[tuple[int, bool]] = deque(maxlen=REMEMBERED)  # id, whether it raised an alert; by id
        self._last = 0
        self._listeners = 0
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    async def follow(self, after: int) -> AsyncIterator[Arrivals | None]:
        """Yield the articles since `after` whenever there are new ones; None as a keep-alive. Ends at `stop`."""
        self._listeners += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._poll(), name="follow-archive")
        last_sent = after
        try:
            while not self._stopped:
                changed = self._changed
                if self._last > last_sent:
                    last_sent = self._last
                    yield self._since(after)
                    continue
                try:
                    await asyncio.wait_for(changed.wait(), QUIET_S)
                except TimeoutError:
                    yield None
        finally:
            self._listeners -= 1

    async def stop(self) -> None:
        """End all streams, so that the server can stop immediately."""
        self._stopped = True
        self._notify()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _since(self, after: int) -> Arrivals:
        new = [alerted for number, alerted in self._recent if number > after]
        more = len(self._recent) == REMEMBERED and self._recent[0][0] > after + 1
        return Arrivals(self._last, len(new), sum(new), more)

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _poll(self) -> None:
        while self._listeners and not self._stopped:
            try:
                if await asyncio.to_thread(self._read_new):
                    self._notify()
            except WirewatchError as error:
                _log.debug("polling the archive: %s", error)  # the pages show the error
            await asyncio.sleep(POLL_S)

    def _read_new(self) -> bool:
        archive = self._archive_holder.archive()
        newest = archive.last_id()
        if newest <= self._last:
            return False
        start = max(self._last, newest - REMEMBERED)
        selection = ItemFilter(order=Order.STORED, after_id=start, limit=REMEMBERED)
        for row in archive.items(selection, bodies=False):
            self._recent.append((row.id, bool(row.rules)))
            self._last = row.id
        return True
