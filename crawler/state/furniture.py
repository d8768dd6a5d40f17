"""Learned furniture, by site: what the last pages looked like, and which blocks recurred.

    ww:furniture:{SITE}:pages    list    the newest RING pages: 8 bytes for the story, 8 or 9 for each block
    ww:furniture:{SITE}:learned  hash    block key -> the line, cut to MAX_TEXT characters

Bounded: RING pages of at most 120 blocks and MAX_LEARNED lines of at most MAX_TEXT characters stay under 64 kB a site.
What decides (what recurs, what is a copy) is pure: crawler.extract.learned. What the user decided about lines stands
in the watch file.
"""

from __future__ import annotations

from collections.abc import Mapping

from redis.asyncio import Redis

from crawler.extract.learned import block_key, furniture_keys, sightings, story_key
from crawler.items import Extraction
from crawler.state import keys
from crawler.state.client import failures

RING = 16
MAX_LEARNED = 120
MAX_TEXT = 120


class FurnitureMemory:
    """Every coroutine raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def lines(self, site: str) -> dict[str, str]:
        """What was learned about `site` (a registered domain): block key -> the line."""
        async with failures("reading learned furniture"):
            found = await self._redis.hgetall(keys.furniture_learned(site))
        return {_text(key): _text(value) for key, value in found.items()}

    async def see(self, site: str, extraction: Extraction) -> bool:
        """Learns from one page; True when the furniture of `site` changed. Pages without an article teach nothing."""
        story = story_key(extraction)
        if extraction.article is None or not story:
            return False
        async with failures("learning furniture"):
            pages = await self._redis.lrange(keys.furniture_pages(site), 0, RING - 1)
        known = _known([_bytes(page) for page in pages])
        new = sightings(extraction, known)
        if not new:
            return False
        now = {block: known.get(block, frozenset()) | {story} for block in new}
        await self._remember(site, story, list(new))
        return await self._decide(site, extraction, furniture_keys(now), set(known) | set(new), full=len(pages) >= RING)

    async def forget(self, site: str) -> None:
        """Forgets all that was learned about `site`."""
        async with failures("forgetting furniture"):
            await self._redis.delete(keys.furniture_pages(site), keys.furniture_learned(site))

    async def _remember(self, site: str, story: str, blocks: list[str]) -> None:
        page = bytes.fromhex(story) + b"".join(_pack(block) for block in blocks)
        name = keys.furniture_pages(site)
        async with failures("learning furniture"), self._redis.pipeline(transaction=True) as pipe:
            pipe.lpush(name, page)
            pipe.ltrim(name, 0, RING - 1)
            pipe.expire(name, keys.FURNITURE_TTL_S)
            await pipe.execute()

    async def _decide(
        self, site: str, extraction: Extraction, furniture: frozenset[str], met: set[str], *, full: bool
    ) -> bool:
        """Adds lines of the article that recur; forgets learned ones that the last pages no longer have."""
        lines = await self.lines(site)
        texts = {block_key(line): line for line in (extraction.article.text if extraction.article else "").splitlines()}
        room = max(0, MAX_LEARNED - len(lines))
        added = [key for key in texts if key in furniture and key not in lines][:room]
        gone = [key for key in lines if full and key not in met]
        name = keys.furniture_learned(site)
        async with failures("learning furniture"), self._redis.pipeline(transaction=True) as pipe:
            for key in added:
                pipe.hset(name, key, texts[key][:MAX_TEXT])
            if gone:
                pipe.hdel(name, *gone)
            if lines or added:
                pipe.expire(name, keys.FURNITURE_TTL_S)
            await pipe.execute()
        return bool(added or gone)


def _pack(block: str) -> bytes:
    return b"\x01" + bytes.fromhex(block[:16]) if block.endswith("L") else b"\x00" + bytes.fromhex(block)


def _known(pages: list[bytes]) -> Mapping[str, frozenset[str]]:
    known: dict[str, frozenset[str]] = {}
    for page in pages:
        story = frozenset({page[:8].hex()})
        for at in range(8, len(page), 9):
            block = page[at + 1 : at + 9].hex() + ("L" if page[at] else "")
            known[block] = known.get(block, frozenset()) | story
    return known


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _bytes(value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
