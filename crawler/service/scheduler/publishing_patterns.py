"""The patterns of the sources in a running schedule: learned when they are needed, adapted when a crawl has ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from crawler.config import Watch
from crawler.discover.feeds.freshness import FeedHints, quiet_until
from crawler.errors import ArchiveError, StateError
from crawler.runtime import Runtime
from crawler.service.scheduler.histories import Histories, History, is_adaptive
from crawler.service.scheduler.schedule import Schedule
from crawler.service.scheduler.websub import is_silent
from crawler.state.poll_hints import Listing
from crawler.state.websub import by_source, pushed

NO_HINT: Final = timedelta(0)


def hint_of(listings: Sequence[Listing], last: datetime) -> timedelta:
    """For how long after the poll at `last` none of the listings is expected to have news."""
    return min((_until(one, last) for one in listings), default=last) - last


def _until(one: Listing, last: datetime) -> datetime:
    asks = FeedHints(one.pause_s, frozenset(one.skip_hours), frozenset(one.skip_days))
    return quiet_until(asks, datetime.fromtimestamp(one.fresh_until, UTC), last)


PUSHED = timedelta(hours=1)  # between polls of a source whose hubs push

_log = logging.getLogger(__name__)


class PublishingPatterns:
    """Histories of sources on their way into one schedule."""

    def __init__(self, runtime: Runtime, schedule: Schedule) -> None:
        self._runtime = runtime
        self._schedule = schedule
        self._histories = Histories(runtime.archive.sync)
        self._reading = asyncio.Lock()  # one thread at a time has the histories
        self._looked = runtime.now()  # runs that ended until then are known

    async def use(self, watch: Watch) -> None:
        """Schedules the sources of a watch file. Raises ArchiveError."""
        async with self._reading:
            histories = await asyncio.to_thread(self._histories.take_up, self._schedule.changed(watch.sources))
            self._histories.forget_all_but(watch.source_by_id)
        self._schedule.use(watch.sources, histories)

    async def is_due(self, source_id: str) -> bool:
        """Whether a source is due that may never have been looked at since the start: its pattern may say otherwise.

        Raises ArchiveError.
        """
        source, now = self._runtime.watch.source_by_id.get(source_id), self._runtime.now()
        if source is None or self._histories.is_learned(source_id):
            return source is not None
        async with self._reading:
            history = await asyncio.to_thread(self._histories.learned, source_id, now)
        due = self._schedule.adapt(source, await self._hinted(source_id, history))
        return due is None or due <= now

    async def adapt(self) -> None:
        """Gives the sources without `every` and `cron` that were crawled since, by whomever, their pattern."""
        sources = self._runtime.watch.source_by_id
        if not any(map(is_adaptive, sources.values())):
            return
        try:
            async with self._reading:
                histories, self._looked = await asyncio.to_thread(
                    self._histories.ended, sources, self._looked, self._runtime.now()
                )
        except ArchiveError as error:
            _log.warning("learning of publishing patterns postponed: %s", error)
            return
        hints = await self._hints(histories)
        for name, history in histories.items():
            self._schedule.adapt(sources[name], replace(history, hint=hints.get(name, NO_HINT)))

    async def _hinted(self, source_id: str, history: History) -> History:
        return replace(history, hint=(await self._hints({source_id: history})).get(source_id, NO_HINT))

    async def _hints(self, histories: Mapping[str, History]) -> dict[str, timedelta]:
        """For how long the publishers of sources expect no news; none while Redis is gone."""
        try:
            asked = await self._runtime.state.poll_hints.of(histories)
            return await self._hints_of(histories, asked)
        except StateError as error:
            _log.warning("poll hints ignored: %s", error)
            return {}

    async def _hints_of(
        self, histories: Mapping[str, History], asked: Mapping[str, list[Listing]]
    ) -> dict[str, timedelta]:
        ended = {name: history.last.started for name, history in histories.items() if history.last is not None}
        hints = {name: hint_of(listings, ended[name]) for name, listings in asked.items() if name in ended}
        return hints | {name: max(PUSHED, hints.get(name, NO_HINT)) for name in await self._pushed(histories)}

    async def _pushed(self, histories: Mapping[str, History]) -> list[str]:
        """Sources all of whose feeds are pushed, so that polls are only there in case. Raises StateError.

        Where a poll found news that no push told, its hubs are doubted from then on, until they push again.
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
