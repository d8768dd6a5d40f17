from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.errors import StateError
from crawler.state import Claim, State, keys

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = 0xDEAD_BEEF_0000_0001


async def test_a_key_is_claimed_worked_on_and_then_seen(state: State):
    assert await state.urls.unseen([KEY], NOW) == [True]
    assert await state.urls.claim(KEY, "run-1", NOW) is Claim.MINE
    assert await state.urls.claim(KEY, "run-2", NOW) is Claim.TAKEN
    assert await state.urls.claim(KEY, "run-1", NOW) is Claim.MINE, "the same task may come again"
    assert await state.urls.unseen([KEY], NOW) == [True], "a claim is no mark"
    await state.urls.mark([KEY], NOW)
    assert await state.urls.unseen([KEY], NOW) == [False]
    assert await state.urls.claim(KEY, "run-2", NOW) is Claim.SEEN


async def test_a_lease_runs_out(state: State):
    assert await state.urls.claim(KEY, "run-1", NOW, lease_s=0.05) is Claim.MINE
    for _ in range(100):
        if await state.urls.claim(KEY, "run-2", NOW) is Claim.MINE:
            return
        await asyncio.sleep(0.01)
    pytest.fail("the lease of a dead crawl never ended")


async def test_only_the_owner_gives_a_lease_back(state: State):
    await state.urls.claim(KEY, "run-1", NOW)
    await state.urls.release(KEY, "run-2")
    assert await state.urls.claim(KEY, "run-2", NOW) is Claim.TAKEN
    await state.urls.release(KEY, "run-1")
    assert await state.urls.claim(KEY, "run-2", NOW) is Claim.MINE


async def test_failed_fetches_block_a_url_for_growing_pauses(state: State):
    pauses = []
    for attempt in (1, 2, 3, 4, 5):
        assert await state.attempts.fetch_failed(KEY, first_s=10, longest_s=1000) == (attempt, 0)
        assert await state.urls.claim(KEY, "anybody", NOW) is Claim.TAKEN
        pauses.append(await state.redis.pttl(keys.claim("url", KEY)))
    assert [round(pause / 1000) for pause in pauses] == [10, 40, 160, 640, 1000]
    await state.urls.mark([KEY], NOW)
    assert await state.attempts.fetch_failed(KEY) == (1, 0), "a mark forgets the failures"
    await state.urls.forget(KEY, NOW)
    assert await state.attempts.fetch_failed(KEY) == (1, 0), "forgetting a URL forgets them too"


async def test_pauses_without_an_answer_are_short_at_first_and_end_with_an_outage(state: State):
    pauses = []
    for attempt in (1, 2, 3, 4):
        assert await state.attempts.fetch_failed(KEY, answered=False) == (0, attempt)
        pauses.append(round(await state.redis.pttl(keys.claim("url", KEY)) / 1000))
    assert pauses == [30, 30, 30, 120]
    assert await state.urls.claim(KEY, "a crawl", NOW) is Claim.TAKEN
    await state.outages.ended(60.0)
    assert await state.urls.claim(KEY, "a crawl", NOW) is Claim.MINE
    await state.urls.release(KEY, "a crawl")
    assert await state.attempts.fetch_failed(KEY) == (1, 0), "failures in the outage do not count"
    assert await state.urls.claim(KEY, "a crawl", NOW) is Claim.TAKEN, "its host answered"


async def test_an_outage_ends_no_pause_that_began_long_before(state: State):
    await state.attempts.fetch_failed(KEY, answered=False)
    name = keys.claim("url", KEY)
    begun = int((await state.redis.get(name)).removeprefix(b"unanswered "))
    await state.redis.set(name, f"unanswered {begun - 100}", keepttl=True)
    await state.outages.ended(50.0)
    assert await state.urls.claim(KEY, "a crawl", NOW) is Claim.TAKEN
    await state.outages.ended(200.0)
    assert await state.urls.claim(KEY, "a crawl", NOW) is Claim.MINE


async def test_what_was_seen_is_remembered_for_one_to_two_generations(state: State):
    await state.urls.mark([KEY], NOW)
    generation = timedelta(seconds=keys.GENERATION_S)
    assert await state.urls.unseen([KEY], NOW + generation * 0.9) == [False]
    assert await state.urls.unseen([KEY], NOW + generation * 2) == [True]
    name = keys.seen("url", KEY, int(NOW.timestamp()) // keys.GENERATION_S)
    assert generation <= timedelta(seconds=await state.redis.ttl(name)) <= generation * 2


async def test_two_crawls_never_hold_one_key(state: State):
    claims = await asyncio.gather(*(state.urls.claim(KEY, f"run-{n}", NOW) for n in range(20)))
    assert claims.count(Claim.MINE) == 1
    assert claims.count(Claim.TAKEN) == 19


async def test_addresses_and_contents_are_kept_apart(state: State):
    await state.urls.mark([KEY], NOW)
    assert await state.contents.unseen([KEY], NOW) == [True]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.integers(0, 2**64 - 1), max_size=40), st.data())
async def test_every_key_of_64_bits_is_distinguished(state: State, some: set[int], data: st.DataObject):
    await state.redis.flushall()
    marked = {key for key in some if data.draw(st.booleans())}
    await state.urls.mark(marked, NOW)
    listed = sorted(some)
    assert await state.urls.unseen(listed, NOW) == [key not in marked for key in listed]


async def test_marks_stay_small_integer_sets(state: State):
    some = [number * keys.BUCKETS + 7 for number in range(400)]  # all of one bucket
    await state.urls.mark(some, NOW)
    name = keys.seen("url", some[0], int(NOW.timestamp()) // keys.GENERATION_S)
    assert await state.redis.scard(name) == 400
    assert await state.redis.object("ENCODING", name) == b"intset"


async def test_an_unreachable_server_is_a_state_error():
    gone = State.connect("redis://127.0.0.1:1/0", retries=1)
    with pytest.raises(StateError, match="reading the seen-set"):
        await gone.urls.unseen([KEY], NOW)
    await gone.close()


def test_a_url_that_is_none_is_refused_without_its_password():
    with pytest.raises(StateError) as refused:
        State.connect("rediss+nonsense://user:secret@host/0")
    assert "secret" not in str(refused.value)
    assert "user:***@host" in str(refused.value)
