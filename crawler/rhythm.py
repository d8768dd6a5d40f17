"""How often a source without `every` and `cron` is crawled: faster while it publishes, slower while it is quiet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from crawler.items import Outcome, Run

FIRST = timedelta(minutes=10)
SHORTEST = timedelta(minutes=2)
LONGEST = timedelta(hours=6)


def interval(runs: Iterable[Run]) -> timedelta:
    """The interval after these runs of one source, the oldest first.

    News shorten it by a third, a quiet run lengthens it by a quarter, a failed one doubles it.
    """
    current = FIRST
    for run in runs:
        if run.outcome is Outcome.FAILED:
            current *= 2
        elif run.new:
            current /= 1.5
        elif run.outcome is not Outcome.STOPPED:
            current *= 1.25
        current = min(LONGEST, max(SHORTEST, current))
    return current
