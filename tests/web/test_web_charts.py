"""Charts as numbers, and jobs that end when nobody asks."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import FetchError
from crawler.rules.backtest import Day
from crawler.web.jobs import MAX_PENDING, MAX_RUN_S, POLL_TIMEOUT_S, REMEMBERED, Job, Jobs, State, TooManyJobs
from crawler.web.rendering.charts import HEIGHT, LEFT, WIDTH, days_chart, heat_map, local_days, small_chart, top_of

FIRST = date(2026, 11, 1)
COUNTS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=400)


@given(COUNTS, st.sampled_from([1, 7]))
def test_bars_stay_within_their_chart(counts: list[tuple[int, int]], step: int):
    days = [
        Day(FIRST + timedelta(days=step * at), hits, min(hits, stories)) for at, (hits, stories) in enumerate(counts)
    ]
    chart = days_chart(days, step)
    assert len(chart.bars) == len(days)
    for bar in chart.bars:
        assert LEFT - 0.1 <= bar.x <= bar.x + bar.width <= WIDTH + 0.2
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT
        assert bar.inner_height <= bar.height + 0.1
    assert len(chart.labels) <= 9


@given(st.integers(0, 10**12))
def test_a_scale_holds_its_greatest_number(most: int):
    top = top_of(most)
    assert top >= most
    assert top % 2 == 0
    assert top <= max(2, 5 * most)


def test_a_chart_says_what_it_shows():
    days = [Day(FIRST, 0, 0), Day(FIRST + timedelta(days=1), 3, 2)]
    assert days_chart(days).description == "Hits by day: peak of 3 on 2 November; no hits on 1 of 2 days."
    assert days_chart(days).bars[1].title == "Mon 2 Nov: 3 hits, 2 new stories"
    assert days_chart([]).description == "No hits."
    assert small_chart([0, 2, 5]).description == "7 in 3 days, 5 today"
    assert small_chart([]).bars == ()


def test_a_heat_map_is_in_local_time():
    moments = [datetime(2026, 11, 22, 22, 30, tzinfo=UTC)] * 4 + [datetime(2026, 11, 24, 5, tzinfo=UTC)]
    told = heat_map(moments, ZoneInfo("Africa/Nairobi"))
    levels = {cell.title: cell.level for cell in told.cells}
    assert levels["Monday 01:00: 4"] == 4
    assert levels["Tuesday 08:00: 1"] == 1
    assert levels["Sunday 22:00: 0"] == 0
    assert told.description.startswith(
        "5 articles; the peak hour is 01:00 to 02:00 (4) and the peak day is Monday (4)."
    )
    assert heat_map([]).description == "No articles in this period."


def test_local_days_end_with_today():
    now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    days = local_days(now, 14)
    assert len(days) == 14
    assert days[-1][0] <= now < days[-1][1]
    assert all(left[1] == right[0] for left, right in pairwise(days))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_job_ends_without_clients_or_at_its_time_limit():
    clock = Clock()
    job: Job[str] = Job(clock)
    clock.now = POLL_TIMEOUT_S - 1
    assert job.report_progress(1, 2)
    clock.now = POLL_TIMEOUT_S + 1
    assert not job.report_progress(1, 2)
    assert (job.done, job.total) == (1, 2)
    job.record_poll()
    assert job.report_progress(1, 2)
    job.run(lambda _: "late")
    assert job.state is State.DONE

    slow: Job[str] = Job(clock)

    def work(job: Job[str]) -> str:
        clock.now += MAX_RUN_S + 1
        job.record_poll()
        assert not job.report_progress(1, 2)
        return "partly"

    slow.run(work)
    assert (slow.state, slow.result) == (State.DONE, "partly")


def test_a_canceled_job_never_starts_and_errors_are_reported():
    left: Job[str] = Job(Clock())
    left.cancel()
    left.run(lambda _: pytest.fail("it began"))
    assert (left.state, left.finished) == (State.CANCELED, True)
    failed: Job[str] = Job(Clock())

    def fetch(_: Job[str]) -> str:
        raise FetchError("answers 500", subject="https://x")

    failed.run(fetch)
    assert (failed.state, failed.error) == (State.FAILED, "https://x: answers 500")
    broken: Job[str] = Job(Clock())
    broken.run(lambda _: str(1 // 0))
    assert broken.error == "Internal error (ZeroDivisionError). See the log for details."
    for number in range(300):
        broken.add_line(str(number))
    assert len(broken.lines) == 200


class Ending(Job[str]):
    """Ends just behind the question whether it is over."""

    @property
    def finished(self) -> bool:
        was = super().finished
        self.run(lambda _: "found")
        return was


def test_a_snapshot_of_a_job_is_consistent():
    job = Ending(Clock())
    first, then = job.snapshot(), job.snapshot()
    assert (first.finished, first.result) == (False, None), "else the page would show a job without a result as ended"
    assert (then.finished, then.result) == (True, "found")


def test_the_result_of_a_late_poll_is_not_lost():
    clock = Clock()
    job: Job[str] = Job(clock)

    def work(_: Job[str]) -> str:
        clock.now += POLL_TIMEOUT_S + 1
        return "found"

    job.run(work)
    assert (job.state, job.result) == (State.DONE, "found")


def test_jobs_are_bounded_and_forgotten():
    clock, gate = Clock(), threading.Event()
    jobs = Jobs(clock)
    try:
        held = [jobs.start(lambda _: gate.wait(20)) for _ in range(MAX_PENDING)]
        with pytest.raises(TooManyJobs):
            jobs.start(lambda _: True)
        gate.set()
        while not all(job.finished for job in held):
            gate.wait(0.01)
        assert jobs.find(held[0].id) is held[0]
        assert jobs.find("unknown") is None
        for _ in range(REMEMBERED):
            one = jobs.start(lambda _: True)
            while not one.finished:
                gate.wait(0.01)
        assert jobs.find(held[0].id) is None
    finally:
        gate.set()
        jobs.close()
