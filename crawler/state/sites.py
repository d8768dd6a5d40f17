"""What exploring a site found, so that it is not explored at every crawl."""

from __future__ import annotations

import json
from collections.abc import Sequence

from redis.asyncio import Redis

from crawler.state import keys
from crawler.state.client import failures


class SiteMemory:
    """Entry points by site. Every method raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def entry_points(self, key: int) -> list[tuple[str, str]]:
        """(kind, URL) pairs of the site with the URL key `key`; empty when it has to be explored."""
        async with failures("reading entry points"):
            found = await self._redis.get(keys.site(key))
        return [(str(kind), str(url)) for kind, url in json.loads(found)] if found else []

    async def save_entry_points(self, key: int, points: Sequence[tuple[str, str]]) -> None:
        """Remembers `points` for a day."""
        async with failures("saving entry points"):
            await self._redis.set(keys.site(key), json.dumps(list(points)), ex=keys.SITE_TTL_S)

    async def forget(self, key: int) -> None:
        """Has the site explored again by its next crawl."""
        async with failures("forgetting entry points"):
            await self._redis.delete(keys.site(key))
