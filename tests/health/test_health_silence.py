"""Silences: what is too long for one source is a weekend for another."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.health import silence
from crawler.health.silence import FEWEST, LONGER, NIGHT, WATCHED, Clock, batch, enough
from crawler.schedule.publishing_pattern import HISTORY, PublishingPattern

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Rate = Callable[[datetime], float]


def stream(rate: Rate, days: int, rng: random.Random, together: int = 1) -> list[datetime]:
    """Articles of a source with so many an hour, which come in batches of `together`."""
    found = []
    for at in range(days * 24):
        moment = MONDAY + at * HOUR
        for _ in range(poisson(rate(moment) / together, rng)):
            first = moment + rng.random() * HOUR
            found += [first + timedelta(minutes=2 * n) for n in range(together)]
    return sorted(found)


def poisson(mean: float, rng: random.Random) -> int:
    limit, product, count = exp(-mean), rng.random(), 0
    while product > limit:
        product, count = product * rng.random(), count + 1
    return count


def by_day(rate: float) -> Rate:
    return lambda moment: rate if 7 <= moment.hour < 22 else 0.0


def office(rate: float) -> Rate:
    return lambda moment: rate if 8 <= moment.hour < 18 and moment.weekday() < 5 else 0.0


def weekly(moment: datetime) -> float:
    return 12.0 if moment.weekday() == 3 and moment.hour == 9 else 0.0


def struck(rate: Rate, rng: random.Random, days: int) -> Rate:
    off = {rng.randrange(days) for _ in range(days * 8 // 365)}
    return lambda moment: 0.0 if (moment - MONDAY).days in off else rate(moment)


HEALTHY: dict[str, tuple[Callable[[random.Random], Rate], int]] = {
    "twelve an hour, day and night": (lambda _: lambda moment: 12.0, 1),
    "sixty a day, closed at night": (lambda _: by_day(4), 1),
    "a daily with strikes": (lambda rng: struck(by_day(4), rng, 365), 1),
    "weekdays only": (lambda _: office(2), 1),
    "three a day": (lambda _: by_day(0.2), 1),
    "one each morning": (lambda _: lambda moment: 1.0 if moment.hour == 6 else 0.0, 1),
    "a weekly paper": (lambda _: weekly, 1),
    "batches of ten": (lambda _: by_day(2), 10),
    "batches of twenty, twice a week": (lambda _: lambda moment: 40 / 168, 20),
}


def alarms(found: list[datetime]) -> int:
    """How many pauses of a healthy source would have been told."""
    told = 0
    for before, after in pairwise(found):
        if after - before < timedelta(minutes=30):
            continue
        first = bisect_left(found, before - HISTORY)
        past = found[first : bisect_left(found, after)]
        longest = max((b - a for a, b in pairwise(past)), default=timedelta(0))
        if after - before > LONGER * longest:  # what silence() asks for, looked at first: it costs less
            heard = silence(past, past[0], before)
            told += heard is not None and heard.alarm is not None and heard.alarm < after
    return told


@pytest.mark.slow
@pytest.mark.parametrize("name", HEALTHY)
def test_a_year_of_a_healthy_source_raises_nothing(name: str):
    rate, together = HEALTHY[name]
    rng = random.Random(2026)
    assert alarms(stream(rate(rng), 365, rng, together)) == 0


@pytest.mark.parametrize(
    ("name", "within"),
    [
        ("twelve an hour, day and night", 4 * HOUR),
        ("sixty a day, closed at night", 2 * DAY),
        ("weekdays only", 6 * DAY),
        ("three a day", 7 * DAY),
    ],
)
def test_a_frozen_source_is_reported(name: str, within: timedelta):
    rng = random.Random(1)
    rate, together = HEALTHY[name]
    found = stream(rate(rng), 60, rng, together)
    for days in (30, 41, 52):
        past = found[: bisect_left(found, MONDAY + days * DAY + 12 * HOUR)]
        heard = silence(past, past[0], past[-1])
        assert heard is not None
        assert heard.alarm is not None
        assert timedelta(0) < heard.alarm - past[-1] <= within
        assert heard.missing(heard.alarm) > 11, "by chance less often than once in a hundred thousand"


def test_a_weekly_paper_at_the_weekend_is_never_reported():
    found = stream(weekly, 70, random.Random(3))
    heard = silence(found, found[0], found[-1])
    assert heard is None or heard.alarm is None or heard.alarm - found[-1] > 14 * DAY


@pytest.mark.parametrize("count", [0, 1, FEWEST - 1])
def test_few_articles_give_no_alarm(count: int):
    found = [MONDAY + n * DAY for n in range(count)]
    assert silence(found, MONDAY, MONDAY + 30 * DAY) is None


def test_a_few_days_give_no_alarm():
    found = [MONDAY + n * HOUR for n in range(200)]
    assert silence(found, MONDAY, MONDAY + WATCHED - HOUR) is None
    assert silence(found, MONDAY, MONDAY + WATCHED) is not None


@given(st.floats(1, 5000), st.floats(1, 5000))
def test_the_more_is_known_the_less_must_be_missing(one: float, other: float):
    fewer, more = sorted((one, other))
    assert enough(more) <= enough(fewer) * (1 + 1e-9)
    assert enough(more) >= 11.5


def test_batches_are_counted():
    assert batch([1.0] * 50) == 1
    rng = random.Random(5)
    assert batch([rng.expovariate(1) for _ in range(5000)]) == pytest.approx(1, abs=0.15)
    assert batch([10.0 * rng.expovariate(1) if n % 10 == 0 else 0.0 for n in range(5000)]) > 8
    assert batch([0.0, 0.0]) == 1


@given(
    st.lists(st.integers(1, 50), min_size=24, max_size=24),
    st.integers(-(10**6), 10**6),
    st.integers(0, 400),
    st.integers(0, 400),
)
def test_the_clock_adds_up(rates: list[int], hours: int, first: int, second: int):
    clock, start = Clock(PublishingPattern(tuple(rates) * 7)), MONDAY + hours / 24 * HOUR
    middle, end = start + first * HOUR, start + (first + second) * HOUR
    whole = clock.between(start, end)
    assert whole == pytest.approx(clock.between(start, middle) + clock.between(middle, end), abs=1e-3)
    assert whole >= -1e-6
    reached = clock.reaching(start, whole / 2, 60 * DAY)
    if reached is not None and whole > 1:
        assert clock.between(start, reached) == pytest.approx(whole / 2, rel=1e-3)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 60 * 24 * 70), max_size=80), st.integers(0, 80))
def test_an_alarm_is_never_early(minutes: list[int], days: int):
    last = MONDAY + days * DAY
    found = [MONDAY + timedelta(minutes=n) for n in minutes]
    heard = silence(found, MONDAY, last)
    if heard is None or heard.alarm is None:
        return
    assert heard.last == last
    known = sorted(one for one in found if last - HISTORY <= one <= last)
    longest = max((b - a for a, b in zip(known, [*known[1:], last], strict=True)), default=timedelta(0))
    assert heard.alarm - last >= LONGER * longest - timedelta(seconds=1)
    if longest >= NIGHT:
        assert heard.alarm - last > longest + DAY
