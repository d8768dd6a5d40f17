"""How a running service fares, as its Redis shows it."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.service.vitals import depth
from crawler.service.worker.tasks import docket
from crawler.state import failures, info


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
    async with failures("asking Redis"), docket(url) as queue:
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
