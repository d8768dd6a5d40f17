"""How a running service fares, as Redis knows it: for the page that shows it, and for monitoring."""

from __future__ import annotations

from dataclasses import dataclass

from docket import Docket

from crawler.runtime import utc_now
from crawler.service.tasks import docket
from crawler.state import failures, info


@dataclass(frozen=True, slots=True)
class Depth:
    """Tasks of one queue. `waiting`: no worker has begun them; `later`: for a time to come."""

    waiting: int
    running: int
    later: int
    oldest_s: float  # how long the oldest of those that wait has waited; 0.0 where none does


@dataclass(frozen=True, slots=True)
class Vitals:
    """What Redis holds. `waiting`: tasks that no worker has begun; `later`: those for a time to come."""

    server: str  # Valkey 8.1.0; of a cluster also its masters
    memory_bytes: int
    most_bytes: int  # since it was started
    up_s: int
    workers: int
    waiting: int
    running: int
    later: int


async def vitals(url: str) -> Vitals:
    """Ask the Redis at `url`. Raises StateError."""
    async with failures("querying Redis"), docket(url) as queue:
        workers = list(await queue.workers())
        async with queue.redis() as redis:
            found = await info(redis)
        now = await depth(queue)
    one = found[0]
    name = "Valkey" if "valkey_version" in one else "Redis"
    version = one.get("valkey_version") or one.get("redis_version", "")
    masters = f", {len(found)} masters" if len(found) > 1 else ""
    return Vitals(
        server=f"{name} {version}".strip() + masters,
        memory_bytes=sum(int(node.get("used_memory", 0)) for node in found),
        most_bytes=sum(int(node.get("used_memory_peak", 0)) for node in found),
        up_s=min(int(node.get("uptime_in_seconds", 0)) for node in found),
        workers=len(workers),
        waiting=now.waiting,
        running=now.running,
        later=now.later,
    )


async def depth(queue: Docket) -> Depth:
    """How much there is to do. The stream holds what waits and what runs; an entry's id begins with its time in ms."""
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
