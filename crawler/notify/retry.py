"""The retry schedule of failed deliveries. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

# Standard Webhooks, "Deliverability and reliability": the longest waits before attempts 2 to 10, about three days
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
MAX_RETRY_AFTER = timedelta(hours=24)


def next_attempt(attempts: int, now: datetime, rng: Random, retry_after: timedelta | None = None) -> datetime | None:
    """Return when to try again after `attempts` failed attempts (from 1); None when the delivery is dead.

    Full jitter: a random time up to the maximum wait, so that deliveries that failed together do not retry together. A
    Retry-After of the service is respected, up to a day.
    """
    if attempts > len(WAITS):
        return None
    wait = WAITS[max(attempts, 1) - 1] * rng.random()
    delay = min(max(retry_after, timedelta(0)), MAX_RETRY_AFTER) if retry_after else timedelta(0)
    return now + max(wait, delay)
