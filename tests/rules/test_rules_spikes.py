"""Spikes: how often one is cried where there is none, how often a true one is found, on made-up rules of every kind."""

import math
import random

import pytest

from crawler.rules.spikes import HOURS_A_WEEK, MIN_HISTORY, find_spike

BURSTY, STEADY = 2.0, 20.0  # sizes of the distribution


def usual(rate, hour):
    """Fewer stories at night and at week-ends."""
    return rate * (0.45 if hour % 24 < 7 else 1.28) * (0.6 if hour % HOURS_A_WEEK >= 120 else 1.16)


def poisson(rng, mean):
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def made(rng, rate, size, hours):
    return [poisson(rng, rng.gammavariate(size, usual(rate, hour) / size)) for hour in range(hours)]


@pytest.mark.slow
@pytest.mark.parametrize("weeks", [1, 4])
def test_false_alarms_are_rare(weeks):
    rng, alarms, rule_weeks = random.Random(5), 0, 100
    for number in range(rule_weeks):
        rate, size = [(0.3, 1.0), (2.0, BURSTY), (5.0, 5.0), (5.0, STEADY)][number % 4]
        hours = made(rng, rate, size, (weeks + 1) * HOURS_A_WEEK)
        alarms += sum(find_spike(hours[:at], hours[at]) is not None for at in range(weeks * HOURS_A_WEEK, len(hours)))
    assert alarms <= 5, "0.02 a rule-week are 2; six or more come by chance once in sixty runs"


FINDABLE = [(5.0, STEADY, 5, 4), (20.0, STEADY, 5, 1), (20.0, STEADY, 5, 8), (5.0, 5.0, 10, 1), (5.0, 5.0, 10, 8)]


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "size", "times", "weeks"), FINDABLE)
def test_a_true_spike_is_found_in_its_first_hour_or_the_next(rate, size, times, weeks):
    rng, found, runs = random.Random(6), 0, 60
    for _ in range(runs):
        at = weeks * HOURS_A_WEEK + rng.randrange(5) * 24 + rng.randrange(8, 22)
        hours = made(rng, rate, size, at + 2)
        for hour in (at, at + 1):
            hours[hour] += poisson(rng, (times - 1) * usual(rate, hour))
        found += any(find_spike(hours[:hour], hours[hour]) is not None for hour in (at, at + 1))
    assert found / runs > 0.95


def test_a_short_history_does_not_make_its_own_bursts_look_small():
    # One week: the profile that has seen each hour once would lie too near to it (1.4 false alarms a rule-week).
    rng = random.Random(8)
    hours = made(rng, 20.0, 5.0, MIN_HISTORY)
    noon = [hour for hour in range(MIN_HISTORY) if hour % 24 == 12]
    highest = max(hours[hour] for hour in noon)
    assert find_spike([*hours, *hours[:12]], highest + 5) is None


def test_what_fell_silent_and_what_never_spoke():
    assert find_spike([0] * MIN_HISTORY, 4) is None
    assert find_spike([0] * MIN_HISTORY, 5) is not None
    assert find_spike([50] * MIN_HISTORY + [0] * 7 * HOURS_A_WEEK, 30) is not None
