"""The length of a queue in Redis, for the status page and for monitoring."""

from __future__ import annotations

from dataclasses import dataclass

from docket import Docket

from crawler.runtime import utc_now


@dataclass(frozen=True, slots=True)
class Depth:
    """Tasks of one queue. `waiting`: no worker has begun them; `later`: scheduled for a later time."""

    waiting: int
    running: int
    later: int
    oldest_s: float  # age of the oldest waiting task; 0.0 without one


async def depth(queue: Docket) -> Depth:
    """Return the number of tasks. The stream has waiting and running ones; an entry's id begins with its time in ms."""
    async with queue.redis() as redis:
        held = await redis.xlen(queue.stream_key)
        later = await redis.zcard(queue.queue_key)
        if not held:
            return Depth(0, 0, later, 0.0)
        running, last = 0, "0-0"
        for group in await redis.xinfo_groups(queue.stream_key):
            running, last = int(group["pending"]), group["last-delivered-id"]
        oldest = await redis.xrange(queue.stream_key, min=b"(" + _bytes(last), count=1)
    waited = utc_now().timestamp() - int(_bytes(oldest[0][0]).partition(b"-")[0]) / 1000 if oldest else 0.0
    return Depth(max(0, held - running), running, later, max(0.0, waited))


def _bytes(name: bytes | str) -> bytes:
    return name if isinstance(name, bytes) else name.encode()
