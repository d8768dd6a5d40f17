"""When a source is asked again: the table, and a month of synthetic publishing."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from crawler.items import Outcome, Run
from crawler.schedule.publishing_pattern import (
    HOURS_A_WEEK,
    INITIAL,
    LONGEST,
    SHORTEST,
    PublishingPattern,
    after_failures,
    failure_kind,
    hour_of_week,
    learn,
    next_poll,
)

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def steady(rate: float) -> PublishingPattern:
    return PublishingPattern((rate,) * HOURS_A_WEEK)


@pytest.mark.parametrize(
    ("rate", "minutes"),
    [(1000.0, 2), (60.0, 2), (6.0, 4), (1.0, 9.8), (1 / 24, 48), (1 / 168, 127), (1e-5, 1440), (0.0, 1440)],
)
def test_the_gap_follows_the_square_root_of_the_rate(rate: float, minutes: float):
    gap = next_poll(steady(rate), MONDAY) - MONDAY
    assert gap / timedelta(minutes=1) == pytest.approx(minutes, rel=0.02)


def test_a_quiet_night_is_slept_through_and_the_morning_is_not_missed():
    rates = [0.0] * HOURS_A_WEEK
    for day in range(7):
        rates[day * 24 + 6] = 12.0
    night = next_poll(PublishingPattern(tuple(rates)), MONDAY + 7 * HOUR)
    assert MONDAY + 30 * HOUR < night < MONDAY + 30 * HOUR + timedelta(minutes=4), "soon after six the next morning"
    assert next_poll(PublishingPattern(tuple(rates)), MONDAY + 6 * HOUR) - (MONDAY + 6 * HOUR) < timedelta(minutes=4)


@pytest.mark.parametrize(
    ("hint", "minutes"), [(timedelta(0), 4), (timedelta(minutes=15), 15), (timedelta(days=30), 60)]
)
def test_a_server_that_keeps_its_answer_is_not_asked_before_up_to_an_hour(hint: timedelta, minutes: float):
    gap = next_poll(steady(6.0), MONDAY, hint=hint) - MONDAY
    assert gap / timedelta(minutes=1) == pytest.approx(minutes, rel=0.02)


def test_while_nothing_is_known_it_is_ten_minutes():
    pattern = learn([], MONDAY, MONDAY)
    assert next_poll(pattern, MONDAY) - MONDAY == pytest.approx(INITIAL, rel=0.01)


def test_what_is_learned_is_near_the_truth_and_nearer_with_time():
    rng = random.Random(5)
    truth = [4.0 if 8 <= hour % 24 < 18 and hour < 120 else 0.1 for hour in range(HOURS_A_WEEK)]
    errors = []
    for weeks in (1, 4, 8):
        now = MONDAY + timedelta(weeks=weeks)
        pattern = learn(published(rng, lambda at: truth[hour_of_week(at)], MONDAY, now), MONDAY, now)
        errors.append(sum(abs(a - b) for a, b in zip(pattern.rates, truth, strict=True)) / HOURS_A_WEEK)
    assert errors[0] > errors[-1]
    assert errors[-1] < 0.45


def test_what_is_long_ago_and_what_lies_ahead_counts_for_nothing():
    now = MONDAY + timedelta(weeks=20)
    old = [MONDAY + n * HOUR for n in range(500)]
    ahead = [now + n * HOUR for n in range(1, 500)]
    assert learn(old + ahead, MONDAY, now) == learn([], MONDAY, now)


def run(outcome: Outcome, error: str = "") -> Run:
    return Run("id", "a", MONDAY, MONDAY, outcome, error=error)


def failed(error: str, times: int) -> list[Run]:
    return [run(Outcome.DONE)] + [run(Outcome.FAILED, error)] * times


@pytest.mark.parametrize(
    ("runs", "minutes"),
    [
        ([], None),
        ([run(Outcome.DONE)], None),
        ([run(Outcome.FAILED, "status 503"), run(Outcome.PARTIAL)], None),
        (failed("https://a.example/feed: status 503", 1), 5),
        (failed("https://a.example/feed: no answer within 30 s", 3), 20),
        (failed("https://a.example/feed: status 500", 1), 15),
        (failed("https://a.example/feed: not a feed", 2), 30),
        (failed("https://a.example/feed: status 404", 1), 15),
        (failed("https://a.example/feed: no such host", 3), 1440),
        (failed("https://a.example/feed: status 500", 40), 1440),
    ],
)
def test_failures_make_it_wait(runs: list[Run], minutes: float | None):
    wait = after_failures(runs)
    assert wait == (None if minutes is None else timedelta(minutes=minutes))


def test_errors_have_classes():
    assert failure_kind("x: connection refused") == "dead"
    assert failure_kind("x: Status 429") == "busy"
    assert failure_kind("x: not a feed") == "broken"


def published(
    rng: random.Random, rate: Callable[[datetime], float], since: datetime, until: datetime
) -> list[datetime]:
    """When articles appear: a Poisson process, hour by hour."""
    moments: list[datetime] = []
    hour = since
    while hour < until:
        count, product, limit = 0, rng.random(), math.exp(-rate(hour))
        while product > limit:
            count, product = count + 1, product * rng.random()
        moments += sorted(hour + HOUR * rng.random() for _ in range(count))
        hour += HOUR
    return moments


KINDS: tuple[tuple[str, Callable[[datetime], float]], ...] = (
    ("agency", lambda at: 20.0 if 5 <= at.hour < 20 else 8.0),
    ("daily", lambda at: 6.0 if 4 <= at.hour < 7 else 1.0 if 7 <= at.hour < 20 else 0.05),
    ("office", lambda at: 0.8 if at.weekday() < 5 and 8 <= at.hour < 17 else 0.0),
    ("weekly", lambda at: 10.0 if at.weekday() == 3 and at.hour == 6 else 0.0),
    ("blog", lambda at: 0.01),
    ("asleep", lambda at: 0.0),
)


def follow(moments: list[datetime], until: datetime) -> tuple[int, float]:
    """Polls of a month that begins with nothing known, and the article-hours that news waited; learned each day."""
    polls, waited, found = 0, 0.0, 0
    now, pattern, learned = MONDAY, learn([], MONDAY, MONDAY), MONDAY
    while now < until:
        if now - learned >= timedelta(days=1):
            pattern, learned = learn(moments[:found], MONDAY, now), now
        now = next_poll(pattern, now)
        polls += 1
        while found < len(moments) and moments[found] <= now:
            waited += (now - moments[found]) / HOUR
            found += 1
    return polls, waited


@pytest.mark.slow
def test_a_month_of_news_is_found_sooner_than_by_any_fixed_interval_with_as_many_requests():
    rng = random.Random(11)
    until = MONDAY + timedelta(days=30)
    polls, waited, articles = 0, 0.0, 0
    for _name, rate in KINDS:
        moments = published(rng, rate, MONDAY, until)
        used, lost = follow(moments, until)
        polls, waited, articles = polls + used, waited + lost, articles + len(moments)
    fixed_gap_h = len(KINDS) * 30 * 24 / polls
    assert waited / articles < 0.5 * (fixed_gap_h / 2), "an article waits less than half as long"


@pytest.mark.parametrize("name", ["daily", "office", "weekly"])
def test_one_source_with_habits_is_followed_better_than_by_its_best_fixed_interval(name: str):
    rng = random.Random(3)
    until = MONDAY + timedelta(days=30)
    moments = published(rng, dict(KINDS)[name], MONDAY, until)
    polls, waited = follow(moments, until)
    assert waited / len(moments) < 30 * 24 / polls / 2


def test_the_bounds_hold_whatever_the_pattern():
    rng = random.Random(2)
    for _ in range(300):
        pattern = PublishingPattern(tuple(rng.choice((0.0, 1e-9, 0.3, 5.0, 1e6)) for _ in range(HOURS_A_WEEK)))
        last = MONDAY + timedelta(seconds=rng.randrange(10**6))
        due = next_poll(pattern, last, hint=timedelta(seconds=rng.randrange(10**5)))
        assert SHORTEST <= due - last <= LONGEST
