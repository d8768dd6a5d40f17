"""HTTP metadata: validators of listings (RFC 9110 section 13) and robots.txt files (RFC 9309)."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from itertools import chain

from redis.asyncio import Redis

from crawler.discover.robots import MAX_BYTES
from crawler.hosts import Robots
from crawler.state import keys
from crawler.state.client import Script, failures

_LOW_BITS = 0xFFFF_FFFF

# KEYS: a hash. ARGV: lifetime in s, then names and values. Replaces the hash.
_SAVE = """
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('EXPIRE', KEYS[1], ARGV[1])
"""


# KEYS: a hash. ARGV: lifetime in s, then names and values. Updates the hash if it exists.
_RENEW = """
if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('HSET', KEYS[1], unpack(ARGV, 2))
    redis.call('EXPIRE', KEYS[1], ARGV[1])
end
"""


@dataclass(frozen=True, slots=True)
class Validators:
    """The server's validators of a listing's version, and our own hash of its body for servers with wrong ones."""

    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    received: float = 0.0  # when the server last sent the body, in seconds since 1970


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


class HttpMemory:
    """Validators by listing, robots.txt by host. Every method raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._save = Script(redis, _SAVE)
        self._renew = Script(redis, _RENEW)

    async def validators(self, key: int) -> Validators:
        """Return the validators of the listing with the URL key `key`; empty ones if unknown."""
        async with failures("reading validators"):
            found = await self._redis.hmget(keys.http(key), ["etag", "last_modified", "body_hash", "received"])
        etag, last_modified, body_hash, received = (_text(value or "") for value in found)
        return Validators(etag, last_modified, body_hash, float(received or 0))

    async def save_validators(self, key: int, validators: Validators, old: Collection[int] = ()) -> None:
        """Save `validators`; call it only after everything in the listing is processed.

        `old`: the URL keys of its entries that were too old to be fetched.
        """
        fields = chain.from_iterable(asdict(validators).items())
        packed = array("I", sorted(address & _LOW_BITS for address in old)).tobytes()
        async with failures("saving validators"):
            await self._save(keys=[keys.http(key)], args=[keys.VALIDATORS_TTL_S, *fields, "old", packed])

    async def renew_validators(self, key: int, validators: Validators) -> None:
        """Save new validators of a listing whose unchanged body was processed."""
        fields = chain.from_iterable(asdict(validators).items())
        async with failures("renewing validators"):
            await self._renew(keys=[keys.http(key)], args=[keys.VALIDATORS_TTL_S, *fields])

    async def old_entries(self, key: int, of: Iterable[int]) -> frozenset[int]:
        """Return which of the URL keys `of` were entries too old to be fetched when the listing was last read.

        Four bytes of each are compared: the false positive rate is one in 80,000 for a listing of 50,000.
        """
        async with failures("reading earlier entries of a listing"):
            packed = await self._redis.hget(keys.http(key), "old")
        known = array("I")
        known.frombytes(packed if isinstance(packed, bytes) else b"")
        low_bits = frozenset(known)
        return frozenset(address for address in of if address & _LOW_BITS in low_bits)

    async def forget(self, key: int) -> None:
        """Delete the validators of the listing with the URL key `key`, so that it is sent in full next time."""
        async with failures("deleting validators"):
            await self._redis.delete(keys.http(key))

    async def robots(self, host: str) -> Robots | None:
        """Return the robots.txt of `host` (scheme://host:port) if it was fetched within its lifetime."""
        async with failures("reading robots.txt"):
            found = await self._redis.hgetall(keys.robots(host))
        fields = {_text(name): value for name, value in found.items()}
        if "status" not in fields:
            return None
        body = fields.get("body", b"")
        return Robots(int(fields["status"]), body if isinstance(body, bytes) else body.encode())

    async def save_robots(self, host: str, robots: Robots) -> None:
        """Save `robots` for half a day, or for some minutes if it was unreachable."""
        name = keys.robots(host)
        wait_s = keys.ROBOTS_WAIT_S if robots.status else keys.ROBOTS_UNANSWERED_S
        ttl_s = wait_s if robots.unreachable else keys.ROBOTS_TTL_S
        async with failures("saving robots.txt"):
            await self._save(keys=[name], args=[ttl_s, "status", robots.status, "body", robots.body[:MAX_BYTES]])
