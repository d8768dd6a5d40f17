"""Stories in Redis: found or begun in one atomic step."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest

from crawler.dedupe.sketch import Sketch, sketch
from crawler.errors import StateError
from crawler.state import State, keys
from crawler.state.stories import NEW

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
WINDOW = timedelta(seconds=keys.STORY_WINDOW_S)
WORDS = [f"word{number}" for number in range(4000)]


def text(seed: int, count: int = 300) -> str:
    rng = random.Random(seed)
    return " ".join(rng.choice(WORDS) for _ in range(count))


async def place(state: State, body: str, key: str = "", *, title: str = "t", site: str = "a.org", now: datetime = NOW):
    return await state.stories.place(sketch(title, body, site), key or f"{abs(hash(body)) % 10**16:016d}", now)


async def test_a_text_begins_a_story_and_finds_it_again(state: State):
    first = await place(state, text(1), "1" * 16)
    assert (first.key, first.is_new) == ("1" * 16, True)
    again = await place(state, text(1), "2" * 16)
    assert (again.key, again.is_new, again.number, again.share) == ("1" * 16, False, first.number, 1.0)
    other = await place(state, text(2), "3" * 16)
    assert (other.is_new, other.key) == (True, "3" * 16)


@pytest.mark.parametrize(
    "variant",
    [
        lambda body: " ".join(body.split()[:150]),
        lambda body: " ".join(body.split()[:90]),
        lambda body: f"{text(77, 150)} {body} {text(78, 150)}",
        lambda body: " ".join(word if n % 6 else "other" for n, word in enumerate(body.split())),
        lambda body: " ".join(reversed([" ".join(body.split()[at : at + 50]) for at in range(0, 300, 50)])),
    ],
    ids=["cut-50", "cut-30", "embedded", "words-16", "moved"],
)
async def test_variants_are_copies(state: State, variant):
    home = await place(state, text(1))
    assert (await place(state, variant(text(1)))).number == home.number


async def test_the_shorter_text_may_come_first_and_longer_ones_widen_the_story(state: State):
    whole = text(5, 900)
    home = await place(state, " ".join(whole.split()[:200]))
    assert (await place(state, whole)).number == home.number
    assert (await place(state, " ".join(whole.split()[600:]))).number == home.number, (
        "found by what the longer one added"
    )


async def test_boilerplate_is_no_story(state: State):
    boilerplate = text(98, 30)
    numbers = [(await place(state, f"{boilerplate} {text(n, 200)}")).number for n in range(40)]
    assert len(set(numbers)) >= 33, "after five stories the shingles of the boilerplate are known for what they are"
    assert len(set(numbers[10:])) == 30


async def test_short_texts_need_title_and_site(state: State):
    home = await place(state, "It is late.", title="Ferry late")
    assert (await place(state, "Very late.", title="Ferry late")).number == home.number
    assert (await place(state, "It is late.", title="Ferry late", site="b.org")).is_new
    assert (await place(state, "It is late.", title="Ferry gone")).is_new


async def test_two_workers_at_the_same_moment_make_one_story(state: State):
    other = State.connect(state.redis.connection_pool.connection_kwargs["path"].join(("unix://", "")), retries=3)
    places = await asyncio.gather(*(place((state, other)[n % 2], text(1), f"{n:016d}") for n in range(40)))
    await other.close()
    assert len({found.number for found in places}) == 1
    assert sum(found.is_new for found in places) == 1


async def test_a_story_is_known_for_one_to_two_windows_after_its_last_copy(state: State):
    home = await place(state, text(1))
    assert (await place(state, text(2))).is_new
    for step in (0.9, 1.8, 2.7):  # each copy keeps it alive
        assert (await place(state, text(1), now=NOW + step * WINDOW)).number == home.number
    assert (await place(state, text(2), now=NOW + 2.8 * WINDOW)).is_new, "nothing came for two windows"


@pytest.mark.parametrize("jump", [timedelta(days=-4000), timedelta(days=4000), timedelta(days=3)])
async def test_a_clock_that_jumps_forgets_nothing(state: State, jump: timedelta):
    home = await place(state, text(1))
    assert (await place(state, text(1), now=NOW + jump)).number == home.number
    assert (await place(state, text(1), now=NOW)).number == home.number


async def test_what_is_old_is_deleted_bit_by_bit(state: State):
    rng = random.Random(3)
    for number in range(300):
        some = Sketch(tuple(rng.getrandbits(29) << 3 for _ in range(60)), 480, 8)
        await state.stories.place(some, f"{number:016x}", NOW)
    full = await state.redis.dbsize()
    assert full > 200
    for step in range(1, 12):
        await place(state, text(step), now=NOW + max(1, step / 4) * 1.01 * WINDOW * 1.5)
    assert await state.redis.dbsize() < 20


async def test_keys_grow_with_the_postings_and_stay_small(state: State):
    rng = random.Random(4)
    for number in range(500):
        some = Sketch(tuple(rng.getrandbits(29) << 3 for _ in range(70)), 560, 8)
        placed = await state.stories.place(some, f"{number:016x}", NOW)
        assert placed.is_new
        assert (await state.stories.place(some, "f" * 16, NOW)).number == placed.number
    names = [name async for name in state.redis.scan_iter(match=f"{keys.STORIES}:*")]
    sizes = [await state.redis.hlen(name) for name in names]
    assert sum(sizes) == 500 * 71
    assert 30 < sum(sizes) / len(sizes) < 60
    assert max(sizes) <= 128
    assert {await state.redis.object("ENCODING", name) for name in names} == {b"listpack"}


async def test_a_known_story_is_told_and_not_looked_for(state: State):
    one = await state.stories.place(sketch("t", text(1)), "1" * 16, NOW, number=NEW)
    two = await state.stories.place(sketch("t", text(1)), "2" * 16, NOW, number=NEW)
    assert one.number != two.number
    told = await state.stories.place(sketch("t", text(2)), "x" * 16, NOW, number=two.number)
    assert (told.key, told.is_new) == ("2" * 16, False)


async def test_a_loss_is_noticed(state: State):
    assert await state.stories.lost()
    await state.stories.complete()
    await place(state, text(1))
    assert not await state.stories.lost()
    await state.stories.forget()
    assert await state.stories.lost()
    assert await state.redis.dbsize() == 0
    await place(state, text(1))
    assert await state.stories.lost(), "what is new since does not make it whole"


async def test_an_unreachable_server_is_a_state_error():
    gone = State.connect("redis://127.0.0.1:1/0", retries=1)
    with pytest.raises(StateError, match="finding a story"):
        await place(gone, text(1))
    await gone.close()
