"""Whether a rule meets unusually many stories now, and whether this is the first mention for long. Pure.

What is usual: a level that forgets within weeks, times how busy this hour of the week is. How unusual a count is: the
tail of a negative binomial distribution, for news come in bursts and a Poisson tail would cry at every busy hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, lgamma, log
from typing import Final

HOURS_A_WEEK: Final = 168
LEAST_HISTORY: Final = HOURS_A_WEEK  # hours
MOST_HISTORY: Final = 8 * HOURS_A_WEEK
LEAST_COUNT: Final = 5
LEAST_RATIO: Final = 2.0
MAX_TAIL: Final = 1e-4
QUIET_FOR: Final = timedelta(days=30)  # before a mention counts as the first again
_MEMORY_HOURS: Final = 168.0
_PRIOR_WEEKS: Final = 2.0  # what the hour of the week weighs before it was seen
_LEAST_MEAN: Final = 0.02
_SIZES: Final = (0.3, 1000.0)  # from wild bursts to hardly more than chance


@dataclass(frozen=True, slots=True)
class Spike:
    """So many stories in the last hour where so many were expected; `tail` is how likely that is by chance."""

    count: int
    expected: float
    tail: float


def find_spike(history: Sequence[int], count: int) -> Spike | None:
    """Return the spike that `count`, the stories of the last hour, makes; None where it is usual.

    `history`: stories in each of the hours before, the oldest first, one after the other; at least seven days, of which
    at most the last eight weeks are looked at.
    """
    past = history[-MOST_HISTORY:]
    if len(past) < LEAST_HISTORY or count < LEAST_COUNT:
        return None
    means = _means(past)
    expected = _expected(past, len(past))
    if count < LEAST_RATIO * expected:
        return None
    tail = upper_tail(count, expected, _size(past, means))
    return Spike(count, expected, tail) if tail < MAX_TAIL else None


def _expected(past: Sequence[int], at: int) -> float:
    """The mean for hour number `at`: the level, times how this hour of the week compares with all."""
    weight, level = 0.0, 0.0
    fading = exp(-1 / _MEMORY_HOURS)
    for value in past:
        level, weight = level * fading + value, weight * fading + 1
    level /= weight
    overall = max(sum(past) / len(past), _LEAST_MEAN)
    return max(level * _profile(past, at % HOURS_A_WEEK, overall), _LEAST_MEAN)


def _profile(past: Sequence[int], hour: int, overall: float) -> float:
    """How busy an hour of the week is against all, pulled towards its hour of the day, and that towards 1."""
    day = [value for at, value in enumerate(past) if at % 24 == hour % 24]
    of_day = (sum(day) + _PRIOR_WEEKS * overall) / (len(day) + _PRIOR_WEEKS)
    week = [past[at] for at in range(hour, len(past), HOURS_A_WEEK)]
    of_week = (sum(week) + _PRIOR_WEEKS * of_day) / (len(week) + _PRIOR_WEEKS)
    return of_week / overall


def _means(past: Sequence[int]) -> list[float]:
    """The profile's mean for each hour of the past."""
    overall = max(sum(past) / len(past), _LEAST_MEAN)
    profile = [_profile(past, hour, overall) * overall for hour in range(HOURS_A_WEEK)]
    return [max(profile[at % HOURS_A_WEEK], _LEAST_MEAN) for at in range(len(past))]


def _size(past: Sequence[int], means: Sequence[float]) -> float:
    """The size (inverse dispersion) of the negative binomial by moments: variance = mean + mean² / size."""
    extra = sum((value - mean) ** 2 - mean for value, mean in zip(past, means, strict=True))
    squares = sum(mean**2 for mean in means)
    return min(max(squares / extra, _SIZES[0]), _SIZES[1]) if extra > 0 else _SIZES[1]


def upper_tail(count: int, mean: float, size: float) -> float:
    """Return the probability of `count` or more under a negative binomial with this mean and size."""
    below = 0.0
    chance = size / (size + mean)
    for value in range(count):
        log_mass = lgamma(value + size) - lgamma(size) - lgamma(value + 1) + size * log(chance)
        below += exp(log_mass + value * log(1 - chance))
    return max(0.0, 1.0 - below)


def by_hour(moments: Sequence[datetime], now: datetime) -> list[int]:
    """Return how many of `moments` lie in each hour before `now`, the oldest hour first, the last one last."""
    if not moments:
        return []
    hours = int((now - min(moments)) / timedelta(hours=1)) + 1
    counts = [0] * hours
    for moment in moments:
        counts[hours - 1 - int((now - moment) / timedelta(hours=1))] += 1
    return counts


def first_mentions(moments: Sequence[datetime], since: datetime) -> list[int]:
    """Return the positions of those from `since` on before which there was nothing for 30 days; `moments` in order."""
    gaps = (at == 0 or moment - moments[at - 1] >= QUIET_FOR for at, moment in enumerate(moments))
    return [at for at, alone in enumerate(gaps) if alone and moments[at] >= since]
