"""Cron lines across every change of the clock: against a clock that is watched minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.config.sources import Source
from crawler.schedule.cron import CronSchedule
from crawler.schedule.due_time import NO_HISTORY, due_after

MINUTE = timedelta(minutes=1)
# 20 zones: changes at and before midnight, of 30 minutes and of two hours, two and four a year, days that were skipped.
ZONES = {
    "Africa/Cairo": 2023, "Africa/Casablanca": 2017, "America/Asuncion": 2015, "America/Havana": 2018,
    "America/New_York": 2020, "America/Nuuk": 2018, "America/Santiago": 2018, "America/Sao_Paulo": 2010,
    "America/St_Johns": 2005, "Antarctica/Troll": 2018, "Asia/Beirut": 2018, "Asia/Gaza": 2014, "Asia/Tehran": 2014,
    "Atlantic/Azores": 2018, "Australia/Lord_Howe": 2018, "Europe/Berlin": 2020, "Europe/Dublin": 2018,
    "Pacific/Apia": 2010, "Pacific/Chatham": 2018, "Pacific/Kwajalein": 1990,
}  # fmt: skip
YEARS = 10
LINES = (
    "0 0 * * *", "15 0 * * *", "30 2 * * *", "45 1 * * *", "0 3 * * *", "59 23 * * *", "0 0 * * mon", "0 0 1 * *",
    "*/15 0-5 * * *", "20 */2 * * *", "0 * * * *", "*/15 * * * *", "7,37 * * * sun", "* 23 * * sat,sun",
)  # fmt: skip


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """The quarters of a day, of ten years, within which the clock changes."""
    start = datetime(ZONES[zone], 1, 1, tzinfo=UTC)
    hours = [start + timedelta(hours=6 * n) for n in range(4 * 366 * YEARS)]
    offsets = [hour.astimezone(ZoneInfo(zone)).utcoffset() for hour in hours]
    return tuple(hour for hour, (before, after) in zip(hours, pairwise(offsets), strict=False) if before != after)


def scanned(line: str, zone: str, start: datetime, end: datetime) -> list[datetime]:
    """What a person would do who watches the clock: every minute in turn, and what the clock jumps over at its jump."""
    found, shown = [], set[datetime]()
    every_hour = line.split()[1] == "*"
    fits = matching(line)
    moment = start - timedelta(hours=4)
    last = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    while moment < end:
        moment += MINUTE
        wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        jumped = [last + MINUTE * n for n in range(1, int((wall - last) / MINUTE))]
        due = fits(wall) if every_hour else any(fits(one) and one not in shown for one in (*jumped, wall))
        shown.update((*jumped, wall))
        if due and moment > start:
            found.append(moment)
        last = wall
    return found


def matching(line: str):
    """Whether a line names a time of the wall clock: by cronsim, in a zone without changes."""
    days: dict[date, set[datetime]] = {}

    def fits(wall: datetime) -> bool:
        day = wall.date()
        if day not in days:
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
            dues = takewhile(lambda due: due.date() <= day, CronSim(line, midnight - MINUTE))
            days[day] = {due.replace(tzinfo=None) for due in dues}
        return wall in days[day]

    return fits


def engine(line: str, zone: str, start: datetime, end: datetime) -> list[datetime]:
    slots, found, moment = CronSchedule(line, ZoneInfo(zone)), [], start
    while (moment := slots.after(moment)) <= end:
        found.append(moment)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=12)
@given(data=st.data())
def test_every_slot_around_every_change_is_what_a_watched_clock_gives(zone: str, data: st.DataObject):
    change, line = data.draw(st.sampled_from(changes(zone))), data.draw(st.sampled_from(LINES))
    start, end = change - timedelta(hours=3), change + timedelta(hours=21)
    assert engine(line, zone, start, end) == scanned(line, zone, start, end)


@pytest.mark.parametrize(
    ("line", "zone", "start", "expected"),
    [
        ("0 0 * * *", "Europe/Berlin", "2026-03-28T12", ["2026-03-29T00:00", "2026-03-30T00:00", "2026-03-31T00:00"]),
        ("0 0 1 * *", "Europe/Berlin", "2026-03-10T12", ["2026-04-01T00:00", "2026-05-01T00:00"]),
        ("0 0 * * mon", "America/New_York", "2026-03-03T12", ["2026-03-09T00:00", "2026-03-16T00:00"]),
        ("15 0 * * *", "Africa/Cairo", "2026-04-23T12", ["2026-04-24T01:00", "2026-04-25T00:15"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12", ["2026-10-25T02:30", "2026-10-26T02:30"]),
    ],
)
def test_crawls_go_by_the_same_clock(line: str, zone: str, start: str, expected: list[str]):
    source = Source(id="desk", feed="https://paper.test/feed", cron=line, timezone=zone)
    moment, found = datetime.fromisoformat(f"{start}:00").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC), []
    for _ in expected:
        moment = due_after(source, NO_HISTORY, moment)
        found.append(f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}")
    assert found == expected


@pytest.mark.slow
def test_every_quarter_of_an_hour_is_each_real_quarter():
    for zone in ("Europe/Berlin", "Australia/Lord_Howe", "Pacific/Chatham", "Antarctica/Troll"):
        start = datetime(2026, 1, 1, tzinfo=UTC)
        dues = engine("*/15 * * * *", zone, start, datetime(2027, 1, 1, tzinfo=UTC))
        assert {later - due for due, later in pairwise(dues)} == {timedelta(minutes=15)}
