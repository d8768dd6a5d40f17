"""Time as an argument: digests, quiet hours, limits and groups over simulated days, across changes of the clock."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.notify import Form, Policy, Waiting, plan
from crawler.notify.planning import MAX_TOGETHER
from crawler.schedule.cron import CronSchedule
from crawler.schedule.local_time import is_quiet, quiet_until, to_utc

ZONES = ["Europe/London", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe"]
# Both changes of 2026 in each zone (IANA 2025b): the local days on which they fall.
CHANGES = {
    "Europe/London": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Africa/Cairo": (date(2026, 4, 24), date(2026, 10, 29)),
    "Australia/Lord_Howe": (date(2026, 10, 4), date(2026, 4, 5)),  # by half an hour
}
CASES = [(zone, day) for zone, days in CHANGES.items() for day in days]
NIGHTS = [(time(22), time(6)), (time(0, 30), time(2, 30)), (time(1, 15), time(1, 45)), (time(23, 30), time(0, 15))]
LINES = ["0 7 * * *", "30 1 * * *", "15 2 * * *", "0 0 * * *", "*/30 * * * *", "0 9 * * mon-fri"]


class Run:
    """A channel over simulated time: alerts come, `plan` decides, what it bundles is sent at once."""

    def __init__(self, policy: Policy, alerts: list[tuple[datetime, bool]]) -> None:
        self.policy = policy
        self.coming = sorted(enumerate(alerts), key=lambda pair: pair[1][0])
        self.waiting: list[Waiting] = []
        self.sent: list[tuple[datetime, Form, tuple[int, ...]]] = []

    def go(self, start: datetime, end: datetime, step: timedelta) -> Run:
        now = start
        while now <= end:
            self.look(now)
            now += step
        return self

    def look(self, now: datetime) -> None:
        while self.coming and self.coming[0][1][0] <= now:
            number, (since, urgent) = self.coming.pop(0)
            self.waiting.append(Waiting(number, since, urgent))
        made = [moment for moment, _, _ in self.sent]
        digested = max((moment for moment, form, _ in self.sent if form is Form.DIGEST), default=None)
        found = plan(self.policy, self.waiting, made, digested if self.policy.slot else None, now)
        for bundle in found.bundles:
            self.sent.append((now, bundle.form, bundle.ids))
            self.waiting = [one for one in self.waiting if one.id not in bundle.ids]
        if self.waiting and not self.policy.paused and not found.bundles:
            assert found.again is not None, "what waits is looked at again"
            assert found.again > now

    def ids(self) -> list[int]:
        return [number for _, _, ids in self.sent for number in ids]


def alerts_over(start: datetime, end: datetime, count: int, seed: int) -> list[tuple[datetime, bool]]:
    rng = random.Random(seed)
    return [(start + (end - start) * rng.random(), rng.random() < 0.1) for _ in range(count)]


def around(zone: str, day: date) -> tuple[datetime, datetime]:
    noon = datetime.combine(day, time(12), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return noon - timedelta(days=2), noon + timedelta(days=2)


@pytest.mark.slow
@pytest.mark.parametrize(("zone", "day"), CASES)
@pytest.mark.parametrize("night", NIGHTS)
def test_nothing_is_sent_in_quiet_hours_and_nothing_is_lost(zone: str, day: date, night: tuple[time, time]):
    start, end = around(zone, day)
    policy = Policy(ZoneInfo(zone), quiet=night, group=timedelta(seconds=30))
    alerts = alerts_over(start, end, 150, 1)
    run = Run(policy, alerts).go(start, end + timedelta(days=1), timedelta(minutes=7))
    assert sorted(run.ids()) == list(range(150))
    for moment, _, ids in run.sent:
        if any(not alerts[number][1] for number in ids):
            assert not is_quiet(moment, night, policy.zone)
    for moment, _, ids in run.sent:
        for number in ids:
            since, urgent = alerts[number]
            looked = since + policy.group + timedelta(minutes=7)  # by then somebody has looked, if it was not night
            awake = looked if urgent else quiet_until(looked, night, policy.zone)
            assert moment <= awake + timedelta(minutes=7), "and nothing waits longer than it must"


@pytest.mark.slow
@pytest.mark.parametrize(("zone", "day"), CASES)
@pytest.mark.parametrize("line", LINES)
def test_each_digest_comes_once_and_holds_everything(zone: str, day: date, line: str):
    start, end = around(zone, day)
    slots = CronSchedule(line, ZoneInfo(zone))
    policy = Policy(ZoneInfo(zone), slot=slots.after)
    alerts = alerts_over(start, end, 150, 2)
    step = timedelta(minutes=5)
    run = Run(policy, alerts).go(start, end + timedelta(days=4), step)
    assert sorted(run.ids()) == list(range(150))
    digests = [moment for moment, form, _ in run.sent if form is Form.DIGEST]
    assert [count for count in Counter(_slot(slots, moment, step) for moment in digests).values() if count > 1] == []
    for moment, form, ids in run.sent:
        for number in ids:
            since, urgent = alerts[number]
            assert (form is Form.DIGEST) is not urgent
            assert moment - (since if urgent else slots.after(since)) < step


def _slot(slots: CronSchedule, moment: datetime, step: timedelta) -> datetime:
    return slots.after(moment - step)


@pytest.mark.parametrize(("zone", "day"), CASES)
def test_a_digest_waits_for_the_end_of_quiet_hours(zone: str, day: date):
    start, end = around(zone, day)
    policy = Policy(ZoneInfo(zone), slot=CronSchedule("0 3 * * *", ZoneInfo(zone)).after, quiet=(time(22), time(6)))
    run = Run(policy, alerts_over(start, end, 60, 3)).go(start, end + timedelta(days=2), timedelta(minutes=10))
    assert sorted(run.ids()) == list(range(60))
    for moment, form, _ in run.sent:
        if form is Form.DIGEST:
            assert moment.astimezone(policy.zone).hour == 6


@pytest.mark.parametrize(("zone", "day"), CASES)
@pytest.mark.parametrize("line", ["0 7 * * *", "15 6 * * mon-fri", "0 12 1 * *", "*/20 9-17/2 * jan,jul mon,wed"])
def test_slots_are_those_of_cron_away_from_the_change(zone: str, day: date, line: str):
    slots, moment = CronSchedule(line, ZoneInfo(zone)), datetime.combine(day, time(), tzinfo=UTC) - timedelta(days=3)
    expected = CronSim(line, moment.astimezone(ZoneInfo(zone)))
    for _ in range(30):
        moment = slots.after(moment)
        assert moment == next(expected)


def test_local_times_that_come_twice_or_never():
    london = ZoneInfo("Europe/London")
    assert to_utc(datetime(2026, 10, 25, 1, 30), london) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # noqa: DTZ001
    assert to_utc(datetime(2026, 3, 29, 1, 30), london) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # noqa: DTZ001
    slots = CronSchedule("30 1 * * *", london)
    first = slots.after(datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert [first, slots.after(first)] == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="never due"):
        CronSchedule("0 0 31 feb *", UTC).after(datetime(2026, 1, 1, tzinfo=UTC))
    assert CronSchedule("0 0 29 feb *", UTC).after(datetime(2097, 1, 1, tzinfo=UTC)) == datetime(
        2104, 2, 29, tzinfo=UTC
    )


@given(st.integers(0, 2**31), st.integers(1, 6), st.integers(1, 6), st.sampled_from([0, 30, 600]), st.booleans())
@settings(max_examples=60)
def test_limits_hold_in_every_window_and_lose_nothing(seed: int, count: int, hours: int, group_s: int, quiet: bool):
    start = datetime(2026, 11, 1, tzinfo=UTC)
    span = timedelta(hours=hours)
    policy = Policy(quiet=(time(22), time(6)) if quiet else None, limit=(count, span), group=timedelta(seconds=group_s))
    end = start + timedelta(days=1)
    run = Run(policy, alerts_over(start, end, 80, seed)).go(start, end + timedelta(days=2), timedelta(minutes=11))
    assert sorted(run.ids()) == list(range(80))
    moments = [moment for moment, _, _ in run.sent]
    for moment in moments:
        assert sum(moment - span < other <= moment for other in moments) <= count


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def waiting(count: int, seconds_ago: float = 60.0, **fields: Any) -> list[Waiting]:
    return [Waiting(n, NOW - timedelta(seconds=seconds_ago), **fields) for n in range(count)]


HOUR = timedelta(hours=1)
GROUP = Policy(group=timedelta(seconds=30))
TABLE = [
    ("one alert", GROUP, waiting(1), [], [(Form.ALERT, 1)]),
    ("a few together", GROUP, waiting(3), [], [(Form.GROUP, 3)]),
    ("many together", GROUP, waiting(30), [], [(Form.DIGEST, 30)]),
    ("not yet", GROUP, waiting(3, 10), [], []),
    ("no grouping", Policy(), waiting(3), [], [(Form.ALERT, 1)] * 3),
    ("paused", Policy(paused=True), waiting(3), [], []),
    ("nothing", Policy(), [], [], []),
    ("a flood", Policy(limit=(3, HOUR)), waiting(9), [], [(Form.ALERT, 1), (Form.ALERT, 1), (Form.DIGEST, 7)]),
    ("full", Policy(limit=(1, HOUR)), waiting(2), [NOW - timedelta(minutes=5)], []),
    ("room again", Policy(limit=(1, HOUR)), waiting(2, 600), [NOW - timedelta(minutes=61)], [(Form.DIGEST, 2)]),
    ("baseline", Policy(), waiting(5, baseline=True, settles=NOW - timedelta(seconds=1)), [], [(Form.BASELINE, 5)]),
    ("baseline of one", Policy(), waiting(1, baseline=True), [], [(Form.ALERT, 1)]),
    ("first crawl goes on", Policy(), waiting(5, baseline=True, settles=NOW + timedelta(minutes=1)), [], []),
    ("too many for one", GROUP, waiting(MAX_TOGETHER + 2), [], [(Form.DIGEST, MAX_TOGETHER), (Form.DIGEST, 2)]),
    ("night", Policy(quiet=(time(11), time(13))), waiting(2), [], []),
    ("urgent at night", Policy(quiet=(time(11), time(13))), waiting(1, urgent=True), [], [(Form.ALERT, 1)]),
    ("after the night", Policy(quiet=(time(11), time(11, 59))), waiting(2, 600), [], [(Form.DIGEST, 2)]),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "wait", "sent", "expected"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE])
def test_what_goes_together(policy: Policy, wait: list[Waiting], sent: list[datetime], expected: list):
    found = plan(policy, wait, sent, None, NOW)
    assert [(bundle.form, len(bundle.ids)) for bundle in found.bundles] == expected
