from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crawler.archive import Archive, Entry
from crawler.archive.queries.sources import NamedSource
from crawler.config import parse_watch
from crawler.items import Article, Outcome, Run
from crawler.schedule.due_time import NO_HISTORY, History, due_after, next_due, phase
from crawler.schedule.publishing_pattern import HOURS_A_WEEK, INITIAL, PublishingPattern
from crawler.schedule.schedule import Schedule
from crawler.service.scheduler.histories import Histories, history_of

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


def test_an_interval_keeps_its_phase_in_every_process_whenever_it_was_polled_last():
    source, step = SOURCES["often"], timedelta(minutes=10)
    dues = [due_after(source, NO_HISTORY, NOW + timedelta(seconds=41 * n)) for n in range(40)]
    assert len({due.timestamp() % 600 for due in dues}) == 1
    for n, due in enumerate(dues):
        assert step / 2 <= due - (NOW + timedelta(seconds=41 * n)) <= 1.5 * step
    assert due_after(source, NO_HISTORY, dues[0]) == dues[0] + step


def test_phases_spread_evenly():
    phases = sorted(phase(f"source-{n}") for n in range(2000))
    for tenth in range(10):
        assert 140 < sum(tenth / 10 <= value < (tenth + 1) / 10 for value in phases) < 260


def test_cron_fires_in_its_own_zone_within_its_spread_and_once_for_each_time():
    source = SOURCES["clock"]
    due = due_after(source, NO_HISTORY, NOW)
    local = due.astimezone(ZoneInfo("Africa/Nairobi"))
    assert timedelta(0) <= local - datetime(2026, 3, 3, 7, tzinfo=ZoneInfo("Africa/Nairobi")) <= timedelta(seconds=20)
    assert due_after(source, NO_HISTORY, due) == due + timedelta(days=1)
    assert due_after(source, NO_HISTORY, due - timedelta(seconds=1)) == due


@pytest.mark.parametrize(
    ("name", "ago", "is_late"),
    [
        ("often", None, True),
        ("often", timedelta(minutes=4), False),
        ("often", timedelta(minutes=16), True),
        ("often", timedelta(days=30), True),
        ("clock", None, True),
        ("clock", timedelta(hours=7), False),  # Monday at eight; it is three in the afternoon
        ("clock", timedelta(hours=9), True),  # Monday at six: the crawl of seven is caught up
        ("clock", timedelta(days=30), True),
        ("adaptive", None, True),
        ("adaptive", timedelta(minutes=1), False),
        ("adaptive", timedelta(minutes=11), True),
    ],
)
def test_what_is_new_or_late_is_due_now(name: str, ago: timedelta | None, is_late: bool):
    past = History((run(name, ago=ago),)) if ago else NO_HISTORY
    assert (next_due(SOURCES[name], past, NOW) == NOW) is is_late


def test_a_source_is_due_by_its_publishing_pattern_and_later_after_failures():
    adaptive = SOURCES["adaptive"]
    last = run("adaptive", ago=timedelta(minutes=1))
    assert due_after(adaptive, History((last,)), NOW) - NOW == pytest.approx(INITIAL, rel=0.01)
    busy = History((last,), PublishingPattern((6.0,) * HOURS_A_WEEK))
    assert next_due(adaptive, busy, NOW) - last.started == pytest.approx(timedelta(minutes=4), rel=0.02)
    failed = Run("2", "adaptive", NOW, NOW, Outcome.FAILED, error="https://c.example/f: status 500")
    assert due_after(adaptive, History((last, failed), busy.pattern), NOW) - NOW == timedelta(minutes=15)
    told = due_after(SOURCES["often"], History((failed,)), NOW)
    assert told - NOW <= timedelta(minutes=15), "what is told is done"
    assert next_due(adaptive, NO_HISTORY, NOW) == NOW
    assert next_due(SOURCES["still"], NO_HISTORY, NOW) is None


def test_the_publishing_pattern_comes_from_the_archive_and_what_a_listing_held_at_first_counts(tmp_path: Path):
    adaptive = SOURCES["adaptive"]
    with Archive.open(f"sqlite:///{tmp_path / 'a.db'}") as archive:
        assert history_of(archive, adaptive, NOW) == NO_HISTORY
        archive.save_run(run("adaptive", ago=timedelta(minutes=5)))
        quiet = due_after(adaptive, history_of(archive, adaptive, NOW), NOW) - NOW
        assert quiet == pytest.approx(INITIAL, rel=0.05)
        found = NOW - timedelta(minutes=5)
        moments = [NOW - timedelta(minutes=10 * n) for n in range(1, 145)]  # a day in which one came every ten minutes
        articles = (
            Article(f"https://c.example/{n}", "T", "x", source="adaptive", found=found, published=moment)
            for n, moment in enumerate(moments)
        )
        archive.store([Entry(article) for article in articles])
        archive.store([Entry(Article("https://d.example/1", "T", "x", source="other", found=NOW))])
        assert sorted(archive.publication_times("adaptive", NOW - timedelta(days=3))) == sorted(moments)
        assert due_after(adaptive, history_of(archive, adaptive, NOW), NOW) - NOW < timedelta(minutes=6)


def test_pasts_are_looked_up_once_and_brought_up_to_date_by_runs_that_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    adaptive, often = SOURCES["adaptive"], SOURCES["often"]
    down = Run("0", "adaptive", NOW, NOW, Outcome.FAILED, error="https://c.example/f: status 404")
    with Archive.open(f"sqlite:///{tmp_path / 'a.db'}") as archive:
        archive.sources.note([NamedSource(source.id, source.url) for source in SOURCES.values()], NOW)
        for hours in (3, 2, 1):
            archive.save_run(replace(down, id=f"-{hours}", started=NOW - timedelta(hours=hours)))
        archive.save_run(run("often", ago=timedelta(minutes=3)))
        archive.save_run(replace(run("gone", ago=timedelta(minutes=3)), id="of one that is gone"))
        histories = Histories(archive)
        assert histories.load([]) == {}
        one_by_one = histories.load([adaptive, often, SOURCES["clock"]])
        monkeypatch.setattr("crawler.service.scheduler.histories.FEW", 0)
        found = histories.load([adaptive, often, SOURCES["clock"]])
        assert found == one_by_one
        assert found.keys() == {"adaptive", "often"}
        assert [one.id for one in found["adaptive"].runs] == ["-3", "-2", "-1"]
        assert not found["adaptive"].is_learned
        assert not histories.is_learned("adaptive")
        assert histories.is_learned("often")
        assert histories.is_learned("unheard of")
        assert due_after(adaptive, found["adaptive"], NOW) - NOW == timedelta(days=1), "dead"
        assert due_after(adaptive, replace(found["adaptive"], runs=()), NOW) - NOW == timedelta(minutes=2)
        assert histories.learned("adaptive", NOW).is_learned
        assert histories.update(SOURCES, NOW, NOW) == ({}, NOW)
        ended = NOW + timedelta(minutes=1)
        archive.save_run(Run("now", "adaptive", NOW, ended))
        archive.save_run(Run("now too", "often", NOW, ended))
        later, looked = histories.update(SOURCES, NOW, ended)
        assert later.keys() == {"adaptive"}
        assert [one.id for one in later["adaptive"].runs] == ["-3", "-2", "-1", "now"]
        assert later["adaptive"].is_learned
        assert looked == ended
        assert histories.update(SOURCES, looked, ended) == ({}, looked)
        histories.keep_only(["often"])
        assert histories.is_learned("adaptive")


def test_sources_come_go_and_pause_in_a_schedule():
    schedule = Schedule()
    schedule.use(SOURCES.values(), {}, NOW)
    taken = schedule.take(NOW)
    assert dict(taken) == dict.fromkeys(["often", "clock", "adaptive"], NOW)
    assert schedule.take(NOW) == [], "each of them is due later again"
    assert schedule.next_due("still") is None
    assert NOW < schedule.next_due("often") <= NOW + timedelta(minutes=15)
    late = NOW + timedelta(days=1)
    assert dict(schedule.take(late))["often"] == late, "after downtime, the crawl has the time at which it starts"
    schedule.use([SOURCES["clock"]], {}, NOW)
    assert schedule.next_due("often") is None
    assert schedule.next_due("clock") is not None
    adaptive = SOURCES["adaptive"]
    last = Run("1", "adaptive", NOW, NOW)
    schedule.use([adaptive], {"adaptive": History((last,))}, NOW)
    assert schedule.changed([adaptive, SOURCES["still"]]) == []
    assert schedule.adapt(SOURCES["often"], History((last,)), NOW) is None
    schedule.adapt(adaptive, History((last,), PublishingPattern((6.0,) * HOURS_A_WEEK)), NOW)
    assert schedule.next_due("adaptive") - NOW == pytest.approx(timedelta(minutes=4), rel=0.02)
