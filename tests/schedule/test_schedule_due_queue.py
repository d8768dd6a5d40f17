"""What is handed out when: on time, in a crowd, after downtime, and while new sources come."""

from __future__ import annotations

import time
from bisect import bisect_left
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.schedule.due_queue import HEADROOM, MIN_PACE, DueQueue

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
TICK = timedelta(seconds=0.25)


def seconds_until_taken(due_queue: DueQueue, gaps: dict[str, timedelta], now: datetime) -> dict[str, float]:
    """When each of `gaps` is handed out after `now`, in order; then it is due again a week later."""
    out: dict[str, float] = {}
    at = now
    while not gaps.keys() <= out.keys():
        for name, _ in due_queue.take(at):
            out[name] = (at - now).total_seconds()
            due_queue.put(name, at + timedelta(days=7), gaps[name])
        at += TICK
    return out


def filled(
    due_queue: DueQueue, prefix: str, count: int, due: datetime, gap: timedelta, *, new: bool = False
) -> dict[str, timedelta]:
    for n in range(count):
        due_queue.put(f"{prefix}{n}", due, gap, is_new=new)
    return {f"{prefix}{n}": gap for n in range(count)}


def test_what_is_due_is_handed_out_with_its_time_and_waits_no_longer():
    due_queue = DueQueue()
    due_queue.put("a", NOW + MINUTE, 10 * MINUTE)
    assert due_queue.take(NOW) == []
    assert due_queue.due("a") == NOW + MINUTE
    assert due_queue.take(NOW + 2 * MINUTE) == [("a", NOW + MINUTE)]
    assert due_queue.take(NOW + 3 * MINUTE) == []
    assert "a" not in due_queue
    assert due_queue.due("a") is None


def test_what_was_said_last_counts():
    due_queue = DueQueue()
    due_queue.put("a", NOW, MINUTE)
    due_queue.put("a", NOW + MINUTE, MINUTE)
    due_queue.put("b", NOW, MINUTE)
    due_queue.drop("b")
    due_queue.drop("never there")
    assert due_queue.take(NOW) == []
    assert due_queue.take(NOW + MINUTE) == [("a", NOW + MINUTE)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "gap", "span_s"),
    [
        (10, 5 * MINUTE, 1),  # few start at once
        (100, 5 * MINUTE, 5),  # 20 a second
        (1000, 5 * MINUTE, 50),
        (10_000, 5 * MINUTE, 200),  # 50 a second: one and a half times of an ordinary day
        (10_000, 2 * MINUTE, 80),
        (10_000, 24 * 60 * MINUTE, 500),
    ],
)
def test_downtime_is_caught_up_at_a_pace_that_an_ordinary_day_knows(count: int, gap: timedelta, span_s: float):
    due_queue = DueQueue()
    gaps = filled(due_queue, "s", count, NOW - timedelta(days=3), gap)
    pace = due_queue.pace
    assert pace == pytest.approx(max(MIN_PACE, HEADROOM * count / gap.total_seconds()))
    taken = sorted(seconds_until_taken(due_queue, gaps, NOW).values())
    assert taken[-1] == pytest.approx(span_s, rel=0.1, abs=5)
    most = max(bisect_left(taken, at + 1) - bisect_left(taken, at) for at in range(int(taken[-1]) + 1))
    assert most <= pace + MIN_PACE + 1


def test_after_downtime_the_shortest_intervals_come_first_and_the_others_in_their_order():
    due_queue, stopped = DueQueue(), NOW - timedelta(days=2)
    gaps = {f"{minutes}-{n}": minutes * MINUTE for minutes in (1440, 60, 10, 5, 2) for n in range(40)}
    for name, gap in gaps.items():
        due_queue.put(name, stopped + gap, gap)
    order = list(seconds_until_taken(due_queue, gaps, NOW))
    assert [int(name.split("-")[0]) for name in order] == sorted(int(name.split("-")[0]) for name in order)


def test_new_sources_and_late_ones_take_turns():
    due_queue = DueQueue()
    gaps = filled(due_queue, "late", 1000, NOW - timedelta(days=1), 10 * MINUTE)
    gaps |= filled(due_queue, "new", 50, NOW, 10 * MINUTE, new=True)
    taken = seconds_until_taken(due_queue, gaps, NOW)
    assert max(at for name, at in taken.items() if name.startswith("new")) < 5.1, "100 places at 20 a second"
    due_queue = DueQueue()
    gaps = filled(due_queue, "late", 50, NOW - timedelta(days=1), 10 * MINUTE)
    gaps |= filled(due_queue, "new", 1000, NOW, 10 * MINUTE, new=True)
    taken = seconds_until_taken(due_queue, gaps, NOW)
    assert max(at for name, at in taken.items() if name.startswith("late")) < 5.1


@pytest.mark.slow
def test_a_slow_source_is_not_starved_by_fast_ones_that_are_late_all_the_time():
    due_queue = DueQueue()
    for n in range(100):
        due_queue.put(f"fast{n}", NOW, timedelta(seconds=2))  # 50 a second; the pace is 75
    due_queue.put("slow", NOW, 10 * MINUTE)
    at = NOW
    while "slow" in due_queue and at < NOW + 30 * MINUTE:
        for name, _ in due_queue.take(at):
            if name != "slow":
                due_queue.put(name, at, timedelta(seconds=2))  # due at once, again and again
        at += SECOND
    assert at - NOW < 12 * MINUTE


@pytest.mark.slow
def test_a_thousand_times_more_that_waits_costs_no_more():
    costs = []
    for count in (1000, 30_000):
        due_queue = DueQueue()
        filled(due_queue, "s", count, NOW + timedelta(days=1), 5 * MINUTE)
        began = time.process_time()
        for n in range(1000):
            due_queue.put("one", NOW + n * SECOND, MINUTE)
            assert due_queue.take(NOW + n * SECOND)
        costs.append(time.process_time() - began)
    assert costs[1] < 5 * costs[0]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 600), st.integers(1, 600), st.booleans()), max_size=60))
def test_each_source_is_handed_out_once_and_never_before_it_is_due(puts: list[tuple[int, int, int, bool]]):
    due_queue, dues = DueQueue(), {}
    for number, due_s, gap_s, new in puts:
        dues[f"s{number}"] = NOW + due_s * SECOND
        due_queue.put(f"s{number}", dues[f"s{number}"], gap_s * SECOND, is_new=new)
    taken: dict[str, datetime] = {}
    for second in range(620):
        for name, due in due_queue.take(NOW + second * SECOND):
            assert name not in taken
            assert due == dues[name] <= NOW + second * SECOND
            taken[name] = due
    assert taken == dues
    assert due_queue.pace == MIN_PACE
