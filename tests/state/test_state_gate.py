from __future__ import annotations

import asyncio
import itertools
import time

from crawler.state import State


async def test_starts_are_a_gap_apart_whoever_asks(state: State):
    waits = await asyncio.gather(*(state.gate.reserve("example.org", 0.5) for _ in range(5)))
    assert all(mine for mine, _ in waits)
    starts = sorted(wait for _, wait in waits)
    assert all(0.45 <= later - sooner <= 0.55 for sooner, later in itertools.pairwise(starts))
    assert starts[0] == 0.0


async def test_hosts_do_not_wait_for_each_other(state: State):
    await state.gate.reserve("slow.example", 60)
    assert await state.gate.reserve("quick.example", 1) == (True, 0.0)


async def test_a_gate_that_is_closed_for_too_long_reserves_nothing(state: State):
    await state.gate.hold("busy.example", 30)
    for _ in range(3):
        mine, wait_s = await state.gate.reserve("busy.example", 1, longest_s=5)
        assert not mine
        assert 29 < wait_s <= 30


async def test_holding_never_opens_a_gate_earlier(state: State):
    await state.gate.hold("busy.example", 30)
    await state.gate.hold("busy.example", 1)
    _, wait_s = await state.gate.reserve("busy.example", 1)
    assert wait_s > 29


async def test_a_gate_opens(state: State):
    begun = time.monotonic()
    await state.gate.hold("busy.example", 0.1)
    _, wait_s = await state.gate.reserve("busy.example", 0.0)
    await asyncio.sleep(wait_s)
    assert 0.05 < time.monotonic() - begun < 5
    assert (await state.gate.reserve("busy.example", 0.0))[1] < 0.05
