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
from crawler.web.server.holding import Vault

POLL_S = 1.0
QUIET_S = 15.0  # after this time without news, listeners get a keep-alive
REMEMBERED = 500  # articles

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What was stored after a moment: how many articles, how many of them raised an alert, and the last one's id."""

    last: int
    articles: int
    alerts: int
    more: bool = False  # than that: the beginning is not remembered


class Follower:
    """Follows the archive while there are listeners. Belongs to one event loop."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._known: deque[tuple[int, bool]] = deque(maxlen=REMEMBERED)  # id, whether it alerted; by id
        self._last = 0
        self._listeners = 0
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    async def follow(self, after: int) -> AsyncIterator[Arrivals | None]:
        """What came after the article `after`, whenever there is more of it; None as a sign of life. Ends at `stop`."""
        self._listeners += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._poll(), name="follow-archive")
        told = after
        try:
            while not self._stopped:
                changed = self._changed
                if self._last > told:
                    told = self._last
                    yield self._since(after)
                    continue
                try:
                    await asyncio.wait_for(changed.wait(), QUIET_S)
                except TimeoutError:
                    yield None
        finally:
            self._listeners -= 1

    async def stop(self) -> None:
        """End all listening, so that a server can stop at once."""
        self._stopped = True
        self._tell()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _since(self, after: int) -> Arrivals:
        new = [alerted for number, alerted in self._known if number > after]
        more = len(self._known) == REMEMBERED and self._known[0][0] > after + 1
        return Arrivals(self._last, len(new), sum(new), more)

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _poll(self) -> None:
        while self._listeners and not self._stopped:
            try:
                if await asyncio.to_thread(self._look):
                    self._tell()
            except WirewatchError as error:
                _log.debug("following the archive: %s", error)  # its pages say so
            await asyncio.sleep(POLL_S)

    def _look(self) -> bool:
        archive = self._vault.archive()
        newest = archive.last_id()
        if newest <= self._last:
            return False
        start = max(self._last, newest - REMEMBERED)
        wanted = ItemFilter(order=Order.STORED, after_id=start, limit=REMEMBERED)
        for row in archive.items(wanted, bodies=False):
            self._known.append((row.id, bool(row.rules)))
            self._last = row.id
        return True
