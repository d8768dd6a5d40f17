"""When a source without `every` and `cron` is asked again: as it publishes, hour by hour of the week. Pure.

What a poll is worth. A source that publishes `rate` articles an hour and is polled every `gap` hours keeps them waiting
for gap / 2 on average: rate * gap / 2 article-hours an hour, and 1 / gap polls. With a price of PRICE article-hours for
each poll, the sum is least at gap = sqrt(2 * PRICE / rate) (the square-root rule of Cho and Garcia-Molina, "Effective
page refresh policies for web crawlers", 2003, where each change matters the same). Where the rate changes with the
hour, the next poll is due when the wishes of the hours between, each 1 / gap an hour, add up to one.
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

SHORTEST: Final = timedelta(minutes=2)
LONGEST: Final = timedelta(hours=24)
FIRST: Final = timedelta(minutes=10)  # while nothing is known
PRICE: Final = 0.0133  # article-hours a poll: 6 articles an hour are polled every 4 minutes, one a day every 48 minutes
HOURS_A_WEEK: Final = 168
_THURSDAY: Final = 72  # the hour of the week in which 1970 began
REMEMBERED: Final = timedelta(weeks=8)
_FADING_HOURS: Final = 3 * 168.0  # what was published so long ago counts 1 / e
_PRIOR_HOURS: Final = 3.0  # what the hour of the day, and the whole, weigh against an hour of the week
_UNKNOWN_RATE: Final = 2 * PRICE / (FIRST / timedelta(hours=1)) ** 2  # articles an hour, which FIRST fits
_UNKNOWN_HOURS: Final = 12.0  # and what it weighs against what was seen
_MOST_HINT: Final = timedelta(hours=1)  # a feed that asks for longer pauses does not mean news
_BUSY: Final = timedelta(minutes=5)
_BROKEN: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class PublishingPattern:
    """Articles an hour that a source publishes, for each hour of the week (UTC, Monday 00:00 first)."""

    rates: Sequence[float]

    def rate(self, moment: datetime) -> float:
        """Articles an hour at a moment (aware)."""
        return self.rates[hour_of_week(moment)]


def hour_of_week(moment: datetime) -> int:
    """The hour of the week in UTC, from 0 (Monday 00:00) to 167."""
    utc = moment.astimezone(UTC)
    return utc.weekday() * 24 + utc.hour


def learn(published: Iterable[datetime], since: datetime, now: datetime) -> PublishingPattern:
    """The pattern of a source that was watched from `since` on; `published`: when each of its articles was.

    Recent weeks count most. An hour of the week is pulled towards its hour of the day, that towards the whole, and the
    whole towards what FIRST expects, the more the less is known.
    """
    since = max(since, now - REMEMBERED)
    watched, seen = _watched(since, now), [0.0] * HOURS_A_WEEK
    this_hour = _hour(now)
    for hour, count in Counter(_hour(moment) for moment in published if since <= moment <= now).items():
        seen[(hour + _THURSDAY) % HOURS_A_WEEK] += count * exp((hour - this_hour) / _FADING_HOURS)
    overall = (sum(seen) + _UNKNOWN_RATE * _UNKNOWN_HOURS) / (sum(watched) + _UNKNOWN_HOURS)
    days = [_pulled(sum(seen[hour::24]), sum(watched[hour::24]), overall) for hour in range(24)]
    rates = (_pulled(seen[hour], watched[hour], days[hour % 24]) for hour in range(HOURS_A_WEEK))
    return PublishingPattern(array("f", rates))  # 700 bytes for each of thousands of sources


def _hour(moment: datetime) -> int:
    """Hours since 1970."""
    return int(moment.timestamp() // 3600)


def _watched(since: datetime, now: datetime) -> list[float]:
    """How much each hour of the week was watched: a geometric sum over the weeks, 1 / e after _FADING_HOURS."""
    hours, this_hour = max(0, int((now - since) / timedelta(hours=1))), _hour(now)
    a_week = exp(-HOURS_A_WEEK / _FADING_HOURS)
    watched = [0.0] * HOURS_A_WEEK
    for ago in range(min(hours, HOURS_A_WEEK)):
        weeks = (hours - 1 - ago) // HOURS_A_WEEK + 1
        watched[(this_hour - ago + _THURSDAY) % HOURS_A_WEEK] = (
            exp(-ago / _FADING_HOURS) * (1 - a_week**weeks) / (1 - a_week)
        )
    return watched


def _pulled(seen: float, watched: float, towards: float) -> float:
    return (seen + towards * _PRIOR_HOURS) / (watched + _PRIOR_HOURS)


UNKNOWN: Final = PublishingPattern((_UNKNOWN_RATE,) * HOURS_A_WEEK)


def next_poll(
    pattern: PublishingPattern, last: datetime, *, price: float = PRICE, hint: timedelta = timedelta(0)
) -> datetime:
    """When a source that was polled at `last` is due again: SHORTEST to LONGEST later.

    `hint`: how long the server says that its answer stays the same; believed up to an hour.
    """
    wish, moment, end = 0.0, last, last + LONGEST
    while moment < end:
        hour_ends = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        polls_an_hour = sqrt(pattern.rate(moment) / (2 * price))
        left = (1 - wish) / polls_an_hour if polls_an_hour else float("inf")
        until = min(hour_ends, end)
        if left <= (until - moment) / timedelta(hours=1):
            moment += timedelta(hours=left)
            break
        wish += polls_an_hour * ((until - moment) / timedelta(hours=1))
        moment = until
    return max(moment, last + max(SHORTEST, min(hint, _MOST_HINT)))


def after_failures(runs: Sequence[Run]) -> timedelta | None:
    """How long to leave a source alone after its last runs (the oldest first) all failed; None when they did not.

    Busy (429, 503, no answer in time): 5 minutes, doubled each time. Broken (anything else): 15 minutes, doubled. Dead
    (no such host, nobody there, 404, 410): from the third time on once a day. At most LONGEST.
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
    ("busy", ("status 429", "status 503", "asked for a pause", "no answer within", "broke off")),
    ("dead", ("status 404", "status 410", "no such host", "connection refused")),
)


def failure_kind(error: str) -> str:
    """The class of a run's first error: "busy", "dead", or "broken" for everything else."""
    lowered = error.lower()
    return next((kind for kind, signs in _KINDS if any(sign in lowered for sign in signs)), "broken")
