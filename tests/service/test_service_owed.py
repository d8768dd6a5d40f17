from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawler.service.owed import RECENT, Owed
from crawler.state import State

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_what_redis_did_not_take_is_owed_until_it_does():
    owed = Owed()
    assert owed.missed("a", NOON)
    assert not owed.missed("a", NOON + SECOND), "told once"
    assert owed.all() == [("a", NOON)]
    owed.handed_over("a", NOON)
    assert owed.all() == []


def test_a_later_crawl_covers_what_is_owed():
    owed = Owed()
    owed.missed("a", NOON)
    owed.handed_over("a", NOON + SECOND)
    assert owed.all() == []


def test_a_redis_that_began_anew_may_have_forgotten_what_it_took_last():
    owed = Owed()
    owed.lives("first")
    owed.handed_over("old", NOON - RECENT - SECOND)
    owed.handed_over("a", NOON - SECOND)
    owed.handed_over("b", NOON)
    owed.lives("first")
    assert owed.all() == []
    owed.lives("second")
    assert owed.all() == [("a", NOON - SECOND), ("b", NOON)]
    for source, due in owed.all():
        owed.handed_over(source, due)
    owed.lives("second")
    assert owed.all() == []


async def test_a_server_names_its_life(state: State):
    life = await state.life()
    assert len(life) == 40
    assert await state.life() == life
