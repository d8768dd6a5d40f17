"""Detection of a source that has been silent for too long, from its publishing pattern and its own past pauses. Pure.

Time is measured twice: by the clock, and in articles expected by the source's pattern (the time-rescaling theorem:
Brown et al., "The time-rescaling theorem and its application to neural spike train data analysis", 2002), so that a
night or a weekend counts for little. A silence is too long if all of this is true:

- the probability of no articles by chance is below CHANCE, given the uncertainty about the rate and about batches;
- half as many articles again are missing as in any earlier pause;
- it is half as long again as the longest pause; a source with nights off may have a day off too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from statistics import fmean
from typing import Final

from crawler.schedule.publishing_pattern import HISTORY, HOURS_A_WEEK, PublishingPattern, learn

CHANCE: Final = 1e-5  # of one pause; a source makes thousands a year
FEWEST: Final = 12  # articles, or batches of them: with fewer nothing can be detected
WATCHED: Final = timedelta(days=7)  # minimum period of observation
LONGER: Final = 1.5  # than the longest earlier pause
NIGHT: Final = timedelta(hours=6)
DAY_OFF: Final = timedelta(hours=26)
HORIZON: Final = timedelta(days=30)  # later alarms are not predicted
QUIET: Final = 3.0  # missing articles: 1 in 20 by chance
_WEEK: Final = timedelta(weeks=1)
_HOUR: Final = timedelta(hours=1)
_MONDAY: Final = datetime(2020, 1, 6, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Silence:
    """The evaluation of a silence since `last`: it is too long from `alarm` on; None if that is unknown."""

    last: datetime
    alarm: datetime | None
    scale: float  # articles for each one that the pattern expects
    clock: Clock

    def missing(self, now: datetime) -> float:
        """Return the number of articles that should have appeared since."""
        return self.scale * self.clock.between(self.last, now)


class Clock:
    """The number of articles that a pattern expects between two times, at the cost of two look-ups."""

    def __init__(self, pattern: PublishingPattern) -> None:
        self._rates = pattern.rates
        self._before = (0.0, *accumulate(pattern.rates))

    def between(self, since: datetime, until: datetime) -> float:
        """Return the number of articles expected from `since` to `until`."""
        return self._at(until) - self._at(since)

    def reaching(self, since: datetime, expected: float, horizon: timedelta) -> datetime | None:
        """Return when `expected` articles will have been expected; None if that is after the horizon."""
        goal, time = self._at(since) + expected, since
        end = since + horizon
        while time < end:
            hour_ends = time.replace(minute=0, second=0, microsecond=0) + _HOUR
            if self._at(hour_ends) >= goal:
                part = (goal - self._at(time)) / (self._at(hour_ends) - self._at(time))
                return time + min(1.0, part) * (hour_ends - time)
            time = hour_ends
        return None

    def _at(self, time: datetime) -> float:
        weeks, rest = divmod(time - _MONDAY, _WEEK)
        hour, part = divmod(rest / _HOUR, 1)
        return weeks * self._before[HOURS_A_WEEK] + self._before[int(hour)] + part * self._rates[int(hour)]


def silence(published: Iterable[datetime], since: datetime, last: datetime) -> Silence | None:
    """Return the evaluation of the silence after `last`; None for a source with too few articles.

    `published`: the known publication times, in any order; `since`: from when on they are known.
    """
    since = max(since, last - HISTORY)
    dates = sorted(time for time in published if since <= time <= last)
    if len(dates) < FEWEST or last - since < WATCHED:
        return None
    clock = Clock(learn(dates, since, last))
    scale = len(dates) / clock.between(since, last)
    pauses = [scale * clock.between(a, b) for a, b in pairwise([since, *dates, last])]
    together = batch(pauses)
    times = len(dates) / together
    if times < FEWEST:
        return None
    expected = max(together * enough(times), LONGER * max(pauses))
    reached = clock.reaching(last, expected / scale, HORIZON)
    alarm = max(reached, last + _minimum(dates, last)) if reached else None
    return Silence(last, alarm, scale, clock)


def batch(pauses: Sequence[float]) -> float:
    """Return how many articles appear together, estimated from their pauses (in expected articles); at least 1.

    Pauses of single articles have a standard deviation equal to their mean; the square of the ratio grows with batches.
    """
    usual = fmean(pauses)
    return max(1.0, fmean((pause - usual) ** 2 for pause in pauses) / usual**2) if usual else 1.0


def enough(times: float) -> float:
    """Return how many times the usual pause makes CHANCE, given that number of earlier articles.

    The rate is unknown with a gamma distribution: the probability that none appears is (1 + missing / n) ** -n.
    """
    return float(times * (CHANCE ** (-1 / times) - 1))


def _minimum(dates: Sequence[datetime], last: datetime) -> timedelta:
    longest = max(b - a for a, b in pairwise([*dates, last]))
    return LONGER * longest if longest < NIGHT else max(LONGER * longest, longest + DAY_OFF)
