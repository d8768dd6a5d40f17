"""Retention of a service that runs in short pieces, and of one whose clock is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.archive import Archive, Entry
from crawler.archive.maintenance.retention_period import LENGTH_S, RetentionPeriod, continue_period
from crawler.config import parse_watch
from crawler.items import Article
from crawler.service.scheduler.maintenance import Retention

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
YEAR = 365 * DAY
WATCH = parse_watch("sources: []\narchive: {keep: 30d}\n", {}, subject="watch.yaml")


class Machine:
    """A machine on which a service runs now and then. `off_by`: by how much its clock is wrong."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.at = NOW
        self.off_by = timedelta(0)
        self.notes: list[str] = []

    def running_s(self) -> float:
        return (self.at - NOW).total_seconds()

    def run(self, minutes: int) -> None:
        retention = Retention(self.archive, clock=self.running_s)
        for _ in range(minutes):
            self.at += timedelta(minutes=1)
            asyncio.run(retention.apply(WATCH, self.at + self.off_by, self.notes.append))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with Archive.open(f"sqlite:///{tmp_path}/wirewatch.db") as archive:
        for days in (1, 40):
            archive.store([Entry(Article(f"https://x/{days}", "T", "t", source="s", found=NOW - days * DAY))])
        yield Machine(archive)


DELETED = ["retention: deleted 1 articles and 0 pages"]


def test_a_laptop_that_runs_for_forty_minutes_a_day_deletes_what_is_old(machine: Machine):
    machine.run(40)
    assert machine.notes == []
    machine.at += DAY
    machine.run(40)
    assert machine.notes == DELETED
    for _ in range(10):
        machine.at += 4 * DAY
        machine.run(40)
    assert machine.notes == 2 * DELETED


def test_a_service_that_goes_on_waits_for_an_hour(machine: Machine):
    machine.run(60)
    assert machine.notes == []
    machine.run(2)
    assert machine.notes == DELETED


@pytest.mark.parametrize("days", [-365, -20, 20, 365])
def test_a_clock_that_is_wrong_for_less_than_an_hour_deletes_nothing_but_what_is_old(machine: Machine, days: int):
    machine.run(30)
    for _ in range(6):  # it is wrong now and then: at each start, until it is set
        machine.off_by = days * DAY
        machine.run(20)
        machine.off_by = timedelta(0)
        machine.run(20)
    assert machine.notes in ([], DELETED), "the article of yesterday is there"
    machine.run(130)
    assert machine.notes == DELETED


PIECES = st.lists(st.tuples(st.floats(1, 3_500), st.sampled_from([-YEAR, timedelta(0), YEAR])), max_size=30)


@given(PIECES)
def test_no_age_is_judged_by_a_clock_that_was_set_right_within_the_hour(pieces: list[tuple[float, timedelta]]):
    """Between two wrong pieces the clock is right for a minute."""
    at, period = NOW, RetentionPeriod(NOW)
    for run_s, off_by in pieces:
        for seconds, off in ((run_s, off_by), (60.0, timedelta(0))):
            at += timedelta(seconds=seconds)
            period = period.after(seconds, at + off)
            if period.is_over:
                assert period.begun <= at, "it began while the clock was right, or behind"
                period = RetentionPeriod(at + off)


def test_a_period_is_stored_and_begins_again_where_it_cannot_be_read(machine: Machine):
    archive = machine.archive
    for run_s, stored_s in ((0, 0), (600, 600), (LENGTH_S, 600 + LENGTH_S)):
        period = archive.write(lambda connection, run_s=run_s: continue_period(connection, run_s, NOW))
        assert period == RetentionPeriod(NOW, stored_s)
    assert period.is_over
    earlier = archive.write(lambda connection: continue_period(connection, 60, NOW - YEAR))
    assert earlier == RetentionPeriod(NOW - YEAR), "the clock was set back"
