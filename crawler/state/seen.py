"""The seen-sets: leases first, marks last.

A key (unsigned 64 bits) is claimed for the length of a lease, worked on, and marked as seen only when the work is
durable. A crash in between costs a repeat after the lease. Marks are kept in small integer sets by bucket and
generation (see `keys`): about 9 bytes a key at one million, where a set of SHA-1 strings takes 84.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import IntEnum

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from crawler.state import keys
from crawler.state.client import Script, failures
from crawler.state.pauses import OutageMemory

# KEYS: seen now, seen before, claim, and for URLs attempt. ARGV: member, owner, lease in ms, begin and end of the last
# outage in s. Returns a Claim. A pause that began in the outage is over, and its failures do not count.
_CLAIM = """
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 or redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 1 then return 2 end
local owner = redis.call('GET', KEYS[3])
local failed_at = tonumber(owner and string.match(owner, '^unanswered (%d+)$'))
if failed_at and KEYS[4] and failed_at >= tonumber(ARGV[4]) and failed_at <= tonumber(ARGV[5]) then
  owner = false
  redis.call('HDEL', KEYS[4], 'unanswered')
end
if owner and owner ~= ARGV[2] then return 1 end
redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
return 0
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class Claim(IntEnum):
    """The result of a claim."""

    MINE = 0
    TAKEN = 1  # another crawl works on it, or a failure waits for its next attempt
    SEEN = 2


def _member(key: int) -> int:
    """Convert unsigned to signed 64 bits, the range of an integer set."""
    return key - (1 << 64) if key >= 1 << 63 else key


class SeenSet:
    """One set of seen keys, named `kind` ("url" or "content"). Every method raises StateError when Redis is gone."""

    def __init__(self, redis: Redis, kind: str, outages: OutageMemory) -> None:
        self._redis = redis
        self._outages = outages
        self._kind = kind
        self._claim = Script(redis, _CLAIM)
        self._release = Script(redis, _RELEASE)

    def _seen_keys(self, key: int, now: datetime) -> tuple[str, str]:
        generation = int(now.timestamp()) // keys.GENERATION_S
        return keys.seen(self._kind, key, generation), keys.seen(self._kind, key, generation - 1)

    def _working_keys(self, key: int) -> tuple[str, ...]:
        """Return the names that exist only until the work on `key` is durable."""
        claim = keys.claim(self._kind, key)
        return (claim, keys.attempt(key)) if self._kind == "url" else (claim,)

    async def unseen(self, candidates: Sequence[int], now: datetime) -> list[bool]:
        """Return for each key whether it is new. One round trip, without leases."""
        async with failures("reading the seen-set"), self._redis.pipeline(transaction=False) as pipe:
            for key in candidates:
                for name in self._seen_keys(key, now):
                    pipe.sismember(name, str(_member(key)))
            answers = await pipe.execute()
        return [not (a or b) for a, b in zip(answers[::2], answers[1::2], strict=True)]

    async def claim(self, key: int, owner: str, now: datetime, *, lease_s: float = keys.LEASE_S) -> Claim:
        """Take or renew the lease on `key` for `owner` (the same for every crawl of a source)."""
        names = [*self._seen_keys(key, now), *self._working_keys(key)]
        outage = await self._outages.last()
        async with failures("claiming a URL"):
            return Claim(await self._claim(keys=names, args=[_member(key), owner, int(lease_s * 1000), *outage]))

    async def mark(self, marked: Iterable[int], now: datetime) -> None:
        """Mark keys as seen and drop their leases: only after the work is durable."""
        async with failures("marking as seen"), self._redis.pipeline(transaction=False) as pipe:
            self.mark_in(pipe, marked, now)
            await pipe.execute()

    def mark_in(self, pipe: Pipeline, marked: Iterable[int], now: datetime) -> None:
        """Add the commands of `mark` to a pipeline; marks are set before leases are deleted."""
        generation = int(now.timestamp()) // keys.GENERATION_S
        lives_s = (generation + 2) * keys.GENERATION_S - int(now.timestamp())
        for key in marked:
            name = keys.seen(self._kind, key, generation)
            pipe.sadd(name, _member(key))
            pipe.expire(name, lives_s, nx=True)
            pipe.delete(*self._working_keys(key))

    async def forget(self, key: int, now: datetime) -> None:
        """Make `key` new again, without failures."""
        async with failures("deleting from the seen-set"), self._redis.pipeline(transaction=False) as pipe:
            for name in self._seen_keys(key, now):
                pipe.srem(name, str(_member(key)))
            pipe.delete(*self._working_keys(key))
            await pipe.execute()

    async def release(self, key: int, owner: str) -> None:
        """Release the lease, so that the next crawl may try immediately."""
        async with failures("releasing a claim"):
            await self._release(keys=[keys.claim(self._kind, key)], args=[owner])
