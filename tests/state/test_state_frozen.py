"""A master freezes, is replaced and comes back: its sockets stay open all the time, and nothing is written to it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from docket import Docket, Worker
from ending import end
from pace import Delays
from redis.exceptions import RedisError
from test_state_kinds import many
from valkey_kinds import Cluster, Kind, Watched, wait_for

from crawler.service.worker.queue import open_queue
from crawler.state import State

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KINDS: list[Callable[[Path], Kind]] = [Watched, Cluster]
SILENT_S = 3


class Work:
    """Marks, and tasks that are added and done, each as often as it goes."""

    def __init__(self, state: State, queue: Docket) -> None:
        self.state, self.queue = state, queue
        self.marked: list[int] = []
        self.added: list[tuple[float, int]] = []  # when, and what
        self.done: set[int] = set()
        self.longest_turn_s = 0.0

    async def job(self, number: str) -> None:
        self.done.add(int(number))

    async def mark(self) -> None:
        for key in many(10_000):
            await self.state.mark([key], [key], NOW)
            self.marked.append(key)
            await asyncio.sleep(0.02)

    async def add(self) -> None:
        for number in range(10_000):
            with contextlib.suppress(RedisError):  # a schedule adds it again
                await self.queue.add(self.job, key=f"job-{number}")(str(number))
                self.added.append((time.monotonic(), number))
            await asyncio.sleep(0.02)

    async def turn(self) -> None:
        while True:
            asked = time.monotonic()
            await asyncio.sleep(0.01)
            self.longest_turn_s = max(self.longest_turn_s, time.monotonic() - asked)

    async def goes_on(self, count: int = 5) -> None:
        marked, added, done = len(self.marked), len(self.added), len(self.done)
        while min(len(self.marked) - marked, len(self.added) - added, len(self.done) - done) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def at_work(url: str):
    async with contextlib.AsyncExitStack() as opened:
        state = State.connect(url)
        opened.push_async_callback(state.close)
        queue = await opened.enter_async_context(open_queue("ww:docket", url, kept=timedelta(minutes=5)))
        work = Work(state, queue)
        queue.register(work.job)
        pause = timedelta(seconds=0.5)
        worker = await opened.enter_async_context(Worker(queue, reconnection_delay=pause, redelivery_timeout=pause * 4))
        tasks = [asyncio.create_task(do) for do in (worker.run_forever(), work.mark(), work.add(), work.turn())]
        try:
            yield work, tasks
        finally:
            await end(*tasks)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_frozen_master_is_left_and_not_come_back_to(kind: Callable[[Path], Kind], tmp_path: Path):
    with kind(tmp_path) as servers, Delays() as delays:
        async with at_work(f"{servers.url}?socket_timeout={SILENT_S}") as (work, tasks):
            await asyncio.wait_for(work.goes_on(), 30)
            frozen = servers.master()
            frozen.freeze()
            at = time.monotonic()
            await asyncio.sleep(SILENT_S)
            await asyncio.wait_for(work.goes_on(), 30)
            assert time.monotonic() - at < 40
            frozen.thaw()
            await asyncio.to_thread(wait_for, lambda: frozen.client.info("replication")["role"] == "slave")
            await asyncio.wait_for(work.goes_on(), 30)
            for task in tasks[1:3]:
                task.cancel()
            marked = work.marked
            assert not any(await work.state.urls.unseen(marked[-20:], NOW))
            while lost := {number for when, number in work.added if not at - 0.2 < when < at} - work.done:
                assert time.monotonic() - at < 60, f"never done: {lost}"
                await asyncio.sleep(0.05)
            assert work.longest_turn_s - delays.longest_s < SILENT_S, "the event loop went on"


@pytest.mark.timeout(300)
async def test_a_sentinel_that_is_silent_is_passed_over(watched: Kind):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and says nothing
        url = watched.url.replace("127.0.0.1:1,", f"127.0.0.1:{silent.getsockname()[1]},")
        state = State.connect(url)
        begun = time.monotonic()
        await state.answers()
        async with open_queue("ww:silent", url, kept=timedelta(minutes=5)) as queue, queue.redis() as redis:
            assert await redis.set("ww:silent", "1")
            await queue.wait_for_strikes_loaded()
        await state.close()
        assert time.monotonic() - begun < 15
