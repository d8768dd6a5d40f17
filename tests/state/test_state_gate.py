from __future__ import annotations

import asyncio
import itertools
import time
from pathlib import Path

import pytest

from crawler.state import EmbeddedServer, State, keys
from crawler.state.gate import LONGEST_BACK_OFF_S


@pytest.fixture
async def gate(state: State, valkey: EmbeddedServer):
    await start(state, "older.example", 1.0)  # what a Redis that has just begun is careful about is over then
    return state.gate


async def start(state: State, host: str, gap_s: float) -> float:
    """Waits as a crawl does; when the start was given."""
    while wait_s := (await state.gate.ask(host, gap_s)).wait_s:  # noqa: ASYNC110  as the gate says
        await asyncio.sleep(wait_s)
    return time.monotonic()


async def test_starts_are_a_gap_apart_whoever_asks(state: State, gate):
    starts = sorted(await asyncio.gather(*(start(state, "example.org", 0.2) for _ in range(6))))
    gaps = [later - sooner for sooner, later in itertools.pairwise(starts)]
    assert min(gaps) > 0.19  # the answers come a moment after the starts were given
    assert starts[-1] - starts[0] < 3, "nobody waits much longer than he must"


async def test_hosts_do_not_wait_for_each_other(gate):
    await gate.hold("slow.example", 60)
    assert (await gate.ask("quick.example", 0.01)).wait_s == 0.0


async def test_the_longer_of_two_gaps_counts_whoever_asks_first(gate):
    assert (await gate.ask("a.example", 0.1)).wait_s == 0.0
    await asyncio.sleep(0.15)
    assert 0.5 < (await gate.ask("a.example", 1.0)).wait_s <= 0.9, "another source wants a second between two starts"
    assert (await gate.ask("a.example", 0.1)).wait_s == 0.0
    assert (await gate.ask("b.example", 1.0)).wait_s == 0.0
    assert (await gate.ask("b.example", 0.1)).wait_s > 0.9


async def test_a_refusal_reserves_nothing_and_a_pause_holds_for_everybody_at_once(gate):
    assert (await gate.ask("busy.example", 0.2)).wait_s == 0.0
    assert (await gate.ask("busy.example", 0.2)).wait_s <= 0.2
    await gate.hold("busy.example", 30)
    for _ in range(3):
        assert 29 < (await gate.ask("busy.example", 0.2)).wait_s <= 30


async def test_holding_never_opens_a_gate_earlier(gate):
    await gate.hold("busy.example", 30)
    await gate.hold("busy.example", 1)
    assert (await gate.ask("busy.example", 1)).wait_s > 29
    assert await gate.failed("busy.example", 1) == 1.0
    assert (await gate.ask("busy.example", 1)).wait_s > 28


async def test_failures_in_a_row_double_the_pause_and_an_answer_ends_it(gate):
    assert [await gate.failed("down.example", 2.0) for _ in range(4)] == [2, 4, 8, 16]
    assert [await gate.failed("down.example", 2.0) for _ in range(8)][-1] == LONGEST_BACK_OFF_S
    answer = await gate.ask("down.example", 2.0)
    assert answer.errors == 12
    assert 295 < answer.wait_s <= 300
    await gate.answered("down.example")
    assert (await gate.ask("down.example", 2.0)).errors == 0
    assert await gate.failed("down.example", 0.0) == 1.0


async def test_what_is_kept_of_a_host_ends(state: State, gate):
    await gate.ask("a.example", 0.1)
    await gate.hold("b.example", 60)
    await gate.failed("c.example", 60)
    left = [await state.redis.pttl(keys.gate(f"{name}.example")) for name in "abc"]
    assert all(3_500_000 < ms <= 3_661_000 for ms in left), left


async def test_a_redis_that_has_just_begun_may_have_forgotten_the_last_start(tmp_path: Path):
    with EmbeddedServer(tmp_path) as server:
        state = State.connect(server.url, retries=3)
        try:
            wait_s = (await state.gate.ask("a.example", 4.0)).wait_s
            assert 3 <= wait_s <= 4.0
            assert (await state.gate.ask("a.example", 300.0)).wait_s <= 10.0
            assert (await state.gate.ask("a.example", 0.0)).wait_s == 0.0
        finally:
            await state.close()
