"""A clock that was wrong and is set back: what it wrote into the future holds nothing up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.archive import Archive
from crawler.archive.async_archive import AsyncArchive
from crawler.config import parse_watch
from crawler.items import Run
from crawler.pool import ExtractorPool
from crawler.runtime import Runtime
from crawler.schedule.due_time import next_due
from crawler.schedule.schedule import Schedule
from crawler.service.scheduler.publishing_patterns import PublishingPatterns
from crawler.service.scheduler.scheduler import Scheduler
from crawler.service.worker.crawls import Crawls
from crawler.service.worker.project import project_settings
from crawler.service.worker.tasks import crawl_key, docket
from crawler.state import EmbeddedServer, State

WATCH = """sources:
  - {id: a, feed: 'https://a.example/f', every: 10m}
  - {id: b, feed: 'https://b.example/f', cron: '*/10 * * * *'}
  - {id: c, feed: 'https://c.example/f'}
"""
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
AHEAD = NOW + timedelta(days=300)
SOON = NOW + timedelta(minutes=21)


class Clock:
    now = NOW


@pytest.fixture
async def runtime(state: State, tmp_path: Path) -> AsyncIterator[Runtime]:
    with Archive.open(f"sqlite:///{tmp_path / 'a.db'}") as archive:
        watch = parse_watch(WATCH, {}, subject="watch.yaml")
        for source in "abc":
            archive.save_run(Run(f"ahead-{source}", source, AHEAD, AHEAD))
        runtime = Runtime(watch, state, AsyncArchive(archive), ExtractorPool(1), now=lambda: Clock.now)
        yield runtime
        await runtime.archive.close()
        await runtime.pool.close()
    Clock.now = NOW


async def test_runs_of_the_future_hold_no_source_up(runtime: Runtime):
    schedule = Schedule()
    patterns = PublishingPatterns(runtime, schedule)
    await patterns.use(runtime.watch)
    assert all(NOW <= schedule.next_due(source) < SOON for source in "abc")
    histories = {source.id: source for source in runtime.watch.sources}
    past = patterns._histories.load(runtime.watch.sources)["a"]
    assert next_due(histories["a"], past, NOW) < SOON
    Clock.now += timedelta(minutes=5)
    runtime.archive.sync.save_run(Run("now", "c", Clock.now, Clock.now))
    await patterns.adapt()
    assert patterns._updated == Clock.now, "the next runs are read as well"
    assert schedule.next_due("c") > Clock.now


async def test_a_crawl_that_is_due_is_not_covered_by_one_of_the_future(runtime: Runtime):
    crawls = Crawls(runtime, project_settings())
    assert not await crawls._covered("a", crawl_key("a", NOW))
    Clock.now = AHEAD + timedelta(minutes=1)
    assert await crawls._covered("a", crawl_key("a", NOW))


async def test_a_running_schedule_begins_anew_when_the_clock_is_set_back(
    runtime: Runtime, valkey: EmbeddedServer, tmp_path: Path
):
    notes: list[str] = []
    async with docket(valkey.url) as queue:
        lease = runtime.state.leader_lease("schedule", "me")
        scheduler = Scheduler(runtime, queue, lease, tmp_path, notes.append, lambda: None)
        Clock.now = AHEAD
        try:
            await scheduler.elect()
            first = scheduler.next_due("a")
            assert first >= AHEAD
            await scheduler.elect()
            assert scheduler.next_due("a") == first
            Clock.now = NOW
            await scheduler.elect()
            assert notes == ["the clock was set back by 25920000 s: due times recalculated"]
            assert NOW <= scheduler.next_due("a") < SOON
        finally:
            await scheduler.stop()
