"""Detection of spikes (unusually many stories of a rule in an hour) and of first mentions after a long time. Pure.

The expected count is an exponentially weighted level times a profile of the hours of the week. The unusualness of a
count is the tail of a negative binomial distribution: news come in bursts, so that a Poisson tail would report every
busy hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, lgamma, log, sqrt
from typing import Final

HOURS_A_WEEK: Final = 168
MIN_HISTORY: Final = HOURS_A_WEEK  # hours
MAX_HISTORY: Final = 8 * HOURS_A_WEEK
MIN_COUNT: Final = 5
MIN_RATIO: Final = 2.0
MAX_TAIL: Final = 1e-4
QUIET_FOR: Final = timedelta(days=30)  # before a mention counts as the first again
_MEMORY_HOURS: Final = 168.0
_PRIOR_WEEKS: Final = 2.0  # weight of the prior for an hour of the week
_MIN_MEAN: Final = 0.02
_SIZES: Final = (0.3, 1000.0)  # from large bursts to nearly Poisson


@dataclass(frozen=True, slots=True)
class Spike:
    """The count of stories in the last hour and the expected count; `tail` is the probability of this by chance."""

    count: int
    expected: float
    tail: float


def find_spike(history: Sequence[int], count: int, *, checks: int = 1) -> Spike | None:
    """Return the spike if `count`, the stories of the last hour, is unusually high, else None.

    `checks`: how often an hour the check runs; the threshold is divided by it (Bonferroni). `history`: stories in each
    of the hours before, oldest first, without gaps; at least seven days are required, at most the last eight weeks are
    used.
    """
    recent = history[-MAX_HISTORY:]
    if len(recent) < MIN_HISTORY or count < MIN_COUNT:
        return None
    profile = _Profile(recent)
    expected = max(profile.mean(len(recent)) * _level(recent) / profile.overall, _MIN_MEAN)
    if count < MIN_RATIO * expected:
        return None
    # The mean itself is uncertain, the more so the fewer stories it is based on.
    spread = 1 / _size(recent, profile) + 1 / (expected * profile.weeks(len(recent)))
    tail = upper_tail(count, expected, 1 / spread)
    return Spike(count, expected, tail) if tail < MAX_TAIL / checks else None


def _level(recent: Sequence[int]) -> float:
    """Return the mean of an hour, with exponentially decaying weights."""
    decay = exp(-1 / _MEMORY_HOURS)
    level = weight = 0.0
    for value in recent:
        level, weight = level * decay + value, weight * decay + 1
    return level / weight


class _Profile:
    """The mean stories in each hour of the week, smoothed with its hour of the day, and that with the overall mean."""

    def __init__(self, recent: Sequence[int]) -> None:
        self.overall = max(sum(recent) / len(recent), _MIN_MEAN)
        self._days = [(sum(recent[hour::24]), len(recent[hour::24])) for hour in range(24)]
        weeks = [recent[hour::HOURS_A_WEEK] for hour in range(HOURS_A_WEEK)]
        self._weeks = [(sum(values), len(values)) for values in weeks]

    def weeks(self, at: int) -> float:
        """Return the number of weeks that the mean for hour number `at` is based on."""
        return self._weeks[at % HOURS_A_WEEK][1] + _PRIOR_WEEKS

    def mean(self, at: int, *, without: int | None = None) -> float:
        """Return the mean for hour number `at`, `without` its own value if that hour is part of the history."""
        (day, days), (week, weeks) = self._days[at % 24], self._weeks[at % HOURS_A_WEEK]
        if without is not None:
            day, days, week, weeks = day - without, days - 1, week - without, weeks - 1
        of_day = (day + _PRIOR_WEEKS * self.overall) / (days + _PRIOR_WEEKS)
        return (week + _PRIOR_WEEKS * of_day) / (weeks + _PRIOR_WEEKS)


def _size(recent: Sequence[int], profile: _Profile) -> float:
    """Estimate the size (inverse dispersion) of the negative binomial by moments: variance = mean + mean² / size.

    Each hour is predicted from the others (leave one out): a profile that includes the hour is too close to it, which
    underestimates bursts and gives too many false alarms.
    """
    means = [max(profile.mean(at, without=value), _MIN_MEAN) for at, value in enumerate(recent)]
    extras = [(value - mean) ** 2 - mean for value, mean in zip(recent, means, strict=True)]
    average = sum(extras) / len(recent)
    # the standard error of their sum, which rare bursts make uncertain
    error = sqrt(sum((extra - average) ** 2 for extra in extras))
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


def by_hour(times: Sequence[datetime], now: datetime) -> list[int]:
    """Count the `times` in each hour before `now`, oldest hour first."""
    if not times:
        return []
    hours = int((now - min(times)) / timedelta(hours=1)) + 1
    counts = [0] * hours
    for time in times:
        counts[hours - 1 - int((now - time) / timedelta(hours=1))] += 1
    return counts


def first_mentions(times: Sequence[datetime], since: datetime) -> list[int]:
    """Return the indexes of the `times` (in order) from `since` on that follow 30 days without any."""
    gaps = (at == 0 or time - times[at - 1] >= QUIET_FOR for at, time in enumerate(times))
    return [at for at, alone in enumerate(gaps) if alone and times[at] >= since]
