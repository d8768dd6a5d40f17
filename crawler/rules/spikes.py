"""Whether a rule meets unusually many stories now, and whether this is the first mention for long. Pure.

What is usual: a level that forgets within weeks, times how busy this hour of the week is. How unusual a count is: the
tail of a negative binomial distribution, for news come in bursts and a Poisson tail would cry at every busy hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, lgamma, log, sqrt
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


def find_spike(history: Sequence[int], count: int, *, looks: int = 1) -> Spike | None:
    """Return the spike that `count`, the stories of the last hour, makes; None where it is usual.

    `looks`: how often an hour this is asked; so much less likely a spike must be (Bonferroni). `history`: stories in
    each of the hours before, the oldest first, one after the other; at least seven days, of which at most the last
    eight weeks are looked at.
    """
    past = history[-MOST_HISTORY:]
    if len(past) < LEAST_HISTORY or count < LEAST_COUNT:
        return None
    profile = _Profile(past)
    expected = max(profile.mean(len(past)) * _level(past) / profile.overall, _LEAST_MEAN)
    if count < LEAST_RATIO * expected:
        return None
    # The mean itself is uncertain: the fewer stories it rests on, the more.
    spread = 1 / _size(past, profile) + 1 / (expected * profile.weeks(len(past)))
    tail = upper_tail(count, expected, 1 / spread)
    return Spike(count, expected, tail) if tail < MAX_TAIL / looks else None


def _level(past: Sequence[int]) -> float:
    """The mean of an hour, the last weeks counting most."""
    fading = exp(-1 / _MEMORY_HOURS)
    level = weight = 0.0
    for value in past:
        level, weight = level * fading + value, weight * fading + 1
    return level / weight


class _Profile:
    """How many stories each hour of the week has had, pulled towards its hour of the day, and that towards all."""

    def __init__(self, past: Sequence[int]) -> None:
        self._past = past
        self.overall = max(sum(past) / len(past), _LEAST_MEAN)
        self._days = [(sum(past[hour::24]), len(past[hour::24])) for hour in range(24)]
        weeks = [past[hour::HOURS_A_WEEK] for hour in range(HOURS_A_WEEK)]
        self._weeks = [(sum(values), len(values)) for values in weeks]

    def weeks(self, at: int) -> float:
        """How many weeks the mean for hour number `at` rests on."""
        return self._weeks[at % HOURS_A_WEEK][1] + _PRIOR_WEEKS

    def mean(self, at: int, *, without: int | None = None) -> float:
        """The mean for hour number `at`; `without` its own value, where that hour is one of the past."""
        (day, days), (week, weeks) = self._days[at % 24], self._weeks[at % HOURS_A_WEEK]
        if without is not None:
            day, days, week, weeks = day - without, days - 1, week - without, weeks - 1
        of_day = (day + _PRIOR_WEEKS * self.overall) / (days + _PRIOR_WEEKS)
        return (week + _PRIOR_WEEKS * of_day) / (weeks + _PRIOR_WEEKS)


def _size(past: Sequence[int], profile: _Profile) -> float:
    """The size (inverse dispersion) of the negative binomial by moments: variance = mean + mean² / size.

    Every hour is told from all the others: a profile that has seen an hour lies too near to it, the bursts look
    smaller than they are, and the alarms become too many.
    """
    means = [max(profile.mean(at, without=value), _LEAST_MEAN) for at, value in enumerate(past)]
    extras = [(value - mean) ** 2 - mean for value, mean in zip(past, means, strict=True)]
    average = sum(extras) / len(past)
    error = sqrt(sum((extra - average) ** 2 for extra in extras))  # of their sum, which rare bursts make uncertain
    extra = sum(extras) + error
    return min(max(sum(mean**2 for mean in means) / extra, _SIZES[0]), _SIZES[1]) if extra > 0 else _SIZES[1]


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
