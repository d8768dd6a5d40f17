"""What a clock that was ahead left in Redis: keys that outlive their purpose by as much as it was set back.

Redis ends a key at a point in time. A pause of five minutes that was begun by a clock one year ahead lasts a year.
"""

from __future__ import annotations

from typing import Final

from redis.asyncio import Redis

from crawler.state import keys
from crawler.state.client import failures

LIFETIMES_S: Final = {  # by the beginning of the name: leases and pauses, of which nothing is lost when they end early
    "ww:claim:": keys.LONGEST_PAUSE_S,
    "ww:robots:": keys.ROBOTS_TTL_S,
    "ww:share:": keys.GATE_TTL_S,
}
_AT_ONCE = 1000


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
