"""What listings ask for is remembered between polls, in a real Valkey."""

from __future__ import annotations

from crawler.state import State
from crawler.state.offers import Offer
from crawler.state.poll_hints import Listing


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
    await state.poll_hints.note("a", [said])
    await state.poll_hints.note("b", [Listing(7, 50.0)])
    found = await state.poll_hints.of(["a", "b", "c"])
    assert found["a"] == [said]
    assert found["b"] == [Listing(7, 50.0)]
    assert "c" not in found
    await state.poll_hints.note("a", [Listing(5, 300.0)])
    again = (await state.poll_hints.of(["a"]))["a"]
    assert [(one.fresh_until, one.pause_s, one.skip_hours) for one in again] == [(300.0, 900, (1, 2))]
    assert await state.poll_hints.offers(0) == {"a": (Offer("https://hub.example/", "https://a.example/feed", 0),)}
    assert await state.poll_hints.offers(0, ["b"]) == await state.poll_hints.offers(0, []) == {}
    assert await state.poll_hints.of([]) == {}
