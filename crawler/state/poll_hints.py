"""Poll hints of publishers, by source: pauses, freshness, and the WebSub hubs that their listings name."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from crawler.state import keys
from crawler.state.client import failures
from crawler.state.offers import Offer, merged, offers_in, written


@dataclass(frozen=True, slots=True)
class Listing:
    """The hints of one listing. `fresh_until`: seconds since 1970. `read`: whether its body was received, not a 304."""

    key: int  # of its URL
    fresh_until: float = 0.0
    read: bool = False
    pause_s: int = 0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    hub: str = ""
    topic: str = ""
    received: float = 0.0  # when it answered, in seconds since 1970; not stored here


class PollHints:
    """Poll hints by source. Every method raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def note(self, source: str, listings: Collection[Listing]) -> None:
        """Save the hints of one poll's listings; a 304 leaves the hints of the body.

        One round trip, and another if a feed's hub changed.
        """
        name = keys.poll_hints(source)
        fields: dict[Any, Any] = {}
        for one in listings:
            fields[f"{one.key:x}:fresh"] = f"{one.fresh_until:.0f}"
            if one.read:
                stored = [one.pause_s, list(one.skip_hours), list(one.skip_days), one.hub, one.topic]
                fields[f"{one.key:x}:hints"] = json.dumps(stored)
        received = {
            f"{one.key:x}": Offer(one.hub, one.topic, one.received) if one.read else one.received for one in listings
        }
        async with failures("saving poll hints"):
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.hset(name, mapping=fields)
                pipe.expire(name, keys.POLL_HINTS_TTL_S)
                pipe.hget(keys.HUBS, source)
                *_, stored = await pipe.execute()
            known = offers_in(stored)
            found = merged(known, received)
            if found and found != known:
                await self._redis.hset(keys.HUBS, source, written(found))
            elif known and not found:
                await self._redis.hdel(keys.HUBS, source)

    async def of(self, sources: Collection[str]) -> dict[str, list[Listing]]:
        """Return the hints of these sources, in one round trip; sources without any are left out."""
        names = list(sources)
        if not names:
            return {}
        async with failures("reading poll hints"), self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hgetall(keys.poll_hints(name))
            found = await pipe.execute()
        return {name: _listings(fields) for name, fields in zip(names, found, strict=True) if fields}

    async def offers(self, now_s: float, sources: Collection[str] | None = None) -> dict[str, tuple[Offer, ...]]:
        """Return the offers of these sources' feeds (all by default), for sources with at least one hub."""
        async with failures("reading hubs"):
            if sources is None:
                found: dict[Any, Any] = await self._redis.hgetall(keys.HUBS)
            else:
                names = list(sources)
                stored_offers = await self._redis.hmget(keys.HUBS, names) if names else []
                found = dict(zip(names, stored_offers, strict=True))
        offered = {_text(name): offers_in(stored) for name, stored in found.items() if stored}
        fresh = {name: tuple(one for one in all_.values() if one.fresh(now_s)) for name, all_ in offered.items()}
        return {name: offers for name, offers in fresh.items() if any(one.hub for one in offers)}


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _listings(fields: dict[Any, Any]) -> list[Listing]:
    texts = {_text(name): _text(value) for name, value in fields.items()}
    found = []
    for name in sorted({name.partition(":")[0] for name in texts}):
        stored = json.loads(texts.get(f"{name}:hints", '[0, [], [], "", ""]'))
        pause_s, hours, days, hub, topic = stored
        fresh, read = float(texts.get(f"{name}:fresh", "0")), f"{name}:hints" in texts
        found.append(Listing(int(name, 16), fresh, read, pause_s, tuple(hours), tuple(days), hub, topic))
    return found
