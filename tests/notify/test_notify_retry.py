from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notify_samples import NOW

from crawler.notify import next_attempt
from crawler.notify.retry import WAITS


@given(st.integers(1, len(WAITS)), st.integers())
def test_each_wait_is_random_up_to_its_limit(attempts: int, seed: int):
    again = next_attempt(attempts, NOW, Random(seed))
    assert again is not None
    assert NOW <= again <= NOW + WAITS[attempts - 1]


def test_the_jitter_uses_the_whole_wait():
    rng = Random(7)
    waits = sorted(next_attempt(3, NOW, rng) - NOW for _ in range(400))  # type: ignore[operator]
    assert waits[0] < WAITS[2] * 0.05
    assert waits[-1] > WAITS[2] * 0.95
    assert abs(waits[200] - WAITS[2] / 2) < WAITS[2] * 0.1


@pytest.mark.parametrize("attempts", [10, 11, 99])
def test_after_the_last_wait_the_delivery_is_dead(attempts: int):
    assert next_attempt(attempts, NOW, Random(1)) is None
    assert next_attempt(attempts, NOW, Random(1), timedelta(seconds=1)) is None


@pytest.mark.parametrize(
    ("asked", "least"),
    [
        (timedelta(minutes=2), timedelta(minutes=2)),
        (timedelta(days=99), timedelta(days=1)),
        (timedelta(seconds=-5), timedelta(0)),
    ],
)
def test_retry_after_is_honoured_within_a_day(asked: timedelta, least: timedelta):
    again = next_attempt(1, NOW, Random(1), asked)
    assert again is not None
    assert least <= again - NOW <= max(least, WAITS[0])


def test_the_schedule_is_that_of_standard_webhooks():
    assert [wait.total_seconds() for wait in WAITS] == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
