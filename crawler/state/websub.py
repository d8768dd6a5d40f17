"""Subscriptions at WebSub hubs (W3C Recommendation of 23 January 2018). What is lost here is subscribed to again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from redis.asyncio import Redis

from crawler.state import keys
from crawler.state.client import failures


@dataclass(frozen=True, slots=True)
class Subscription:
    """One topic of a source at its hub. Times are seconds since 1970, 0.0 for never."""

    token: str  # the last part of the callback's address, which nobody can guess
    source: str
    hub: str
    topic: str
    secret: str  # that signs pushes
    asked: float = 0.0  # when the hub was asked last
    pending: bool = True  # a question is open: only then is a verification answered
    leaving: bool = False  # the question is to unsubscribe
    began: float = 0.0  # when the hub verified first
    until: float = 0.0  # end of the lease
    lease_s: float = 0.0
    denied_until: float = 0.0
    pushed: float = 0.0  # the last signed push
    doubted: bool = False  # a poll found news that no push told of

    def active(self, now_s: float) -> bool:
        """Whether pushes are to be expected."""
        return now_s < self.until and not self.leaving


class SubscriptionMemory:
    """Subscriptions by token. Every method raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def listed(self) -> list[Subscription]:
        """All of them."""
        async with failures("reading subscriptions"):
            found: Mapping[Any, Any] = await self._redis.hgetall(keys.WEBSUB)
        return [Subscription(**json.loads(text)) for text in found.values()]

    async def one(self, token: str) -> Subscription | None:
        """The subscription with this token."""
        async with failures("reading a subscription"):
            found = await self._redis.hget(keys.WEBSUB, token)
        return Subscription(**json.loads(found)) if found else None

    async def save(self, subscription: Subscription) -> None:
        """Writes a subscription."""
        async with failures("writing a subscription"):
            await self._redis.hset(keys.WEBSUB, subscription.token, json.dumps(asdict(subscription)))

    async def drop(self, token: str) -> None:
        """Forgets a subscription."""
        async with failures("forgetting a subscription"):
            await self._redis.hdel(keys.WEBSUB, token)
