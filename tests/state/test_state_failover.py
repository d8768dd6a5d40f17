"""A master dies and its replica takes over, behind Sentinels and in a cluster: calls wait, and none is wrong."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.crc import key_slot
from test_state_kinds import many
from valkey_kinds import Cluster, Kind, Watched

from crawler.errors import StateError
from crawler.state import Claim, State
from crawler.state.keys import gate as gate_key

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SLOTS = 5461  # those of the node that dies in the cluster
KINDS: list[Callable[[Path], Kind]] = [Watched, Cluster]


class Crawls:
    """What crawls do to the state, again and again, until told to stop."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.marked: list[tuple[float, int]] = []  # when it came through, and what
        self.unmarked: list[int] = []
        self.errors: list[StateError] = []
        self.until = float("inf")
        self.long_after = asyncio.Event()
        self.stopping = asyncio.Event()

    async def work(self, keys: list[int]) -> None:
        for key in keys:
            if self.stopping.is_set():
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), 0.02)
            try:
                assert await self.state.urls.claim(key, "me", NOW) is Claim.MINE
                if key % 2:
                    await self.state.mark([key], [key], NOW)
                    self.marked.append((time.monotonic(), key))
                    if self.marked[-1][0] > self.until:
                        self.long_after.set()
                else:
                    self.unmarked.append(key)
                await self.state.gate.ask(f"{key % 100}.example", 0.05)
            except StateError as error:
                self.errors.append(error)


@pytest.mark.parametrize("kind", KINDS)
async def test_calls_wait_for_the_new_master(kind: Callable[[Path], Kind], tmp_path: Path):
    async with contextlib.AsyncExitStack() as opened:
        servers = opened.enter_context(kind(tmp_path))
        state = State.connect(servers.url)
        opened.push_async_callback(state.close)
        host = next(f"{n}.example" for n in range(100, 200) if key_slot(gate_key(f"{n}.example").encode()) < SLOTS)
        while wait_s := (await state.gate.ask(host, 0.01)).wait_s:  # noqa: ASYNC110  as the gate says
            await asyncio.sleep(wait_s)
        assert 59 < (await state.gate.ask(host, 60.0)).wait_s <= 60
        crawls = Crawls(state)
        keys = many(8_000)
        tasks = [asyncio.create_task(crawls.work(keys[at::8])) for at in range(8)]
        while len(crawls.marked) < 30:  # noqa: ASYNC110  however busy the machine is
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        killed = time.monotonic()
        crawls.until = killed + 3.5
        await asyncio.to_thread(servers.fail)
        await asyncio.wait_for(crawls.long_after.wait(), 60)
        crawls.stopping.set()
        await asyncio.gather(*tasks)

        assert not crawls.errors
        assert (await state.gate.ask(host, 60.0)).wait_s > 59, "the new master may not have heard of the last start"
        kept = [key for at, key in crawls.marked if not killed - 0.2 < at < killed + 0.2]
        assert len(kept) > 20
        assert not any(await state.urls.unseen(kept, NOW)), "what had come through is there"
        assert not any(await state.contents.unseen(kept, NOW))
        assert all(await state.urls.unseen(crawls.unmarked, NOW)), "and nothing else"


@pytest.mark.parametrize("kind", KINDS)
async def test_without_retries_the_error_is_raised(kind: Callable[[Path], Kind], tmp_path: Path):
    async with contextlib.AsyncExitStack() as opened:
        servers = opened.enter_context(kind(tmp_path))
        hasty, patient = State.connect(servers.url, retries=0), State.connect(servers.url)
        opened.push_async_callback(hasty.close)
        opened.push_async_callback(patient.close)
        await hasty.answers()
        for server in servers.servers:
            server.kill()
        with pytest.raises(StateError, match=r"querying Redis: .*(No master found for 'desk'|refused|Connect)"):
            await hasty.answers()
        with pytest.raises(StateError, match=r"No master found|cannot be connected.*CLUSTER INFO"):
            await hasty.mark(many(20), many(20), NOW)
        marking = asyncio.create_task(patient.mark(many(20), many(20), NOW))
        await asyncio.sleep(0.3)
        assert not marking.done()
        for server in servers.servers:
            await asyncio.to_thread(server.start)
        await asyncio.wait_for(marking, 30)
        assert not any(await patient.urls.unseen(many(20), NOW))
