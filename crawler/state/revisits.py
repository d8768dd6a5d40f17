"""Revisits: their share of each host's requests, and the results of the last ones of each source."""

from __future__ import annotations

from redis.asyncio import Redis

from crawler.state import keys
from crawler.state.client import Script, failures

# KEYS: share. ARGV: gap in ms, longest wait accepted in ms. Returns the wait in ms, or -1 - wait if it is too long.
_RESERVE = """
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local opens = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
if opens - now > tonumber(ARGV[2]) then return -1 - (opens - now) end
local gap = math.max(1, tonumber(ARGV[1]))
redis.call('SET', KEYS[1], string.format('%.0f', opens + gap), 'PX', opens - now + gap)
return opens - now
"""
# KEYS: share. ARGV: pause in ms. Never allows a revisit earlier than it was allowed.
_HOLD = """
local now = redis.call('TIME')
local till = now[1] * 1000 + math.floor(now[2] / 1000) + tonumber(ARGV[1])
if till > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], string.format('%.0f', till), 'PX', ARGV[1])
end
"""
SHARE = 5  # at most every fifth request that a host's gap allows
_MIN_GAP_S = 0.001
REMEMBERED = 12


class RevisitMemory:
    """The state of revisits. Every coroutine raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._reserve = Script(redis, _RESERVE)
        self._hold = Script(redis, _HOLD)

    async def reserve(self, host: str, gap_s: float, *, longest_s: float) -> tuple[bool, float]:
        """Reserve the next time for a revisit at `host`; the host gate decides in addition.

        `gap_s` is the host's gap between two requests: revisits are five gaps apart, so they use at most a fifth of
        what the host allows, for any number of workers. Returns (True, seconds to wait), or (False, seconds until then)
        if that is more than `longest_s`: then nothing is reserved.
        """
        args = [int(SHARE * max(_MIN_GAP_S, gap_s) * 1000), int(longest_s * 1000)]
        async with failures("reserving a revisit"):
            wait = int(await self._reserve(keys=[keys.share(host)], args=args))
        return (True, wait / 1000) if wait >= 0 else (False, (-1 - wait) / 1000)

    async def hold(self, host: str, gap_s: float) -> None:
        """Raise the host's gap, after its robots.txt has been read."""
        async with failures("postponing revisits"):
            await self._hold(keys=[keys.share(host)], args=[max(1, int(SHARE * gap_s * 1000))])

    async def note(self, source: str, *, changed: bool) -> tuple[list[bool], bool]:
        """Record whether an article had changed; return the last outcomes, newest first, and whether a storm is on."""
        name = keys.revisits(source)
        async with failures("saving a revisit"), self._redis.pipeline(transaction=False) as pipe:
            pipe.lpush(name, int(changed))
            pipe.ltrim(name, 0, REMEMBERED - 1)
            pipe.expire(name, keys.REVISITS_TTL_S)
            pipe.lrange(name, 0, REMEMBERED - 1)
            pipe.exists(keys.storm(source))
            *_, outcomes, going_on = await pipe.execute()
        return [outcome == b"1" for outcome in outcomes], bool(going_on)

    async def storm(self, source: str, *, going_on: bool) -> bool:
        """Record that a storm goes on or is over; return whether this is new."""
        async with failures("saving a new layout"):
            if going_on:
                return bool(await self._redis.set(keys.storm(source), 1, ex=keys.REVISITS_TTL_S, nx=True))
            return bool(await self._redis.delete(keys.storm(source)))
