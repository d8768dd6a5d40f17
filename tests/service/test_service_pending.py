from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawler.schedule.schedule import RECENT, PendingCrawls
from crawler.state import State

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_what_redis_did_not_take_is_owed_until_it_does():
    pending = PendingCrawls()
    assert pending.not_queued("a", NOON)
    assert not pending.not_queued("a", NOON + SECOND), "told once"
    assert pending.all() == [("a", NOON)]
    pending.queued("a", NOON)
    assert pending.all() == []


def test_a_later_crawl_covers_what_is_owed():
    pending = PendingCrawls()
    pending.not_queued("a", NOON)
    pending.queued("a", NOON + SECOND)
    assert pending.all() == []


def test_a_redis_that_began_anew_may_have_forgotten_what_it_took_last():
    pending = PendingCrawls()
    pending.server_is("first")
    pending.queued("old", NOON - RECENT - SECOND)
    pending.queued("a", NOON - SECOND)
    pending.queued("b", NOON)
    pending.server_is("first")
    assert pending.all() == []
    pending.server_is("second")
    assert pending.all() == [("a", NOON - SECOND), ("b", NOON)]
    for source, due in pending.all():
        pending.queued(source, due)
    pending.server_is("second")
    assert pending.all() == []


async def test_a_server_names_its_life(state: State):
    life = await state.life()
    assert len(life) == 40
    assert await state.life() == life
