"""Revisits in the service: sources with articles that are due get a task, each looked at by one run at a time."""

from __future__ import annotations

import logging

from docket import Docket

from crawler.errors import WirewatchError
from crawler.runtime import Runtime
from crawler.service.crawls import Crawls
from crawler.service.rebuild import rebuild
from crawler.service.tasks import REVISIT, add_revisit

SWEEP_S = 5.0

_log = logging.getLogger(__name__)


class Revisits:
    """Looks for what is due and runs it; rebuilds what Redis lost first."""

    def __init__(self, runtime: Runtime, queue: Docket, crawls: Crawls) -> None:
        self._runtime = runtime
        self._queue = queue
        self._crawls = crawls

        async def revisit(source_id: str) -> None:
            await crawls.revisit(source_id)

        queue.register(revisit, names=[REVISIT])

    async def sweep(self) -> None:
        """Adds a task for each source with articles that are due. Failures wait for the next sweep."""
        runtime = self._runtime
        try:
            await self.mend()
            now = runtime.now()
            sources = await runtime.desk.call(runtime.desk.archive.visits.due_sources, now)
            for source in sources:
                known = runtime.watch.source_by_id.get(source)
                if known is not None and not known.paused and not self._crawls.is_revisiting(source):
                    await add_revisit(self._queue, source, now)
        except WirewatchError as error:
            _log.warning("revisits wait: %s", error)

    async def mend(self) -> None:
        """Rebuilds Redis from the archive when it has lost what it knew."""
        runtime = self._runtime
        if await runtime.state.stories.lost():
            count = await rebuild(runtime.desk.archive, runtime.state, runtime.now())
            if count.articles:
                runtime.tell(
                    f"Redis was empty: {count.urls} addresses, {count.stories} stories rebuilt from the archive"
                )
