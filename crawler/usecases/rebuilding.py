"""Rebuilding the state in Redis from the archive."""

from __future__ import annotations

from datetime import datetime

from crawler.config import Watch
from crawler.runtime import Places, Runtime
from crawler.service.scheduler.revisits import Rebuilt, rebuild
from crawler.service.worker.once import expect_redis


async def rebuild_state(places: Places, now: datetime) -> Rebuilt:
    """Mark all stored articles as seen and group the recent ones into stories. Raises StateError, ArchiveError.

    Running it again gives the same result.
    """
    await expect_redis(places.redis_url)
    runtime = await Runtime.open(Watch(), places, owner=False, extracts=False)
    try:
        return await rebuild(runtime.archive.sync, runtime.state, now)
    finally:
        await runtime.close()
