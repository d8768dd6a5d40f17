"""Leader election: a lease on a duty that only one process may have, renewed by its holder."""

from __future__ import annotations

from redis.asyncio import Redis

from crawler.observe.metrics import LEADER
from crawler.state import keys
from crawler.state.client import Script, failures

# KEYS: leader. ARGV: own name, ms. Returns 1 if the lease is ours for that long. Another's that lasts longer was taken
# before the server's clock was set back, and not renewed since.
_HOLD = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] and redis.call('PTTL', KEYS[1]) <= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
# KEYS: leader. ARGV: own name.
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"


class LeaderLease:
    """The lease on `duty` for the process `holder`. Every method raises StateError when Redis is gone."""

    def __init__(self, redis: Redis, duty: str, holder: str) -> None:
        self._key = keys.leader(duty)
        self._shown = LEADER.labels(duty)
        self.held = False  # as of the last `hold`
        self._holder = holder
        self._hold = Script(redis, _HOLD)
        self._release = Script(redis, _RELEASE)

    async def hold(self) -> bool:
        """Take or renew the lease; return False while another process has it. Call it every LEADER_RENEW_S."""
        async with failures("electing the leader"):
            self.held = bool(await self._hold(keys=[self._key], args=[self._holder, keys.LEADER_TTL_S * 1000]))
        self._shown.set(self.held)
        return self.held

    async def release(self) -> None:
        """Release the lease, so that another process need not wait until it expires."""
        self.held = False
        self._shown.set(0)
        async with failures("resigning as the leader"):
            await self._release(keys=[self._key], args=[self._holder])
