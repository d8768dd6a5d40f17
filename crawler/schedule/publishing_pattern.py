"""Publishing patterns: when to poll a source without `every` and `cron`, from its hours of the week. Pure.

The value of a poll: articles of a source that publishes `rate` an hour and is polled every `gap` hours wait gap / 2 on
average: rate * gap / 2 article-hours an hour, and 1 / gap polls. With a price of PRICE article-hours for each poll,
the sum is least at gap = sqrt(2 * PRICE / rate) (the square-root rule of Cho and Garcia-Molina, "Effective page refresh
policies for web crawlers", 2003, with equal weight for each change). As the rate changes with the hour, the next poll
is due when the polls due in each hour, 1 / gap an hour, add up to one.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp, sqrt
from typing import Final

from crawler.items import Outcome, Run
from crawler.unanswered import NoAnswer

SHORTEST: Final = timedelta(minutes=2)
LONGEST: Final = timedelta(hours=24)
INITIAL: Final = timedelta(minutes=10)  # while nothing is known about the source
PRICE: Final = 0.0133  # article-hours a poll: 6 articles an hour are polled every 4 minutes, one a day every 48 minutes
HOURS_A_WEEK: Final = 168
_THURSDAY: Final = 72  # the hour of the week in which 1970 began
HISTORY: Final = timedelta(weeks=8)
_DECAY_HOURS: Final = 3 * 168.0  # articles of this age have the weight 1 / e
_PRIOR_HOURS: Final = 3.0  # weight of the hour of the day, and of the overall rate, against an hour of the week
_UNKNOWN_RATE: Final = 2 * PRICE / (INITIAL / timedelta(hours=1)) ** 2  # articles an hour
_UNKNOWN_HOURS: Final = 12.0  # its weight against observed hours
_MAX_HINT: Final = timedelta(hours=1)  # longer pauses are not meant for news
_BUSY: Final = timedelta(minutes=5)
_BROKEN: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class PublishingPattern:
    """Articles an hour that a source publishes, for each hour of the week (UTC, Monday 00:00 first)."""

    rates: Sequence[float]

    def rate(self, time: datetime) -> float:
        """Return the articles an hour at a time (aware)."""
        return self.rates[hour_of_week(time)]


def hour_of_week(time: datetime) -> int:
    """Return the hour of the week in UTC, from 0 (Monday 00:00) to 167."""
    utc = time.astimezone(UTC)
    return utc.weekday() * 24 + utc.hour


def learn(published: Iterable[datetime], since: datetime, now: datetime) -> PublishingPattern:
    """Return the pattern of a source that was watched since `since`; `published`: the times of its articles.

    Recent weeks count most. The rate of an hour of the week is smoothed with that of its hour of the day, this with the
    overall rate, and that with the rate for INITIAL: the fewer observations, the more.
    """
    since = max(since, now - HISTORY)
    watched, seen = _watched(since, now), [0.0] * HOURS_A_WEEK
    this_hour = _hour(now)
    for hour, count in Counter(_hour(time) for time in published if since <= time <= now).items():
        seen[(hour + _THURSDAY) % HOURS_A_WEEK] += count * exp((hour - this_hour) / _DECAY_HOURS)
    overall = (sum(seen) + _UNKNOWN_RATE * _UNKNOWN_HOURS) / (sum(watched) + _UNKNOWN_HOURS)
    days = [_smoothed(sum(seen[hour::24]), sum(watched[hour::24]), overall) for hour in range(24)]
    rates = (_smoothed(seen[hour], watched[hour], days[hour % 24]) for hour in range(HOURS_A_WEEK))
    return PublishingPattern(array("f", rates))  # 700 bytes for each of thousands of sources


def _hour(time: datetime) -> int:
    """Return the hours since 1970."""
    return int(time.timestamp() // 3600)


def _watched(since: datetime, now: datetime) -> list[float]:
    """Return the weighted hours watched of each hour of the week: a geometric sum, 1 / e after _DECAY_HOURS."""
    hours, this_hour = max(0, int((now - since) / timedelta(hours=1))), _hour(now)
    week_decay = exp(-HOURS_A_WEEK / _DECAY_HOURS)
    watched = [0.0] * HOURS_A_WEEK
    for ago in range(min(hours, HOURS_A_WEEK)):
        weeks = (hours - 1 - ago) // HOURS_A_WEEK + 1
        watched[(this_hour - ago + _THURSDAY) % HOURS_A_WEEK] = (
            exp(-ago / _DECAY_HOURS) * (1 - week_decay**weeks) / (1 - week_decay)
        )
    return watched


def _smoothed(seen: float, watched: float, prior: float) -> float:
    return (seen + prior * _PRIOR_HOURS) / (watched + _PRIOR_HOURS)


UNKNOWN: Final = PublishingPattern((_UNKNOWN_RATE,) * HOURS_A_WEEK)


def next_poll(
    pattern: PublishingPattern,
    last: datetime,
    *,
    price: float = PRICE,
    hint: timedelta = timedelta(0),
    longest: timedelta | None = None,
) -> datetime:
    """Return when a source that was polled at `last` is due again: SHORTEST to LONGEST later.

    `hint`: how long its server says that the response stays the same; at most an hour counts. `longest`: after that
    time its feed has dropped entries, whatever its server says.
    """
    polls_due, time, end = 0.0, last, last + min(LONGEST, longest or LONGEST)
    while time < end:
        hour_ends = time.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        polls_an_hour = sqrt(pattern.rate(time) / (2 * price))
        left = (1 - polls_due) / polls_an_hour if polls_an_hour else float("inf")
        until = min(hour_ends, end)
        if left <= (until - time) / timedelta(hours=1):
            time += timedelta(hours=left)
            break
        polls_due += polls_an_hour * ((until - time) / timedelta(hours=1))
        time = until
    return max(time, last + max(SHORTEST, min(hint, longest or _MAX_HINT, _MAX_HINT)))


def after_failures(runs: Sequence[Run]) -> timedelta | None:
    """Return the pause after the last of `runs` (oldest first) failed; None if it did not fail.

    Busy (429, 503, timeout): 5 minutes, doubled with each failure. Broken (other failures): 15 minutes, doubled. Dead
    (no such host, connection refused, 404, 410): one day from the third failure on. At most LONGEST.
    """
    failed = 0
    for run in reversed(runs):
        if run.outcome is not Outcome.FAILED:
            break
        failed += 1
    if not failed:
        return None
    kind = failure_kind(runs[-1].error)
    if kind == "dead" and failed >= 3:  # noqa: PLR2004  as the docstring says
        return LONGEST
    first = _BUSY if kind == "busy" else _BROKEN
    return min(LONGEST, first * (1 << min(failed - 1, 12)))


_KINDS: Final = (
    ("busy", ("status 429", "status 503", "asked for a pause", NoAnswer.LATE, NoAnswer.TIMED_OUT)),
    ("dead", ("status 404", "status 410", NoAnswer.NO_HOST, NoAnswer.REFUSED)),
)


def failure_kind(error: str) -> str:
    """Return the class of a run's first error: "busy", "dead", or "broken" for everything else."""
    lowered = error.lower()
    return next((kind for kind, phrases in _KINDS if any(phrase in lowered for phrase in phrases)), "broken")
