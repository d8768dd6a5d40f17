"""PublishingPatterns in a running schedule: learned when a source is first due, hints and pushes hold polls back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.archive import Archive
from crawler.archive.async_archive import AsyncArchive
from crawler.config import parse_watch
from crawler.items import Run
from crawler.pool import ExtractorPool
from crawler.runtime import Runtime
from crawler.schedule.schedule import SOON, Schedule
from crawler.service.scheduler.publishing_patterns import PublishingPatterns
from crawler.service.scheduler.scheduler import TICK_S, Every
from crawler.state import State
from crawler.state.poll_hints import Listing
from crawler.state.websub import Subscription

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WATCH = "sources:\n  - {id: a, feed: 'https://a.example/f'}\n  - {id: b, feed: 'https://b.example/f', every: 10m}\n"


@pytest.fixture
async def runtime(state: State, tmp_path: Path) -> AsyncIterator[Runtime]:
    with Archive.open(f"sqlite:///{tmp_path / 'a.db'}") as archive:
        watch = parse_watch(WATCH, {}, subject="watch.yaml")
        runtime = Runtime(watch, state, AsyncArchive(archive), ExtractorPool(1), now=lambda: NOW)
        yield runtime
        await runtime.archive.close()
        await runtime.pool.close()


async def test_a_source_is_looked_up_when_it_may_be_due_and_adapted_when_a_crawl_ended(runtime: Runtime):
    archive = runtime.archive.sync
    archive.save_run(Run("1", "a", NOW - 3 * MINUTE, NOW - 3 * MINUTE))
    schedule = Schedule()
    patterns = PublishingPatterns(runtime, schedule)
    await patterns.use(runtime.watch)
    assert schedule.next_due("a") == NOW - MINUTE, "the shortest interval, for a look at what is known"
    assert not await patterns.is_due("a"), "ten minutes, as nothing is known"
    assert schedule.next_due("a") - NOW == pytest.approx(7 * MINUTE, rel=0.05)
    assert await patterns.is_due("a"), "learned: the due queue decides"
    assert await patterns.is_due("b")
    assert not await patterns.is_due("gone")
    await runtime.state.poll_hints.note("a", [Listing(1, read=True, pause_s=1800)])
    archive.save_run(Run("2", "a", NOW, NOW + MINUTE))
    await patterns.adapt()
    assert schedule.next_due("a") == NOW + 30 * MINUTE


async def test_pushes_make_polls_rare_until_a_poll_finds_what_no_push_told(runtime: Runtime):
    archive, memory, s = runtime.archive.sync, runtime.state.websub, NOW.timestamp()
    one = Subscription(
        "t", "a", "https://h.example/", "https://a.example/f", "s", pending=False, began=1, until=s + 9e5
    )
    await memory.save(one)
    offer = Listing(1, read=True, hub=one.hub, topic=one.topic, received=s)
    await runtime.state.poll_hints.note("a", [offer])
    archive.save_run(Run("1", "a", NOW - 60 * MINUTE, NOW - 60 * MINUTE))
    schedule = Schedule()
    patterns = PublishingPatterns(runtime, schedule)
    await patterns.use(runtime.watch)
    archive.save_run(Run("2", "a", NOW, NOW + MINUTE))
    await patterns.adapt()
    assert schedule.next_due("a") == NOW + 60 * MINUTE
    await runtime.state.poll_hints.note("a", [Listing(2, read=True, received=s)])
    archive.save_run(Run("3", "a", NOW + MINUTE, NOW + 2 * MINUTE))
    await patterns.adapt()
    assert schedule.next_due("a") - NOW < 15 * MINUTE, "another feed of it names no hub"
    await runtime.state.poll_hints.note("a", [replace(offer, key=2)])
    archive.save_run(Run("4", "a", NOW + 2 * MINUTE, NOW + 3 * MINUTE, found=1, new=1))
    await patterns.adapt()
    assert schedule.next_due("a") - NOW < 20 * MINUTE
    assert [kept.doubted for kept in await memory.listed()] == [True]


@pytest.mark.parametrize("away", [timedelta(seconds=1), timedelta(days=3), timedelta(days=366)])
async def test_times_that_passed_while_the_clock_was_set_are_one_time(away: timedelta):
    """APScheduler makes a list of them: of a year's ticks it takes minutes and gigabytes, in the event loop."""
    ticks = Every(seconds=TICK_S)
    before = datetime.now(UTC)
    now = before + away
    following = ticks.get_next_fire_time(before, now)
    assert now < following <= now + timedelta(seconds=TICK_S)
    assert ticks.get_next_fire_time(following, now) == following + timedelta(seconds=TICK_S), "otherwise as before"


def test_sources_that_an_outage_kept_away_are_due_soon_and_not_all_at_once():
    lines = "".join(f"  - {{id: s{n}, feed: 'https://s{n}.example/f', every: {1 + n % 2 * 59}m}}\n" for n in range(40))
    watch, schedule = parse_watch(f"sources:\n{lines}", {}, subject="watch.yaml"), Schedule()
    schedule.use(watch.sources, {}, NOW)
    at, taken = NOW, 0
    while taken < len(watch.sources):
        taken += len(schedule.take(at))
        at += timedelta(seconds=1)
    before = {source.id: schedule.next_due(source.id) for source in watch.sources}
    schedule.hasten([*before, "gone"], at)
    after = {name: schedule.next_due(name) for name in before}
    assert all(after[name] <= before[name] for name in before), "none is due later than it was"
    assert all(at <= due <= at + SOON for due in after.values())
    assert len(set(after.values())) == len(after)
    assert schedule.next_due("gone") is None
