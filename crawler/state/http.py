"""What is remembered of HTTP: validators of listings (RFC 9110 section 13) and robots.txt files (RFC 9309)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import chain

from redis.asyncio import Redis

from crawler.state import keys
from crawler.state.client import Script, failures

MAX_ROBOTS_BYTES = 512 * 1024  # RFC 9309 section 2.5: at least 500 kibibytes

# KEYS: a hash. ARGV: lifetime in s, then names and values: what it holds from now on.
_SAVE = """
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('EXPIRE', KEYS[1], ARGV[1])
"""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said about a listing's version, and our own hash of its body for servers that lie."""

    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""


@dataclass(frozen=True, slots=True)
class Robots:
    """A robots.txt as last fetched. `status` 0: the host could not be reached, and `body` says why."""

    status: int
    body: bytes = b""

    @property
    def unreachable(self) -> bool:
        """RFC 9309 section 2.3.1.4: server and network errors mean "disallow all" until it is reachable again.

        429 is counted here too: a server that is too busy for its robots.txt is too busy for us.
        """
        return self.status in {0, 429} or self.status >= 500  # noqa: PLR2004  HTTP status codes

    @property
    def why(self) -> str:
        """Why it could not be had, in a line."""
        return f"status {self.status}" if self.status else self.body.decode("utf-8", "replace") or "no answer"


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


class HttpMemory:
    """Validators by listing, robots.txt by host. Every method raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._save = Script(redis, _SAVE)

    async def validators(self, key: int) -> Validators:
        """The validators of the listing with the URL key `key`; empty ones when unknown."""
        async with failures("reading validators"):
            found = await self._redis.hgetall(keys.http(key))
        fields = {_text(name): _text(value) for name, value in found.items()}
        return Validators(fields.get("etag", ""), fields.get("last_modified", ""), fields.get("body_hash", ""))

    async def save_validators(self, key: int, validators: Validators) -> None:
        """Remembers `validators`; only call it when all that the listing named is dealt with."""
        name = keys.http(key)
        fields = chain.from_iterable(asdict(validators).items())
        async with failures("saving validators"):
            await self._save(keys=[name], args=[keys.VALIDATORS_TTL_S, *fields])

    async def forget(self, key: int) -> None:
        """Has the listing with the URL key `key` sent whole the next time."""
        async with failures("forgetting validators"):
            await self._redis.delete(keys.http(key))

    async def robots(self, host: str) -> Robots | None:
        """The robots.txt of `host` (scheme://host:port) if it was fetched within its lifetime."""
        async with failures("reading robots.txt"):
            found = await self._redis.hgetall(keys.robots(host))
        fields = {_text(name): value for name, value in found.items()}
        if "status" not in fields:
            return None
        body = fields.get("body", b"")
        return Robots(int(fields["status"]), body if isinstance(body, bytes) else body.encode())

    async def save_robots(self, host: str, robots: Robots) -> None:
        """Remembers `robots` for half a day, or for some minutes when it was unreachable."""
        name = keys.robots(host)
        ttl_s = keys.ROBOTS_WAIT_S if robots.unreachable else keys.ROBOTS_TTL_S
        async with failures("saving robots.txt"):
            await self._save(keys=[name], args=[ttl_s, "status", robots.status, "body", robots.body[:MAX_ROBOTS_BYTES]])
