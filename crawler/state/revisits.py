"""Revisits: their share of each host's requests, and what the last ones of each source found."""

from __future__ import annotations

from redis.asyncio import Redis

from crawler.state import keys
from crawler.state.client import failures
from crawler.state.gate import HostGate

SHARE = 5  # at most every fifth request that a host's gap allows
_MIN_GAP_S = 0.001
REMEMBERED = 12


class RevisitMemory:
    """Every coroutine raises StateError when Redis is gone."""

    def __init__(self, redis: Redis, gate: HostGate) -> None:
        self._redis = redis
        self._gate = gate

    async def reserve(self, host: str, gap_s: float, *, longest_s: float) -> tuple[bool, float]:
        """Reserves the next time at which `host` may be asked for a known article, as HostGate.reserve does.

        `gap_s` is the host's gap between two requests: revisits are five gaps apart, so they never take more than a
        fifth of what the host allows, however many workers ask.
        """
        return await self._gate.reserve(_name(host), SHARE * max(_MIN_GAP_S, gap_s), longest_s=longest_s)

    async def hold(self, host: str, gap_s: float) -> None:
        """Notes that the host's gap is longer than it was thought to be (its robots.txt has been read since)."""
        await self._gate.hold(_name(host), SHARE * gap_s)

    async def note(self, source: str, *, changed: bool) -> tuple[list[bool], bool]:
        """Notes whether an article had changed: the last outcomes, the newest first; whether a storm goes on."""
        name = keys.revisits(source)
        async with failures("noting a revisit"), self._redis.pipeline(transaction=True) as pipe:
            pipe.lpush(name, int(changed))
            pipe.ltrim(name, 0, REMEMBERED - 1)
            pipe.expire(name, keys.REVISITS_TTL_S)
            pipe.lrange(name, 0, REMEMBERED - 1)
            pipe.exists(keys.storm(source))
            *_, outcomes, going_on = await pipe.execute()
        return [outcome == b"1" for outcome in outcomes], bool(going_on)

    async def storm(self, source: str, *, going_on: bool) -> bool:
        """Notes that a storm goes on or is over; whether this was news."""
        async with failures("noting a new layout"):
            if going_on:
                return bool(await self._redis.set(keys.storm(source), 1, ex=keys.REVISITS_TTL_S, nx=True))
            return bool(await self._redis.delete(keys.storm(source)))


def _name(host: str) -> str:
    return f"revisit:{host}"
