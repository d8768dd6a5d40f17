"""How a running service fares, as Redis knows it: for the page that shows it."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.service.tasks import docket
from crawler.state import failures


@dataclass(frozen=True, slots=True)
class Vitals:
    """What Redis holds. `waiting`: tasks that no worker has begun; `later`: those for a time to come."""

    server: str  # Valkey 8.1.0
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
            info = await redis.info()
            held = await redis.xlen(queue.stream_key)
            running = await redis.xpending(queue.stream_key, queue.worker_group_name) if held else {"pending": 0}
            later = await redis.zcard(queue.queue_key)
    begun = int(running["pending"])
    name = "Valkey" if "valkey_version" in info else "Redis"
    return Vitals(
        server=f"{name} {info.get('valkey_version') or info.get('redis_version', '')}".strip(),
        memory_bytes=int(info.get("used_memory", 0)),
        most_bytes=int(info.get("used_memory_peak", 0)),
        up_s=int(info.get("uptime_in_seconds", 0)),
        workers=len(workers),
        waiting=max(0, held - begun),
        running=begun,
        later=later,
    )
