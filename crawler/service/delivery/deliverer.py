"""The deliver role: the loop that plans messages, and the worker that sends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, Self

from docket import Docket

from crawler.runtime import Runtime
from crawler.service.delivery.deliveries import Deliveries
from crawler.service.worker.worker import TaskWorker
from crawler.state import LeaderLease

AT_ONCE: Final = 20  # messages of all channels
_END_S: Final = 0.3


class Deliverer:
    """Plans messages while it is the leader, and always sends those that are due."""

    def __init__(self, deliveries: Deliveries, tasks: TaskWorker, lease: LeaderLease) -> None:
        self._deliveries = deliveries
        self.tasks = tasks
        self.lease = lease

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        runtime: Runtime,
        queue: Docket,
        write: Callable[[str], None],
        due: asyncio.Event,
        lease: LeaderLease,
        home: str,
    ) -> AsyncIterator[Self]:
        """Open the role for the block; the arguments are those of `Deliveries`."""
        deliveries = Deliveries(runtime, queue, write, due, lease, home)
        async with TaskWorker.open(queue, AT_ONCE) as tasks:
            yield cls(deliveries, tasks, lease)

    async def run(self) -> None:
        """Plan and send until cancelled."""
        loops = [asyncio.create_task(self._deliveries.run()), asyncio.create_task(self.tasks.run())]
        try:
            await asyncio.gather(*loops)  # passes a second cancellation on, which a TaskGroup does not
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.wait(loops, timeout=_END_S)

    async def stop(self) -> None:
        """Let `run` return when it is cancelled."""
        self.tasks.stop()

    async def close(self) -> None:
        """Close the senders."""
        await self._deliveries.close()
