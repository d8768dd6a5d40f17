"""The shapes of each site's last articles, to notice a new layout; told once."""

from __future__ import annotations

from redis.asyncio import Redis

from crawler.extract.layout import REMEMBERED, Shape, layout_change
from crawler.state import keys
from crawler.state.client import failures


class LayoutMemory:
    """Every coroutine raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def see(self, site: str, shape: Shape) -> str:
        """Notes one article; what changed, the first time that it is noticed, "" otherwise.

        Once it is told the site begins anew: the new layout is the one to compare with.
        """
        name = keys.layout(site)
        record = f"{shape.words}:{''.join('01'[filled] for filled in shape.filled)}"
        async with failures("noting a layout"):
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.lpush(name, record)
                pipe.ltrim(name, 0, REMEMBERED - 1)
                pipe.expire(name, keys.FURNITURE_TTL_S)
                pipe.lrange(name, 0, REMEMBERED - 1)
                records = (await pipe.execute())[-1]
            change = layout_change([_shape(one) for one in records])
            if change and await self._redis.delete(name) == 0:
                return ""  # another worker told it
        return change


def _shape(record: bytes | str) -> Shape:
    words, filled = (record.decode() if isinstance(record, bytes) else record).split(":")
    return Shape(int(words), tuple(sign == "1" for sign in filled))
