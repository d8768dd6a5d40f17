"""What pages ask for where people steer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.archive import Archive, Entry
from crawler.archive.model import DeliveryState
from crawler.archive.queries import dashboard
from crawler.archive.queries.dashboard import AlertFilter, RunFilter
from crawler.items import Alert, Article, Outcome, Run

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def archive(database_url: str) -> Iterator[Archive]:
    with Archive.open(database_url) as opened:
        for number in range(12):
            found = NOW - timedelta(hours=number)
            one = Article(
                url=f"https://a.example/{number}",
                title="T",
                text="x",
                source="one" if number % 2 else "two",
                found=found,
                published=found + timedelta(minutes=30 if number == 1 else -30),
            )
            raised = Alert(
                f"a{number:02}", "r1" if number < 9 else "r2", "1:x", one.source, one.url, "T", found, story=f"{number}"
            )
            opened.store([Entry(one, (raised,), ((raised.id, "desk"),), f"{number:016x}")])
        for number in range(5):
            started = NOW - timedelta(hours=number)
            outcome = Outcome.FAILED if number == 2 else Outcome.DONE
            opened.save_run(Run(f"run{number}", "one", started, started if number else None, outcome, error="no"))
        yield opened


def test_alerts_in_a_state_are_the_same_when_many(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    alert_filter = AlertFilter(state=DeliveryState.PENDING, before=(NOW - timedelta(hours=2), "a02"))
    few = archive.dashboard.alerts(alert_filter, 4)
    monkeypatch.setattr(dashboard, "FEW", 3)
    assert archive.dashboard.alerts(alert_filter, 4) == few
    assert [alert.id for alert in few] == ["a03", "a04", "a05", "a06"]


def test_alerts_by_rule_source_time_and_place(archive: Archive):
    def listed(**alert_filter: Any) -> list[str]:
        return [alert.id for alert in archive.dashboard.alerts(AlertFilter(**alert_filter), 3)]

    assert listed() == ["a00", "a01", "a02"]
    assert listed(rule="r2") == ["a09", "a10", "a11"]
    assert listed(rule="r2", before=(NOW - timedelta(hours=10), "a10")) == ["a11"]
    assert listed(state=DeliveryState.SENT) == []
    told = archive.dashboard.alerts(AlertFilter(), 2)
    assert {alert: [one.channel for one in some] for alert, some in archive.dashboard.deliveries(told).items()} == {
        "a00": ["desk"],
        "a01": ["desk"],
    }
    assert archive.dashboard.deliveries([]) == {}
    assert archive.dashboard.dead() == {}


def test_alerts_of_days(archive: Archive):
    days = [(NOW - timedelta(hours=20), NOW - timedelta(hours=8)), (NOW - timedelta(hours=8), NOW + timedelta(hours=1))]
    assert archive.dashboard.alerts_by_day(days) == {"r1": [0, 9], "r2": [3, 0]}
    assert archive.dashboard.alerts_by_day([]) == {}


def test_runs_by_source_outcome_and_place(archive: Archive):
    board = archive.dashboard
    assert [run.id for run in board.runs(RunFilter("one"), 3)] == ["run0", "run1", "run2"]
    assert [run.id for run in board.runs(RunFilter(outcome=Outcome.FAILED), 3)] == ["run2"]
    assert [run.id for run in board.runs(RunFilter(outcome=Outcome.DONE), 9)] == ["run1", "run3", "run4"], (
        "0 still runs"
    )
    assert [run.id for run in board.runs(RunFilter(before=(NOW - timedelta(hours=3), "run3")), 3)] == ["run4"]


def test_how_sources_fare(archive: Archive):
    figures = archive.dashboard.sources(["one", "nobody"], NOW - timedelta(hours=4))
    assert figures["one"].recent == 2
    assert figures["one"].last_found == NOW - timedelta(hours=1)
    assert figures["one"].last_run
    assert figures["one"].last_run.id == "run0"
    assert figures["nobody"] == dashboard.SourceFigures()
    came = archive.dashboard.publication_times("one", NOW - timedelta(hours=4))
    assert came == [NOW - timedelta(hours=1), NOW - timedelta(hours=3, minutes=30)], "never later than it was found"


def test_figures_are_bounded(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    told = archive.dashboard.figures(NOW)
    assert (told.last_id, told.runs_today, told.failed_today, told.alerts_today) == (12, 5, 1, 12)
    assert (told.waiting, told.dead, told.schema.isdecimal()) == (12, 0, True)
    assert told.bytes > 10_000
    assert told.database.startswith(("SQLite 3", "PostgreSQL 1"))
    assert told.database.split()[0].lower() == archive.url.partition(":")[0].partition("+")[0]
    monkeypatch.setattr(dashboard, "MOST", 4)
    assert archive.dashboard.figures(NOW).waiting == 4


def test_stories_by_key(archive: Archive):
    assert archive.dashboard.story_id("0000000000000003") == 4
    assert archive.dashboard.story_id("nothing") is None
    assert archive.dashboard.story_id("") is None
