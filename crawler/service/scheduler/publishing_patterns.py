"""The publishing patterns of a running schedule: learned when needed, adapted when a crawl has ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from crawler.config import Watch
from crawler.discover.freshness import FeedHints, quiet_until
from crawler.errors import ArchiveError, StateError
from crawler.runtime import Runtime
from crawler.schedule.due_time import History, is_adaptive
from crawler.schedule.schedule import Schedule
from crawler.service.scheduler.histories import Histories
from crawler.service.scheduler.websub import is_silent
from crawler.state.poll_hints import Listing
from crawler.state.websub import by_source, pushed

NO_HINT: Final = timedelta(0)
PUSHED: Final = timedelta(hours=1)  # between polls of a source whose hubs push

_log = logging.getLogger(__name__)


def hint_of(listings: Sequence[Listing], last: datetime) -> timedelta:
    """Return for how long after the poll at `last` no listing is expected to have news."""
    return min((_until(one, last) for one in listings), default=last) - last


def _until(one: Listing, last: datetime) -> datetime:
    hints = FeedHints(one.pause_s, frozenset(one.skip_hours), frozenset(one.skip_days))
    return quiet_until(hints, datetime.fromtimestamp(one.fresh_until, UTC), last)


class PublishingPatterns:
    """Reads histories and puts them into one schedule."""

    def __init__(self, runtime: Runtime, schedule: Schedule) -> None:
        self._runtime = runtime
        self._schedule = schedule
        self._histories = Histories(runtime.archive.sync)
        self._reading = asyncio.Lock()  # one thread at a time uses the histories
        self._updated = runtime.now()  # runs that ended until then are known

    async def use(self, watch: Watch) -> None:
        """Schedule the sources of a watch file. Raises ArchiveError."""
        async with self._reading:
            histories = await asyncio.to_thread(self._histories.load, self._schedule.changed(watch.sources))
            self._histories.keep_only(watch.source_by_id)
        self._schedule.use(watch.sources, histories, self._runtime.now())

    async def is_due(self, source_id: str) -> bool:
        """Return whether a released source is due; if its pattern is not known yet, learn it, which may reschedule it.

        Raises ArchiveError.
        """
        source, now = self._runtime.watch.source_by_id.get(source_id), self._runtime.now()
        if source is None or self._histories.is_learned(source_id):
            return source is not None
        async with self._reading:
            history = await asyncio.to_thread(self._histories.learned, source_id, now)
        due = self._schedule.adapt(source, await self._hinted(source_id, history), now)
        return due is None or due <= now

    async def adapt(self) -> None:
        """Reschedule the adaptive sources that any process has crawled since the last call."""
        sources = self._runtime.watch.source_by_id
        if not any(map(is_adaptive, sources.values())):
            return
        try:
            async with self._reading:
                histories, self._updated = await asyncio.to_thread(
                    self._histories.update, sources, self._updated, self._runtime.now()
                )
        except ArchiveError as error:
            _log.warning("learning of publishing patterns postponed: %s", error)
            return
        hints = await self._hints(histories)
        for name, history in histories.items():
            self._schedule.adapt(sources[name], replace(history, hint=hints.get(name, NO_HINT)), self._runtime.now())

    async def _hinted(self, source_id: str, history: History) -> History:
        return replace(history, hint=(await self._hints({source_id: history})).get(source_id, NO_HINT))

    async def _hints(self, histories: Mapping[str, History]) -> dict[str, timedelta]:
        """Return for how long the publishers of sources expect no news; nothing while Redis is unavailable."""
        try:
            listings = await self._runtime.state.poll_hints.of(histories)
            return await self._hints_of(histories, listings)
        except StateError as error:
            _log.warning("poll hints ignored: %s", error)
            return {}

    async def _hints_of(
        self, histories: Mapping[str, History], listings: Mapping[str, list[Listing]]
    ) -> dict[str, timedelta]:
        ended = {name: history.last.started for name, history in histories.items() if history.last is not None}
        hints = {name: hint_of(some, ended[name]) for name, some in listings.items() if name in ended}
        return hints | {name: max(PUSHED, hints.get(name, NO_HINT)) for name in await self._pushed(histories)}

    async def _pushed(self, histories: Mapping[str, History]) -> list[str]:
        """Return the sources all of whose feeds are pushed, so that polls are only a fallback. Raises StateError.

        If a poll finds news without a push, the source's hubs are doubted until they push again.
        """
        state, now_s, found = self._runtime.state, self._runtime.now().timestamp(), []
        offers = await state.poll_hints.offers(now_s, histories)
        known = by_source(await state.websub.listed()) if offers else {}
        for name, feeds in offers.items():
            mine = [one for one in known.get(name, ()) if one.active(now_s)]
            if not pushed(feeds, mine, now_s).whole:
                continue
            if is_silent(mine, histories[name].runs):
                for one in mine:
                    await state.websub.save(replace(one, doubted=True))
            else:
                found.append(name)
        return found
