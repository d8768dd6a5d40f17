"""What listings ask for is remembered between polls, in a real Valkey."""

from __future__ import annotations

from crawler.state import State
from crawler.state.asked import Listing
from crawler.state.offers import Offer


async def test_what_a_body_said_outlives_answers_without_one(state: State):
    said = Listing(
        5,
        100.0,
        read=True,
        pause_s=900,
        skip_hours=(1, 2),
        skip_days=(6,),
        hub="https://hub.example/",
        topic="https://a.example/feed",
    )
    await state.asked.note("a", [said])
    await state.asked.note("b", [Listing(7, 50.0)])
    found = await state.asked.of(["a", "b", "c"])
    assert found["a"] == [said]
    assert found["b"] == [Listing(7, 50.0)]
    assert "c" not in found
    await state.asked.note("a", [Listing(5, 300.0)])
    again = (await state.asked.of(["a"]))["a"]
    assert [(one.fresh_until, one.pause_s, one.skip_hours) for one in again] == [(300.0, 900, (1, 2))]
    assert await state.asked.offers(0) == {"a": (Offer("https://hub.example/", "https://a.example/feed", 0),)}
    assert await state.asked.offers(0, ["b"]) == await state.asked.offers(0, []) == {}
    assert await state.asked.of([]) == {}
