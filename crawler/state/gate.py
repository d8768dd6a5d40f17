"""The host gate: how often a host is asked, for all crawls and all workers together.

One script gives each request its start time. Redis' own clock decides, so that workers' clocks do not matter.
"""

from __future__ import annotations

from redis.asyncio import Redis

from crawler.state import keys
from crawler.state.client import failures

# KEYS: gate. ARGV: gap in ms, longest wait accepted in ms. Returns the wait in ms, or -1 - wait when it is too long.
_RESERVE = """
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local opens = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
if opens - now > tonumber(ARGV[2]) then return -1 - (opens - now) end
local gap = math.max(1, tonumber(ARGV[1]))
redis.call('SET', KEYS[1], string.format('%.0f', opens + gap), 'PX', opens - now + gap)
return opens - now
"""
# KEYS: gate. ARGV: pause in ms. Never opens a gate earlier than it would have.
_HOLD = """
local now = redis.call('TIME')
local till = now[1] * 1000 + math.floor(now[2] / 1000) + tonumber(ARGV[1])
if till > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], string.format('%.0f', till), 'PX', ARGV[1])
end
"""


class HostGate:
    """Start times for requests, by host. Every method raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._reserve = redis.register_script(_RESERVE)
        self._hold = redis.register_script(_HOLD)

    async def reserve(self, host: str, gap_s: float, *, longest_s: float = 120.0) -> tuple[bool, float]:
        """Reserves the next start for `host`, `gap_s` after the one before it.

        Returns (True, seconds to wait), or (False, seconds until it opens) when that is more than `longest_s`:
        then nothing is reserved, and the caller should come again later.
        """
        async with failures("asking the host gate"):
            wait = int(await self._reserve(keys=[keys.gate(host)], args=[int(gap_s * 1000), int(longest_s * 1000)]))
        return (True, wait / 1000) if wait >= 0 else (False, (-1 - wait) / 1000)

    async def hold(self, host: str, pause_s: float) -> None:
        """Keeps `host` closed for at least `pause_s` from now (Retry-After, 503)."""
        async with failures("closing the host gate"):
            await self._hold(keys=[keys.gate(host)], args=[max(1, int(pause_s * 1000))])
