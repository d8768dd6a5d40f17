"""The rates of false and of detected spikes: python benchmarks/rules_spikes.py.

Made-up rules: stories an hour after a negative binomial distribution whose mean follows the hour of the day and the
day of the week (nights at a third, week-ends at a half). After some weeks of history every hour of a week is looked at.
False alarms are counted by episode: what comes within six hours of the last is the same one. A true spike adds four
times the usual stories for two hours (a fivefold rate), by a Poisson distribution.
"""

from __future__ import annotations

import argparse
import math
import random
from typing import NamedTuple

from crawler.rules.spikes import HOURS_A_WEEK, MAX_TAIL, MIN_COUNT, find_spike, upper_tail

SAME_EPISODE = 6  # hours


class Kind(NamedTuple):
    """A kind of rule: stories an hour in the mean, the size of the distribution (small: bursts), weeks of history."""

    rate: float
    size: float
    weeks: int


RULES = ((0.3, 1), (2, 2), (2, 20), (5, 5), (5, 20), (20, 5), (20, 20))
KINDS = [Kind(rate, size, weeks) for rate, size in RULES for weeks in (1, 4, 8)]


def usual(kind: Kind, hour: int) -> float:
    """Return the mean of one hour of the week."""
    night = 0.45 if hour % 24 < 7 else 1.28
    return kind.rate * night * (0.6 if hour % HOURS_A_WEEK >= 120 else 1.16)


def poisson(rng: random.Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def made(rng: random.Random, kind: Kind, hours: range) -> list[int]:
    """Return the stories of some hours."""
    return [poisson(rng, rng.gammavariate(kind.size, usual(kind, hour) / kind.size)) for hour in hours]


def false_alarms(rng: random.Random, kind: Kind, rule_weeks: int) -> float:
    """Return the episodes a rule-week in which nothing happened."""
    episodes, start = 0, kind.weeks * HOURS_A_WEEK
    for _ in range(rule_weeks):
        hours = made(rng, kind, range(start + HOURS_A_WEEK))
        last = -SAME_EPISODE
        for at in range(start, len(hours)):
            if find_spike(hours[:at], hours[at]) is not None:
                episodes += at - last > SAME_EPISODE
                last = at
    return episodes / rule_weeks


def found(rng: random.Random, kind: Kind, runs: int, times: float = 5.0) -> tuple[float, float]:
    """Return the shares of true spikes, by day, that are found in their first hour, and in their first two."""
    first = second = 0
    for _ in range(runs):
        at = kind.weeks * HOURS_A_WEEK + rng.randrange(5) * 24 + rng.randrange(8, 22)
        hours = made(rng, kind, range(at + 2))
        for hour in (at, at + 1):
            hours[hour] += poisson(rng, (times - 1) * usual(kind, hour))
        early = find_spike(hours[:at], hours[at]) is not None
        first += early
        second += early or find_spike(hours[: at + 1], hours[at + 1]) is not None
    return first / runs, second / runs


def findable(rng: random.Random, kind: Kind, runs: int, times: float = 5.0) -> float:
    """Return the share of first hours that a detector with the true distribution would find."""
    known = 0
    for _ in range(runs):
        at = rng.randrange(5) * 24 + rng.randrange(8, 22)
        count = made(rng, kind, range(at, at + 1))[0] + poisson(rng, (times - 1) * usual(kind, at))
        known += count >= MIN_COUNT and upper_tail(count, usual(kind, at), kind.size) < MAX_TAIL
    return known / runs


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rule-weeks", type=int, default=300)
    parser.add_argument("--runs", type=int, default=200)
    options = parser.parse_args()
    print("stories/h  size  weeks  false/rule-week  x5: at best  1st hour   2 hours  x10: 1st hour  2 hours")
    total = 0.0
    for kind in KINDS:
        rng = random.Random(7)
        alarms = false_alarms(rng, kind, options.rule_weeks)
        shares = [findable(rng, kind, 1_000), *found(rng, kind, options.runs), *found(rng, kind, options.runs, 10.0)]
        total += alarms / len(KINDS)
        shown = "  ".join(f"{share:9.1%}" for share in shares)
        print(f"{kind.rate:9.1f}  {kind.size:4.0f}  {kind.weeks:5}  {alarms:15.3f}     {shown}", flush=True)
    print(f"in the mean {total:.3f} false alarms a rule-week")


if __name__ == "__main__":
    main()
