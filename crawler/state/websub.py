"""Subscriptions at WebSub hubs (W3C Recommendation of 23 January 2018). Lost ones are subscribed to again."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from redis.asyncio import Redis

from crawler.state import keys
from crawler.state.client import failures
from crawler.state.offers import Offer
from crawler.state.poll_hints import PollHints


@dataclass(frozen=True, slots=True)
class Subscription:
    """One topic of a source at its hub. Times are seconds since 1970, 0.0 for never."""

    token: str  # the last part of the callback's URL, which cannot be guessed
    source: str
    hub: str
    topic: str
    secret: str  # the signing secret of pushes
    requested: float = 0.0  # when the last request was sent to the hub
    pending: bool = True  # a request is open: only then is a verification answered
    leaving: bool = False  # the request is to unsubscribe
    began: float = 0.0  # when the hub first verified
    until: float = 0.0  # end of the lease
    lease_s: float = 0.0
    denied_until: float = 0.0
    pushed: float = 0.0  # the last signed push
    doubted: bool = False  # a poll found articles that were not pushed
    unverified_since: float = 0.0  # the first unverifiable push since the last verified one
    unverified_last: float = 0.0
    unverified_why: str = ""

    def active(self, now_s: float) -> bool:
        """Return whether pushes are to be expected."""
        return now_s < self.until and not self.leaving

    def verified(self, now_s: float) -> Subscription:
        """Return the subscription after a push with a valid signature."""
        good = replace(self, pushed=now_s, doubted=False)
        return replace(good, unverified_since=0.0, unverified_last=0.0, unverified_why="")

    def unverified(self, now_s: float, why: str) -> Subscription:
        """Return the subscription after a push that cannot be verified."""
        since = self.unverified_since or now_s
        return replace(self, unverified_since=since, unverified_last=now_s, unverified_why=why)


@dataclass(frozen=True, slots=True)
class Pushed:
    """The hubs that push a source: `feeds` of its feeds, out of `of`."""

    hubs: tuple[str, ...] = ()
    feeds: int = 0
    of: int = 0

    @property
    def whole(self) -> bool:
        """Whether all its feeds are pushed, so that polls are only a fallback."""
        return 0 < self.feeds == self.of


def pushed(offers: Sequence[Offer], known: Sequence[Subscription], now_s: float) -> Pushed:
    """Return how much of a source is pushed. `offers`: of its feeds; `known`: its subscriptions."""
    live = {(one.hub, one.topic) for one in known if one.active(now_s) and not one.doubted}
    live_offers = [one for one in offers if (one.hub, one.topic) in live]
    return Pushed(tuple(dict.fromkeys(one.hub for one in live_offers)), len(live_offers), len(offers))


async def pushes(
    hints: PollHints, memory: SubscriptionMemory, sources: Collection[str], now_s: float
) -> dict[str, Pushed]:
    """Return those of these sources that are pushed, at least in part. Raises StateError."""
    offers = await hints.offers(now_s, sources)
    known = by_source(await memory.listed()) if offers else {}
    found = {name: pushed(feeds, known.get(name, ()), now_s) for name, feeds in offers.items()}
    return {name: one for name, one in found.items() if one.feeds}


def by_source(known: Sequence[Subscription]) -> dict[str, list[Subscription]]:
    """Return subscriptions by source."""
    found: dict[str, list[Subscription]] = {}
    for one in known:
        found.setdefault(one.source, []).append(one)
    return found


class SubscriptionMemory:
    """Subscriptions by token. Every method raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def listed(self) -> list[Subscription]:
        """Return all subscriptions."""
        async with failures("reading subscriptions"):
            found: Mapping[Any, Any] = await self._redis.hgetall(keys.WEBSUB)
        return [_subscription(text) for text in found.values()]

    async def one(self, token: str) -> Subscription | None:
        """Return the subscription with this token."""
        async with failures("reading a subscription"):
            found = await self._redis.hget(keys.WEBSUB, token)
        return _subscription(found) if found else None

    async def save(self, subscription: Subscription) -> None:
        """Save a subscription."""
        async with failures("writing a subscription"):
            await self._redis.hset(keys.WEBSUB, subscription.token, json.dumps(asdict(subscription)))

    async def drop(self, token: str) -> None:
        """Delete a subscription."""
        async with failures("deleting a subscription"):
            await self._redis.hdel(keys.WEBSUB, token)


_NAMES = frozenset(field.name for field in fields(Subscription))


def _subscription(text: bytes | str) -> Subscription:
    """Read what this or another version saved; unknown fields are ignored."""
    found: Mapping[str, Any] = json.loads(text)
    return Subscription(**{name: value for name, value in found.items() if name in _NAMES})
