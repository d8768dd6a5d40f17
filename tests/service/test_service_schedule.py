from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.config import parse_watch
from crawler.items import Outcome, Run
from crawler.rhythm import FIRST, LONGEST, SHORTEST, interval
from crawler.service.schedule import Schedule, first_due, phase, trigger

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
    due = [trigger(source, []).get_next_fire_time(None, NOW + timedelta(minutes=n)) for n in (0, 3)]
    assert due[0] - NOW <= timedelta(minutes=10)
    assert (due[1] - due[0]) in {timedelta(0), timedelta(minutes=10)}


def test_phases_spread_evenly():
    phases = sorted(phase(f"source-{n}") for n in range(2000))
    for tenth in range(10):
        assert 140 < sum(tenth / 10 <= value < (tenth + 1) / 10 for value in phases) < 260


def test_cron_fires_in_its_own_zone_within_its_jitter():
    due = trigger(SOURCES["clock"], []).get_next_fire_time(None, NOW)
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


def test_the_rhythm_follows_the_news_within_its_bounds():
    assert interval([]) == FIRST
    busy = [run(ago=timedelta(0), new=3)] * 20
    quiet = [run(ago=timedelta(0))] * 40
    broken = [run(ago=timedelta(0), outcome=Outcome.FAILED)] * 20
    stopped = [run(ago=timedelta(0), outcome=Outcome.STOPPED)] * 20
    assert interval(busy) == SHORTEST
    assert interval(quiet) == interval(broken) == LONGEST
    assert interval(stopped) == FIRST
    assert interval([*quiet, *busy[:2]]) < LONGEST


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
        schedule.use([adaptive], {"adaptive": [run("adaptive", ago=timedelta(minutes=1))]})
        schedule.adapt(adaptive, [run("adaptive", ago=timedelta(0), new=1)] * 20)
        wait = schedule.next_due("adaptive") - datetime.now(UTC)
        assert timedelta(seconds=100) < wait <= SHORTEST
    finally:
        schedule.stop()
