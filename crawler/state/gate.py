"""The host gate: the rate limit of requests to each host, shared by all crawls and workers.

One script decides when a request may start: now, or after a wait, and then the caller tries again. Nothing is reserved
for later, so a pause requested by a host applies to all callers immediately. A named start stays open until its end is
reported: the request may leave later than the start, and only its response shows by when it did. Other callers wait for
that end, and after a late response the gap counts from it. A worker that dies reports no end: its start then stays open
for LEASE_S longer than the gap. Redis' clock decides, so the workers' clocks do not matter. See docs/decisions on the
host gate.
"""

from __future__ import annotations

from redis.asyncio import Redis

from crawler.hosts import NO_START, Answer, Start
from crawler.state import keys
from crawler.state.client import Script, failures
from crawler.state.pauses import OutageMemory

FIRST_BACK_OFF_S = 1.0
LONGEST_BACK_OFF_S = 300.0
LONGEST_UNANSWERED_S = 60.0  # a host without an answer has no load from us
LEASE_S = 10.0  # a worker that reports no end within this time is considered dead
LOST_S = 10.0  # a Redis that lost all data of a host was away for no longer than any relevant gap

_NOW = """
local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function ms(number) return string.format('%.0f', number) end
"""
# KEYS: gate. ARGV: gap in ms, time closed after a start in ms, lifetime in ms, name of the start or '', lease in ms,
# maximum data loss after a crash in ms, begin and end of the last outage in s. Returns the wait in ms and the errors.
# A pause that began in the outage, as the host did not answer, is over.
# A restarted Redis, and a replica promoted to master, may have lost the last start. It was given by another run of the
# server, so it may have been just now. If no run is known to have given one, assume a gap before the server's start. A
# caller that waits for another's start tries again after that one's gap: after a late response it has to wait as long
# in any case. A start in the future means that the server's clock was set back, and the stored times are moved too.
_ASK = (
    _NOW
    + """
local gap, name = tonumber(ARGV[1]), ARGV[4]
local kept = redis.call('HMGET', KEYS[1], 'last', 'opens', 'errors', 'start', 'gap', 'server', 'lost')
local last, opens, errors = tonumber(kept[1] or '0'), tonumber(kept[2] or '0'), tonumber(kept[3] or '0')
if last > now then
  opens, last = opens - (last - now), now
  redis.call('HSET', KEYS[1], 'last', ms(last), 'opens', ms(opens))
end
local lost = tonumber(kept[7] or '0') / 1000
if lost > 0 and lost >= tonumber(ARGV[7]) and lost <= tonumber(ARGV[8]) then
  opens, errors = last, 0
  redis.call('HDEL', KEYS[1], 'errors', 'lost')
end
local info = gap > 0 and redis.pcall('INFO', 'server')
local server = type(info) == 'string' and string.match(info, 'run_id:(%x+)')
local before = kept[6] ~= '' and kept[6]
if server and before and before ~= server then
  last = now
  redis.call('HSET', KEYS[1], 'last', ms(now), 'server', server)
elseif server and not before then
  local up = tonumber(string.match(info, 'uptime_in_seconds:(%d+)') or '0')
  opens = math.max(opens, now + math.min(gap, tonumber(ARGV[6])) - up * 1000)
end
opens = math.max(opens, last + gap)
if kept[4] and kept[4] ~= name and opens <= now then
  local theirs = tonumber(kept[5])
  opens = math.min(last + theirs + tonumber(ARGV[5]), now + theirs)
end
if opens > now then return {opens - now, errors} end
local shut = math.max(gap, tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], 'last', ms(now), 'opens', ms(now + shut), 'server', server or before or '')
if name ~= '' then redis.call('HSET', KEYS[1], 'start', name, 'gap', ms(gap))
elseif kept[4] then redis.call('HDEL', KEYS[1], 'start', 'gap') end
redis.call('PEXPIRE', KEYS[1], math.max(shut, tonumber(ARGV[3])))
return {0, errors}
"""
)
# KEYS: gate. ARGV: name of the start or '', its gap in ms, slack in ms, first pause in ms, longest pause in ms, what
# to do with the errors ('none', 'more', 'lost': one more without any answer, or 'same'), lifetime in ms. Returns for
# how long the gate is closed, in ms. Never opens a gate earlier than it would have opened.
_END = (
    _NOW
    + """
local kept = redis.call('HMGET', KEYS[1], 'last', 'opens', 'start')
local last, opens = tonumber(kept[1] or '0'), tonumber(kept[2] or '0')
if ARGV[1] ~= '' then
  local slack = tonumber(ARGV[3])
  if kept[3] ~= ARGV[1] or now - last > slack then
    last = math.max(last, now - slack)
    opens = math.max(opens, last + tonumber(ARGV[2]))
    redis.call('HSET', KEYS[1], 'last', ms(last))
  end
  if kept[3] == ARGV[1] then redis.call('HDEL', KEYS[1], 'start', 'gap') end
end
local errors = 1
if ARGV[6] == 'none' then redis.call('HDEL', KEYS[1], 'errors') end
if ARGV[6] == 'more' or ARGV[6] == 'lost' then errors = redis.call('HINCRBY', KEYS[1], 'errors', 1) end
if ARGV[6] == 'lost' then redis.call('HSET', KEYS[1], 'lost', ms(now)) else redis.call('HDEL', KEYS[1], 'lost') end
opens = math.max(opens, now + math.min(tonumber(ARGV[5]), tonumber(ARGV[4]) * 2 ^ math.min(30, errors - 1)))
if opens <= now then return 0 end
redis.call('HSET', KEYS[1], 'opens', ms(opens))
redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), opens - now + tonumber(ARGV[7])))
return math.floor(opens - now)
"""
)


class HostGate:
    """Start times for requests, by host. Every method raises StateError when Redis is gone.

    `answered`, `failed` and `hold` report the end of a start, if one is passed, and return how long the host is closed,
    in seconds.
    """

    def __init__(self, redis: Redis, outages: OutageMemory) -> None:
        self._outages = outages
        self._ask = Script(redis, _ASK)
        self._end = Script(redis, _END)

    async def ask(self, host: str, gap_s: float, name: str = "", *, shut_s: float = 0.0) -> Answer:
        """Request to start a request to `host` now, at least `gap_s` after the last one; if refused, try again later.

        With a `name`, no other caller starts until the end of this start is reported; a caller that uses its name again
        has not used its start. `shut_s`: how long others wait after this start, if longer.
        """
        times = [round(s * 1000) for s in (gap_s, shut_s, keys.GATE_TTL_S)]
        args = [*times, name, round(LEASE_S * 1000), round(LOST_S * 1000), *await self._outages.last()]
        async with failures("querying the host gate"):
            wait_ms, errors = await self._ask(keys=[keys.gate(host)], args=args)
        return Answer(int(wait_ms) / 1000, int(errors))

    async def hold(self, host: str, pause_s: float, start: Start = NO_START) -> float:
        """Keep `host` closed for at least `pause_s` from now (Retry-After, 503)."""
        return await self._ended(host, start, "same", max(0.001, pause_s), pause_s)

    async def failed(self, host: str, gap_s: float, start: Start = NO_START, *, answered: bool = True) -> float:
        """Count a failure of `host`; close it for a pause that doubles with each failure in a row.

        Without any answer the pause is shorter, and ends with an outage of our own network.
        """
        longest_s = LONGEST_BACK_OFF_S if answered else LONGEST_UNANSWERED_S
        return await self._ended(host, start, "more" if answered else "lost", max(FIRST_BACK_OFF_S, gap_s), longest_s)

    async def answered(self, host: str, start: Start = NO_START) -> float:
        """Reset the failures of `host`: it has answered."""
        return await self._ended(host, start, "none", 0.0, 0.0)

    async def _ended(self, host: str, start: Start, errors: str, first_s: float, longest_s: float) -> float:
        gap, slack, first, longest = (round(s * 1000) for s in (start.gap_s, start.slack_s, first_s, longest_s))
        args = [start.name, gap, slack, first, longest, errors, keys.GATE_TTL_S * 1000]
        async with failures("updating the host gate"):
            return int(await self._end(keys=[keys.gate(host)], args=args)) / 1000
