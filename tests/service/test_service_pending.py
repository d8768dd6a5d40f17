from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawler.service.scheduler.pending import RECENT, PendingCrawls
from crawler.state import State

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_what_redis_did_not_take_is_owed_until_it_does():
    pending = PendingCrawls()
    assert pending.missed("a", NOON)
    assert not pending.missed("a", NOON + SECOND), "told once"
    assert pending.all() == [("a", NOON)]
    pending.handed_over("a", NOON)
    assert pending.all() == []


def test_a_later_crawl_covers_what_is_owed():
    pending = PendingCrawls()
    pending.missed("a", NOON)
    pending.handed_over("a", NOON + SECOND)
    assert pending.all() == []


def test_a_redis_that_began_anew_may_have_forgotten_what_it_took_last():
    pending = PendingCrawls()
    pending.lives("first")
    pending.handed_over("old", NOON - RECENT - SECOND)
    pending.handed_over("a", NOON - SECOND)
    pending.handed_over("b", NOON)
    pending.lives("first")
    assert pending.all() == []
    pending.lives("second")
    assert pending.all() == [("a", NOON - SECOND), ("b", NOON)]
    for source, due in pending.all():
        pending.handed_over(source, due)
    pending.lives("second")
    assert pending.all() == []


async def test_a_server_names_its_life(state: State):
    life = await state.life()
    assert len(life) == 40
    assert await state.life() == life
