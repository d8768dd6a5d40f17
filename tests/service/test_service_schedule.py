from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crawler.archive import Archive, Entry
from crawler.config import parse_watch
from crawler.items import Article, Outcome, Run
from crawler.rhythm import FIRST, HOURS_A_WEEK, Rhythm
from crawler.service.schedule import NOTHING, Past, Schedule, every, first_due, next_due, past_of, phase, trigger

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WATCH = """
sources:
  - {id: often, feed: 'https://a.example/f', every: 10m}
  - {id: clock, feed: 'https://b.example/f', cron: '0 7 * * mon-fri', timezone: Africa/Nairobi}
  - {id: adaptive, feed: 'https://c.example/f'}
  - {id: still, feed: 'https://d.example/f', paused: true}
"""
SOURCES = parse_watch(WATCH, {}, subject="watch.yaml").source_by_id


def run(source: str = "often", *, ago: timedelta, new: int = 0, outcome: Outcome = Outcome.DONE) -> Run:
    return Run("1", source, NOW - ago, NOW - ago, outcome, new=new)


def test_an_interval_keeps_its_phase_in_every_process():
    source = SOURCES["often"]
    due = [trigger(source, NOTHING, NOW).get_next_fire_time(None, NOW + timedelta(minutes=n)) for n in (0, 3)]
    assert due[0] - NOW <= timedelta(minutes=10)
    assert (due[1] - due[0]) in {timedelta(0), timedelta(minutes=10)}


def test_phases_spread_evenly():
    phases = sorted(phase(f"source-{n}") for n in range(2000))
    for tenth in range(10):
        assert 140 < sum(tenth / 10 <= value < (tenth + 1) / 10 for value in phases) < 260


def test_cron_fires_in_its_own_zone_within_its_jitter():
    due = trigger(SOURCES["clock"], NOTHING, NOW).get_next_fire_time(None, NOW)
    local = due.astimezone(ZoneInfo("Africa/Nairobi"))
    assert abs(local - datetime(2026, 3, 3, 7, tzinfo=ZoneInfo("Africa/Nairobi"))) <= timedelta(seconds=20)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, "soon"),
        (timedelta(minutes=9), None),
        (timedelta(minutes=11), "soon"),
        (timedelta(days=30), "soon"),
    ],
)
def test_what_is_new_or_late_is_crawled_once_soon(last: timedelta | None, expected: str | None):
    due = first_due(SOURCES["often"], run(ago=last) if last else None, timedelta(minutes=10), NOW, crowd=1)
    assert (due is None) if expected is None else (timedelta(0) < due - NOW < timedelta(seconds=1))


def test_a_crowd_that_is_late_is_spread_over_a_minute():
    dues = []
    for n in range(1000):
        source = SOURCES["often"].model_copy(update={"id": f"s{n}"})
        dues.append(first_due(source, None, timedelta(minutes=10), NOW, crowd=1000) - NOW)
    assert max(dues) < timedelta(seconds=61)
    assert sum(due < timedelta(seconds=6) for due in dues) < 150


def test_a_cron_source_that_ran_before_waits_for_its_time():
    assert first_due(SOURCES["clock"], run(ago=timedelta(days=30)), timedelta(minutes=10), NOW, crowd=1) is None


def test_a_source_is_due_by_its_rhythm_and_later_after_failures():
    adaptive = SOURCES["adaptive"]
    last = run("adaptive", ago=timedelta(minutes=1))
    assert every(adaptive, Past((last,)), NOW) == pytest.approx(FIRST, rel=0.01)
    busy = Past((last,), Rhythm((6.0,) * HOURS_A_WEEK))
    assert next_due(adaptive, busy, NOW) - last.started == pytest.approx(timedelta(minutes=4), rel=0.02)
    failed = Run("2", "adaptive", NOW, NOW, Outcome.FAILED, error="https://c.example/f: status 500")
    assert every(adaptive, Past((last, failed), busy.rhythm), NOW) == timedelta(minutes=15)
    assert every(SOURCES["often"], Past((failed,)), NOW) == timedelta(minutes=10), "what is told is done"
    assert next_due(adaptive, NOTHING, NOW) == NOW
    assert next_due(SOURCES["still"], NOTHING, NOW) is None


def test_the_rhythm_comes_from_the_archive_and_what_a_listing_held_at_first_counts(tmp_path: Path):
    adaptive = SOURCES["adaptive"]
    with Archive.open(f"sqlite:///{tmp_path / 'a.db'}") as archive:
        assert past_of(archive, adaptive, NOW) == NOTHING
        archive.save_run(run("adaptive", ago=timedelta(minutes=5)))
        quiet = every(adaptive, past_of(archive, adaptive, NOW), NOW)
        assert quiet == pytest.approx(FIRST, rel=0.05)
        found = NOW - timedelta(minutes=5)
        moments = [NOW - timedelta(minutes=10 * n) for n in range(1, 145)]  # a day in which one came every ten minutes
        articles = (
            Article(f"https://c.example/{n}", "T", "x", source="adaptive", found=found, published=moment)
            for n, moment in enumerate(moments)
        )
        archive.store([Entry(article) for article in articles])
        archive.store([Entry(Article("https://d.example/1", "T", "x", source="other", found=NOW))])
        assert sorted(archive.moments("adaptive", NOW - timedelta(days=3))) == sorted(moments)
        assert every(adaptive, past_of(archive, adaptive, NOW), NOW) < timedelta(minutes=6)


async def test_sources_come_go_and_pause_in_a_running_schedule():
    fired: list[str] = []
    seen = asyncio.Event()

    async def due(source_id: str, when: datetime) -> None:
        fired.append(source_id)
        seen.set()

    schedule = Schedule(due, lambda: datetime.now(UTC))
    schedule.start()
    try:
        schedule.use(SOURCES.values(), {})
        await asyncio.wait_for(seen.wait(), 10)
        assert schedule.next_due("still") is None
        assert schedule.next_due("often") is not None
        schedule.use([SOURCES["clock"]], {})
        assert schedule.next_due("often") is None
        assert schedule.next_due("clock") is not None
        adaptive = SOURCES["adaptive"]
        now = datetime.now(UTC)
        last = Run("1", "adaptive", now, now)
        schedule.use([adaptive], {"adaptive": Past((last,))})
        schedule.adapt(adaptive, Past((last,), Rhythm((6.0,) * HOURS_A_WEEK)))
        assert schedule.next_due("adaptive") - now == pytest.approx(timedelta(minutes=4), rel=0.02)
    finally:
        schedule.stop()
