"""The state of a running service: its workers, its queue, its Redis server, and its canary."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from crawler.archive import Archive
from crawler.archive.coverage.canary import KEPT
from crawler.errors import StateError
from crawler.health.canary import BROKEN, CanaryResult
from crawler.service.vitals import depth
from crawler.service.worker.tasks import docket
from crawler.state import failures, info
from crawler.usecases import crawl_requests


@dataclass(frozen=True, slots=True)
class ServiceState:
    """Figures from Redis. `waiting`: tasks that no worker has started; `later`: tasks scheduled for a later time."""

    server: str  # Valkey 8.1.0; for a cluster also the number of masters
    memory_bytes: int
    peak_bytes: int  # since the server started
    up_s: int
    workers: int
    waiting: int
    running: int
    later: int


@dataclass(frozen=True, slots=True)
class CanaryHistory:
    """The results of the canaries of the last seven days, newest first."""

    results: tuple[CanaryResult, ...] = ()

    @property
    def last(self) -> CanaryResult | None:
        """The last result; None if there is none."""
        return self.results[0] if self.results else None

    @property
    def late(self) -> int:
        """How many did not come out in time."""
        return sum(one.stopped is not None for one in self.results)

    @property
    def problem(self) -> str:
        """What is broken now, and what to do; "" if the last canary came out."""
        last = self.last
        if last is None or last.stopped is None or last.recovered is not None:
            return ""
        return f"{BROKEN[last.stopped].sentence} {BROKEN[last.stopped].hint}"


def canary_history(archive: Archive, now: datetime) -> CanaryHistory:
    """Return the canaries of the last seven days. Raises ArchiveError."""
    return CanaryHistory(tuple(archive.canaries.history(now - KEPT)))


async def service_state(redis_url: str) -> ServiceState:
    """Return the state of the service behind a Redis server. Raises StateError, also if none is running."""
    if not redis_url:
        raise StateError("The service is not running.")
    try:
        async with asyncio.timeout(crawl_requests.TIMEOUT_S):
            return await _read(redis_url)
    except TimeoutError as error:
        raise StateError(f"Redis did not respond within {crawl_requests.TIMEOUT_S:g} s") from error


async def _read(redis_url: str) -> ServiceState:
    async with failures("asking Redis"), docket(redis_url) as queue:
        workers = list(await queue.workers())
        async with queue.redis() as redis:
            nodes = await info(redis)
        now = await depth(queue)
    first = nodes[0]
    name = "Valkey" if "valkey_version" in first else "Redis"
    version = first.get("valkey_version") or first.get("redis_version", "")
    masters = f", {len(nodes)} masters" if len(nodes) > 1 else ""
    return ServiceState(
        server=f"{name} {version}".strip() + masters,
        memory_bytes=sum(int(node.get("used_memory", 0)) for node in nodes),
        peak_bytes=sum(int(node.get("used_memory_peak", 0)) for node in nodes),
        up_s=min(int(node.get("uptime_in_seconds", 0)) for node in nodes),
        workers=len(workers),
        waiting=now.waiting,
        running=now.running,
        later=now.later,
    )
