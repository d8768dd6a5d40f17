"""What publishers ask of the schedule, by source: pauses, freshness, and the WebSub hubs that their listings name."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from crawler.state import keys
from crawler.state.client import failures


@dataclass(frozen=True, slots=True)
class Listing:
    """What one listing asks for. `fresh_until`: seconds since 1970. `read`: whether its body was, and not a 304."""

    key: int  # of its URL
    fresh_until: float = 0.0
    read: bool = False
    pause_s: int = 0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    hub: str = ""
    topic: str = ""


class AskedMemory:
    """Hashes of listings. Every method raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def note(self, source: str, listings: Collection[Listing]) -> None:
        """Remembers what the listings of one poll asked for, in one round trip; a 304 leaves what a body said."""
        name = keys.asked(source)
        fields: dict[Any, Any] = {}
        for one in listings:
            fields[f"{one.key:x}:fresh"] = f"{one.fresh_until:.0f}"
            if one.read:
                said = [one.pause_s, list(one.skip_hours), list(one.skip_days), one.hub, one.topic]
                fields[f"{one.key:x}:said"] = json.dumps(said)
        async with failures("noting what a source asks"), self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(name, mapping=fields)
            pipe.expire(name, keys.ASKED_TTL_S)
            if hubs := [one for one in listings if one.hub]:
                pipe.hset(keys.HUBS, source, json.dumps([hubs[0].hub, hubs[0].topic]))
            elif any(one.read for one in listings):
                pipe.hdel(keys.HUBS, source)
            await pipe.execute()

    async def of(self, sources: Collection[str]) -> dict[str, list[Listing]]:
        """What these sources ask for, in one round trip; nothing of those that ask nothing."""
        names = list(sources)
        if not names:
            return {}
        async with failures("reading what sources ask"), self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hgetall(keys.asked(name))
            found = await pipe.execute()
        return {name: _listings(fields) for name, fields in zip(names, found, strict=True) if fields}

    async def hubs(self) -> dict[str, tuple[str, str]]:
        """(hub, topic) of each source whose listing named them last."""
        async with failures("reading hubs"):
            found = await self._redis.hgetall(keys.HUBS)
        return {_text(name): (hub, topic) for name, pair in found.items() for hub, topic in [json.loads(pair)]}


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _listings(fields: dict[Any, Any]) -> list[Listing]:
    texts = {_text(name): _text(value) for name, value in fields.items()}
    found = []
    for name in sorted({name.partition(":")[0] for name in texts}):
        said = json.loads(texts.get(f"{name}:said", '[0, [], [], "", ""]'))
        pause_s, hours, days, hub, topic = said
        fresh, read = float(texts.get(f"{name}:fresh", "0")), f"{name}:said" in texts
        found.append(Listing(int(name, 16), fresh, read, pause_s, tuple(hours), tuple(days), hub, topic))
    return found
