"""The host gate: how often a host is asked, for all crawls and all workers together.

One script says when a request may start: now, or after a wait, and then the caller asks again. Nothing is promised for
later, so that a pause which a host asks for holds for everybody at once, and a worker that dies takes no start along.
Redis' own clock decides, so that workers' clocks do not matter. See docs/decisions on the host gate.
"""

from __future__ import annotations

from typing import NamedTuple

from redis.asyncio import Redis

from crawler.state import keys
from crawler.state.client import Script, failures

FIRST_BACK_OFF_S = 1.0
LONGEST_BACK_OFF_S = 300.0
LOST_S = 10.0  # a Redis that has lost its last second was away for no longer than a gap that matters here

_NOW = "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
# KEYS: gate. ARGV: gap in ms, what a crash may have lost in ms, lifetime in ms. Returns the wait in ms and the errors.
# A Redis that has just begun may have forgotten the last start: that lies a gap before its beginning at most.
_ASK = (
    _NOW
    + """
local gap = tonumber(ARGV[1])
local kept = redis.call('HMGET', KEYS[1], 'last', 'opens', 'errors')
local opens = tonumber(kept[2] or '0')
if kept[1] then opens = math.max(opens, tonumber(kept[1]) + gap) end
local server = redis.pcall('INFO', 'server')
local up = type(server) == 'string' and tonumber(string.match(server, 'uptime_in_seconds:(%d+)'))
if up then opens = math.max(opens, now + math.min(gap, tonumber(ARGV[2])) - up * 1000) end
local errors = tonumber(kept[3] or '0')
if opens > now then return {opens - now, errors} end
redis.call('HSET', KEYS[1], 'last', string.format('%.0f', now), 'opens', string.format('%.0f', now + gap))
redis.call('PEXPIRE', KEYS[1], math.max(gap, tonumber(ARGV[3])))
return {0, errors}
"""
)
# KEYS: gate. ARGV: pause in ms, lifetime in ms. Never opens a gate earlier than it would have.
_HOLD = (
    _NOW
    + """
local till = now + tonumber(ARGV[1])
if till > tonumber(redis.call('HGET', KEYS[1], 'opens') or '0') then
  redis.call('HSET', KEYS[1], 'opens', string.format('%.0f', till))
end
redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), till - now + tonumber(ARGV[2])))
"""
)
# KEYS: gate. ARGV: first pause in ms, longest pause in ms, lifetime in ms. Returns the pause in ms.
_FAILED = (
    _NOW
    + """
local errors = redis.call('HINCRBY', KEYS[1], 'errors', 1)
local pause = math.min(tonumber(ARGV[2]), tonumber(ARGV[1]) * 2 ^ math.min(30, errors - 1))
if now + pause > tonumber(redis.call('HGET', KEYS[1], 'opens') or '0') then
  redis.call('HSET', KEYS[1], 'opens', string.format('%.0f', now + pause))
end
redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), pause + tonumber(ARGV[3])))
return math.floor(pause)
"""
)


class Answer(NamedTuple):
    """What the gate said: `wait_s` 0.0 means that a request starts now. `errors`: failures of the host in a row."""

    wait_s: float
    errors: int


class HostGate:
    """Start times for requests, by host. Every method raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._ask = Script(redis, _ASK)
        self._hold = Script(redis, _HOLD)
        self._failed = Script(redis, _FAILED)

    async def ask(self, host: str, gap_s: float) -> Answer:
        """Asks to start a request to `host` now, `gap_s` after the last one at least. Later: ask again then."""
        args = [round(gap_s * 1000), round(LOST_S * 1000), keys.GATE_TTL_S * 1000]
        async with failures("asking the host gate"):
            wait_ms, errors = await self._ask(keys=[keys.gate(host)], args=args)
        return Answer(int(wait_ms) / 1000, int(errors))

    async def hold(self, host: str, pause_s: float) -> None:
        """Keeps `host` closed for at least `pause_s` from now (Retry-After, 503)."""
        args = [max(1, round(pause_s * 1000)), keys.GATE_TTL_S * 1000]
        async with failures("closing the host gate"):
            await self._hold(keys=[keys.gate(host)], args=args)

    async def failed(self, host: str, gap_s: float) -> float:
        """Counts a failure of `host`; closes it for a pause, in seconds, that doubles with each failure in a row."""
        first_s = max(FIRST_BACK_OFF_S, gap_s)
        args = [round(first_s * 1000), round(LONGEST_BACK_OFF_S * 1000), keys.GATE_TTL_S * 1000]
        async with failures("closing the host gate"):
            return int(await self._failed(keys=[keys.gate(host)], args=args)) / 1000

    async def answered(self, host: str) -> None:
        """Forgets the failures of `host`: it has answered."""
        async with failures("opening the host gate"):
            await self._redis.hdel(keys.gate(host), "errors")
