"""Revisits: sources with articles that are due get a task; what Redis lost is rebuilt first."""

from __future__ import annotations

import logging

from docket import Docket

from crawler.errors import WirewatchError
from crawler.runtime import Runtime
from crawler.service.rebuild import rebuild
from crawler.service.tasks import add_revisit

SWEEP_S = 5.0

_log = logging.getLogger(__name__)


class Revisits:
    """The scheduler's side of looking again."""

    def __init__(self, runtime: Runtime, queue: Docket) -> None:
        self._runtime = runtime
        self._queue = queue

    async def sweep(self) -> None:
        """Adds a task for each source with articles that are due. Failures wait for the next sweep."""
        runtime = self._runtime
        try:
            await self.mend()
            now = runtime.now()
            sources = await runtime.archive.call(runtime.archive.sync.visits.due_sources, now)
            for source in sources:
                known = runtime.watch.source_by_id.get(source)
                if known is not None and not known.paused:
                    await add_revisit(self._queue, source)
        except WirewatchError as error:
            _log.warning("revisits postponed: %s", error)

    async def mend(self) -> None:
        """Rebuilds Redis from the archive when it has lost what it knew."""
        runtime = self._runtime
        if await runtime.state.stories.lost():
            count = await rebuild(runtime.archive.sync, runtime.state, runtime.now())
            if count.articles:
                runtime.tell(f"Redis was empty: rebuilt {count.urls} URLs and {count.stories} stories from the archive")
