"""Pauses in Redis that end early: those of a clock that was ahead, and those of an outage of our own network.

Redis ends a key at a point in time. A pause of five minutes that was begun by a clock one year ahead lasts a year.

A pause after a request that no host answered holds the time at which it began. When the scheduler has noticed the end
of an outage, the host gate and the seen-set ignore the pauses that began during the outage.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, NamedTuple

from redis.asyncio import Redis

from crawler.state import keys
from crawler.state.client import Script, failures

LIFETIMES_S: Final = {  # by the beginning of the name: leases and pauses, of which nothing is lost when they end early
    "ww:claim:": keys.LONGEST_PAUSE_S,
    "ww:robots:": keys.ROBOTS_TTL_S,
    "ww:share:": keys.GATE_TTL_S,
}
_AT_ONCE = 1000
FRESH_S: Final = 3.0  # for this long the answer of Redis is used again
LATE_S: Final = 75  # a request that began before the end may fail so much later: two time-outs and a pause
# KEYS: outage. ARGV: its duration in s, by how much later requests may fail in s, lifetime in s. One that ended within
# the lifetime becomes part of it: what failed in that one may not have been retried yet.
_ENDED = """
local now = tonumber(redis.call('TIME')[1])
local since = math.min(now - math.ceil(tonumber(ARGV[1])), tonumber(redis.call('HGET', KEYS[1], 'since') or now))
redis.call('HSET', KEYS[1], 'since', since, 'until', now + tonumber(ARGV[2]))
redis.call('EXPIRE', KEYS[1], ARGV[3])
"""


async def end_overlong(redis: Redis) -> int:
    """End leases and pauses that would last longer than any is made for; return how many. Raises StateError."""
    async with failures("ending leases of a clock that was ahead"):
        names = [name async for name in redis.scan_iter(match="ww:*", count=_AT_ONCE) if _longest_s(name)]
        ended = 0
        for at in range(0, len(names), _AT_ONCE):
            some = names[at : at + _AT_ONCE]
            async with redis.pipeline(transaction=False) as pipe:
                for name in some:
                    pipe.ttl(name)
                left_s = await pipe.execute()
                overlong = [name for name, ttl_s in zip(some, left_s, strict=True) if ttl_s > _longest_s(name)]
                for name in overlong:
                    pipe.delete(name)
                await pipe.execute()
            ended += len(overlong)
    return ended


def _longest_s(name: bytes | str) -> int:
    """Return how long a key is made for at most, in seconds; 0 where it does not matter."""
    text = name.decode() if isinstance(name, bytes) else name
    return next((ttl_s for beginning, ttl_s in LIFETIMES_S.items() if text.startswith(beginning)), 0)


class Span(NamedTuple):
    """The time of an outage, in seconds of Redis' clock; `NO_OUTAGE` without one."""

    since: int = 0
    until: int = 0


NO_OUTAGE: Final = Span()


class OutageMemory:
    """The last outage. Every coroutine raises StateError when Redis is gone."""

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._clock = clock
        self._ended = Script(redis, _ENDED)
        self._last = NO_OUTAGE
        self._read_at: float | None = None

    async def ended(self, duration_s: float) -> None:
        """Record that an outage that began `duration_s` ago is over."""
        async with failures("recording the end of an outage"):
            await self._ended(keys=[keys.OUTAGE], args=[duration_s, LATE_S, keys.OUTAGE_TTL_S])
        self._read_at = None

    async def last(self) -> Span:
        """Return the last outage, as it was known at most FRESH_S ago."""
        if self._read_at is None or self._clock() - self._read_at >= FRESH_S:
            async with failures("reading the last outage"):
                since, until = await self._redis.hmget(keys.OUTAGE, ["since", "until"])
            self._last = Span(int(since), int(until)) if since and until else NO_OUTAGE
            self._read_at = self._clock()
        return self._last
