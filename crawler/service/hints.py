"""From what a source's listings ask for to the hint of its pattern."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from crawler.discover.freshness import Asks, quiet_until
from crawler.state.poll_hints import Listing

NO_HINT: Final = timedelta(0)


def hint_of(listings: Sequence[Listing], last: datetime) -> timedelta:
    """For how long after the poll at `last` none of the listings is expected to have news."""
    return min((_until(one, last) for one in listings), default=last) - last


def _until(one: Listing, last: datetime) -> datetime:
    asks = Asks(one.pause_s, frozenset(one.skip_hours), frozenset(one.skip_days))
    return quiet_until(asks, datetime.fromtimestamp(one.fresh_until, UTC), last)
