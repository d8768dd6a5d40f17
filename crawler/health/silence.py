"""When a source has been quiet for too long: judged by its own publishing pattern and its own past pauses. Pure.

Time is measured twice: by the clock, and in articles that the source's pattern lets expect (the time-rescaling theorem:
Brown et al., "The time-rescaling theorem and its application to neural spike train data analysis", 2002), so that a
night or a weekend counts for little. A silence is too long when all of this holds:

- that no article came by chance is less likely than CHANCE, as little as is known of the rate, and of batches;
- more articles are missing than were ever missing in a pause that it made before, half as many again;
- it is longer than the longest pause before, half as long again; a source that has nights off may have a day off too.
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
FEWEST: Final = 12  # articles, or batches of them: of a source with less to its name nothing can be told
WATCHED: Final = timedelta(days=7)  # for so long at least
LONGER: Final = 1.5  # than ever before
NIGHT: Final = timedelta(hours=6)
DAY_OFF: Final = timedelta(hours=26)
HORIZON: Final = timedelta(days=30)  # what would take longer to tell is not told
QUIET: Final = 3.0  # missing articles: 1 in 20 by chance
_WEEK: Final = timedelta(weeks=1)
_HOUR: Final = timedelta(hours=1)
_MONDAY: Final = datetime(2020, 1, 6, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Silence:
    """What to think of a silence since `last`: from `alarm` on it is too long; None: that cannot be told."""

    last: datetime
    alarm: datetime | None
    scale: float  # articles for each that the pattern expects
    clock: Clock

    def missing(self, now: datetime) -> float:
        """Articles that should have come since."""
        return self.scale * self.clock.between(self.last, now)


class Clock:
    """How many articles a pattern expects between two moments, at the cost of two look-ups."""

    def __init__(self, pattern: PublishingPattern) -> None:
        self._rates = pattern.rates
        self._before = (0.0, *accumulate(pattern.rates))

    def between(self, since: datetime, until: datetime) -> float:
        """Articles expected from `since` to `until`."""
        return self._at(until) - self._at(since)

    def reaching(self, since: datetime, wanted: float, horizon: timedelta) -> datetime | None:
        """When `wanted` articles will have been expected; None when that is after the horizon."""
        goal, moment = self._at(since) + wanted, since
        end = since + horizon
        while moment < end:
            hour_ends = moment.replace(minute=0, second=0, microsecond=0) + _HOUR
            if self._at(hour_ends) >= goal:
                part = (goal - self._at(moment)) / (self._at(hour_ends) - self._at(moment))
                return moment + min(1.0, part) * (hour_ends - moment)
            moment = hour_ends
        return None

    def _at(self, moment: datetime) -> float:
        weeks, rest = divmod(moment - _MONDAY, _WEEK)
        hour, part = divmod(rest / _HOUR, 1)
        return weeks * self._before[HOURS_A_WEEK] + self._before[int(hour)] + part * self._rates[int(hour)]


def silence(published: Iterable[datetime], since: datetime, last: datetime) -> Silence | None:
    """How to take that nothing came after `last`; None of a source with too little to its name.

    `published`: when its articles were, in any order, as far as they are known; `since`: from when on they are.
    """
    since = max(since, last - HISTORY)
    moments = sorted(moment for moment in published if since <= moment <= last)
    if len(moments) < FEWEST or last - since < WATCHED:
        return None
    clock = Clock(learn(moments, since, last))
    scale = len(moments) / clock.between(since, last)
    pauses = [scale * clock.between(a, b) for a, b in pairwise([since, *moments, last])]
    together = batch(pauses)
    times = len(moments) / together
    if times < FEWEST:
        return None
    wanted = max(together * enough(times), LONGER * max(pauses))
    reached = clock.reaching(last, wanted / scale, HORIZON)
    alarm = max(reached, last + _patience(moments, last)) if reached else None
    return Silence(last, alarm, scale, clock)


def batch(pauses: Sequence[float]) -> float:
    """How many articles come together, as far as their pauses (in articles that were expected) tell; at least 1.

    Pauses of what comes singly have a standard deviation of their mean; the square of their ratio grows with batches.
    """
    usual = fmean(pauses)
    return max(1.0, fmean((pause - usual) ** 2 for pause in pauses) / usual**2) if usual else 1.0


def enough(times: float) -> float:
    """How often nothing must have come until CHANCE, where something came so many times before.

    The rate is not known but has a gamma distribution: that none comes has the probability (1 + missing / n) ** -n.
    """
    return float(times * (CHANCE ** (-1 / times) - 1))


def _patience(moments: Sequence[datetime], last: datetime) -> timedelta:
    longest = max(b - a for a, b in pairwise([*moments, last]))
    return LONGER * longest if longest < NIGHT else max(LONGER * longest, longest + DAY_OFF)
