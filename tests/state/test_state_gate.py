from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from crawler.hosts import NO_START, Start
from crawler.state import EmbeddedServer, State, keys
from crawler.state.gate import LEASE_S, LONGEST_BACK_OFF_S, LONGEST_UNANSWERED_S, HostGate


@pytest.fixture
async def gate(state: State, valkey: EmbeddedServer):
    await start(state, "older.example", 1.0)  # what a Redis that has just begun is careful about is over then
    return state.gate


async def start(state: State, host: str, gap_s: float) -> tuple[float, float]:
    """Waits as a crawl does; between which two moments the start was given."""
    while True:
        asked = time.monotonic()
        wait_s = (await state.gate.ask(host, gap_s)).wait_s
        if not wait_s:
            return time.monotonic(), asked
        await asyncio.sleep(wait_s)


async def test_starts_are_a_gap_apart_for_all_callers(state: State, gate):
    begun = time.monotonic()
    starts = sorted(await asyncio.gather(*(start(state, "example.org", 0.2) for _ in range(6))))
    gaps = [told - asked for (_, asked), (told, _) in itertools.pairwise(starts)]
    assert min(gaps) > 0.199
    assert 0.99 < starts[-1][0] - begun < 3, "nobody waits much longer than he must"


async def test_hosts_do_not_wait_for_each_other(gate):
    await gate.hold("slow.example", 60)
    assert (await gate.ask("quick.example", 0.01)).wait_s == 0.0


async def test_the_longer_of_two_gaps_counts_for_all_callers(gate):
    assert (await gate.ask("a.example", 0.1)).wait_s == 0.0
    await asyncio.sleep(0.15)
    assert 0.5 < (await gate.ask("a.example", 1.0)).wait_s <= 0.9, "another source wants a second between two starts"
    assert (await gate.ask("a.example", 0.1)).wait_s == 0.0
    assert (await gate.ask("b.example", 1.0)).wait_s == 0.0
    assert (await gate.ask("b.example", 0.1)).wait_s > 0.9


async def test_a_refusal_reserves_nothing_and_a_pause_holds_for_all_callers_at_once(gate):
    assert (await gate.ask("busy.example", 0.2)).wait_s == 0.0
    assert (await gate.ask("busy.example", 0.2)).wait_s <= 0.2
    await gate.hold("busy.example", 30)
    for _ in range(3):
        assert 29 < (await gate.ask("busy.example", 0.2)).wait_s <= 30


async def test_holding_never_opens_a_gate_earlier(gate):
    await gate.hold("busy.example", 30)
    await gate.hold("busy.example", 1)
    assert (await gate.ask("busy.example", 1)).wait_s > 29
    assert 28 < await gate.failed("busy.example", 1) <= 30, "for how long it is closed now"
    assert (await gate.ask("busy.example", 1)).wait_s > 28


async def test_failures_in_a_row_double_the_pause_and_an_answer_ends_it(gate):
    assert [await gate.failed("down.example", 2.0) for _ in range(4)] == [2, 4, 8, 16]
    assert [await gate.failed("down.example", 2.0) for _ in range(8)][-1] == LONGEST_BACK_OFF_S
    answer = await gate.ask("down.example", 2.0)
    assert answer.errors == 12
    assert 295 < answer.wait_s <= 300
    await gate.answered("down.example")
    assert (await gate.ask("down.example", 2.0)).errors == 0
    assert await gate.failed("up.example", 0.0) == 1.0


async def test_without_an_answer_the_pause_is_shorter_and_ends_with_an_outage(state: State, gate):
    assert [await gate.failed("away.example", 2.0, answered=False) for _ in range(8)][-1] == LONGEST_UNANSWERED_S
    assert (await gate.ask("away.example", 0.0)).wait_s > 55
    await gate.failed("broken.example", 30.0)
    await gate.failed("busy.example", 0.0, answered=False)
    await gate.hold("busy.example", 30)
    await state.outages.ended(60.0)
    assert await gate.ask("away.example", 0.0) == (0.0, 0)
    assert (await gate.ask("broken.example", 0.0)).wait_s > 25, "it answered, with an error"
    assert (await gate.ask("busy.example", 0.0)).wait_s > 25, "it asked for a pause"


GAP = 2.0
MINE = Start("mine", GAP, 0.2)


async def age(state: State, host: str, by_s: float) -> None:
    """As if what is known of `host` were older."""
    for field in ("last", "opens"):
        await state.redis.hincrby(keys.gate(host), field, -round(by_s * 1000))


async def known(state: State, host: str) -> str:
    """A host that was asked long ago, by way of the same server."""
    await start(state, host, 0.01)
    await age(state, host, 1000)
    return host


async def others_wait(state: State, host: str, gap_s: float = GAP) -> float:
    return (await state.gate.ask(host, gap_s, "other")).wait_s


def about(expected_s: float, found_s: float) -> bool:
    return expected_s - 0.3 < found_s <= expected_s


@pytest.mark.parametrize(
    ("passed_s", "wait_s", "why"),
    [
        (0.5, GAP - 0.5, "the gap"),
        (GAP + 0.5, GAP, "no end was told: again after a gap, as it may be told at any moment"),
        (GAP + LEASE_S - 1, 1.0, "the rest of the lease"),
        (GAP + LEASE_S + 0.01, 0.0, "who had the start is dead"),
    ],
)
async def test_a_start_is_open_until_its_end_is_reported(state: State, passed_s: float, wait_s: float, why: str):
    host = await known(state, "a.example")
    assert await state.gate.ask(host, GAP, "mine") == (0.0, 0)
    await age(state, host, passed_s)
    assert about(wait_s, await others_wait(state, host)), why


ENDS: dict[str, tuple[Callable[[HostGate, str], Awaitable[float]], float, float]] = {
    "answered in time": (lambda gate, host: gate.answered(host, MINE), 0.1, GAP - 0.1),
    "answered late: the gap from now": (lambda gate, host: gate.answered(host, MINE), 1.0, GAP - 0.2),
    "answered very late": (lambda gate, host: gate.answered(host, MINE), 9.0, GAP - 0.2),
    "answered when the lease was over": (lambda gate, host: gate.answered(host, MINE), 60.0, GAP - 0.2),
    "failed": (lambda gate, host: gate.failed(host, 5.0, MINE), 1.0, 5.0),
    "failed late": (lambda gate, host: gate.failed(host, 0.0, MINE), 1.0, GAP - 0.2),
    "asked for a pause": (lambda gate, host: gate.hold(host, 30, MINE), 1.0, 30.0),
    "given back": (lambda gate, host: gate.hold(host, 0, MINE), 0.1, GAP - 0.1),
}


@pytest.mark.parametrize("end", ENDS)
async def test_each_end_of_a_start(state: State, end: str):
    tell, passed_s, wait_s = ENDS[end]
    host = await known(state, "a.example")
    assert (await state.gate.ask(host, GAP, "mine")).wait_s == 0.0
    await age(state, host, passed_s)
    assert about(wait_s, await tell(state.gate, host)), "for how long it is closed"
    assert about(wait_s, await others_wait(state, host))
    assert await state.redis.hmget(keys.gate(host), "start", "gap") == [None, None], "nothing stands any more"


async def test_a_late_answer_counts_for_a_source_that_wants_a_longer_gap(state: State):
    host = await known(state, "a.example")
    await state.gate.ask(host, GAP, "mine")
    await age(state, host, 1.0)
    await state.gate.answered(host, MINE)
    assert about(5 - 0.2, await others_wait(state, host, 5.0))


async def test_an_end_that_is_reported_too_late_ends_no_other_start(state: State):
    host = await known(state, "a.example")
    await state.gate.ask(host, GAP, "mine")
    await age(state, host, GAP + LEASE_S + 0.01)
    assert await others_wait(state, host) == 0.0
    await age(state, host, GAP)
    assert about(GAP - 0.2, await state.gate.answered(host, MINE)), "the host has just been asked"
    await age(state, host, GAP)
    assert about(GAP, (await state.gate.ask(host, GAP, "third")).wait_s), "the other's start stands"


async def test_a_caller_that_tries_again_is_not_blocked_by_its_own_start(state: State):
    host = await known(state, "a.example")
    await state.gate.ask(host, GAP, "mine")
    assert (await state.gate.ask(host, GAP, "mine")).wait_s > GAP - 0.3
    await age(state, host, GAP)
    assert (await state.gate.ask(host, GAP, "mine")).wait_s == 0.0


async def test_a_start_without_a_name_blocks_no_caller(state: State):
    host = await known(state, "a.example")
    await state.gate.ask(host, GAP, "mine")
    await age(state, host, GAP + LEASE_S + 0.01)
    assert (await state.gate.ask(host, GAP)).wait_s == 0.0
    await age(state, host, GAP)
    assert await others_wait(state, host) == 0.0, "nor does one that was given before it"
    assert await state.gate.answered("b.example", NO_START) == 0.0
    assert not await state.redis.exists(keys.gate("b.example"))


async def test_others_may_have_to_wait_longer_than_is_due(state: State):
    host = await known(state, "slow.example")
    await state.gate.ask(host, GAP, shut_s=7.0)
    assert about(7.0, await others_wait(state, host))


@pytest.mark.parametrize("gap_s", [2.0, 300.0])
async def test_another_server_may_have_forgotten_the_last_start(state: State, gap_s: float):
    host = await known(state, "a.example")
    await state.redis.hset(keys.gate(host), "server", "the one before")
    assert (await state.gate.ask(host, 0.0)).wait_s == 0.0, "nothing is due"
    await age(state, host, 1000)
    assert about(gap_s, (await state.gate.ask(host, gap_s)).wait_s), "it may have been a moment ago"
    await age(state, host, gap_s - 1)
    assert about(1.0, (await state.gate.ask(host, gap_s)).wait_s), "that is waited for once"
    await age(state, host, 1)
    assert (await state.gate.ask(host, gap_s)).wait_s == 0.0


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


async def test_a_clock_that_was_set_back_closes_no_gate_for_longer_than_was_due(state: State, gate):
    assert (await gate.ask("ahead.example", 0.3)).wait_s == 0.0
    ahead = int(time.time() * 1000) + 3_600_000
    await state.redis.hset(keys.gate("ahead.example"), mapping={"last": ahead, "opens": ahead + 20_000})
    assert 19 < (await gate.ask("ahead.example", 0.3)).wait_s <= 20, "a pause of the host stays as long as it was"
    await state.redis.hset(keys.gate("ahead.example"), mapping={"last": ahead, "opens": ahead + 300})
    wait_s = (await gate.ask("ahead.example", 0.3)).wait_s
    assert 0.2 < wait_s <= 0.3
    await asyncio.sleep(wait_s)
    assert (await gate.ask("ahead.example", 0.3)).wait_s == 0.0
