"""The recent pages of a site: learned boilerplate (blocks that recur), and changes of its layout.

    ww:boilerplate:{SITE}:pages    list    the newest RING pages: 8 bytes for the story, 9 for each block
    ww:boilerplate:{SITE}:learned  hash    block key -> the line, truncated to MAX_TEXT characters
    ww:boilerplate:{SITE}:shapes   list    the newest articles: their length and which fields are filled

Bounded: RING pages of at most 120 blocks and MAX_LEARNED lines of at most MAX_TEXT characters stay under 64 kB a site.
The decisions (what recurs, what is a copy, what is a new layout) are pure: crawler.extract.boilerplate.learned and
crawler.extract.layout. The user's decisions about lines are in the watch file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from weakref import WeakValueDictionary

from redis.asyncio import Redis

from crawler.extract.boilerplate.learned import Traits, boilerplate_keys, sightings
from crawler.extract.layout import WINDOW, Shape, layout_change
from crawler.state import keys
from crawler.state.client import failures

RING = 16
MAX_LEARNED = 120
MAX_TEXT = 120


@dataclass(frozen=True, slots=True)
class Learned:
    """The results of learning from one page."""

    boilerplate_changed: bool = False
    layout_change: str = ""  # what changed, reported once


class BoilerplateMemory:
    """Learned boilerplate and layouts, by registered domain. Every coroutine raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        # two pages of a site at the same time would not learn from each other
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def lines(self, site: str) -> dict[str, str]:
        """Return the boilerplate learned about `site`: block key -> the line."""
        async with failures("reading learned boilerplate"):
            return _texts(await self._redis.hgetall(keys.boilerplate(site, "learned")))

    async def learn(self, site: str, page: Traits, shape: Shape) -> Learned:
        """Learn from one article, in two round trips. A simultaneous page in another worker is not included."""
        turn = self._turns.get(site)
        if turn is None:
            turn = self._turns[site] = asyncio.Lock()
        async with turn:
            return await self._learn(site, page, shape)

    async def _learn(self, site: str, page: Traits, shape: Shape) -> Learned:
        names = [keys.boilerplate(site, part) for part in ("pages", "learned", "shapes")]
        async with failures("learning boilerplate"):
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.lrange(names[0], 0, RING - 1)
                pipe.hgetall(names[1])
                pipe.lrange(names[2], 0, WINDOW - 2)
                pages, learned, shapes = await pipe.execute()
            lines = _texts(learned)
            known = _known(pages, page.blocks.keys() | lines.keys())
            new = sightings(page, known)
            now = {block: known.get(block, frozenset()) | {page.story} for block in new}
            boilerplate, space = boilerplate_keys(now), max(0, MAX_LEARNED - len(lines))
            added = [key for key in page.blocks if page.blocks[key] and key in boilerplate and key not in lines][:space]
            gone = [key for key in lines if new and len(pages) >= RING and key not in known and key not in new]
            change = layout_change([shape, *map(_shape, shapes)])
            async with self._redis.pipeline(transaction=False) as pipe:
                if new:
                    pipe.lpush(names[0], bytes.fromhex(page.story) + b"".join(map(_pack, new)))
                    pipe.ltrim(names[0], 0, RING - 1)
                if added:
                    pipe.hset(names[1], mapping={key: page.blocks[key][:MAX_TEXT] for key in added})
                if gone:
                    pipe.hdel(names[1], *gone)
                pipe.lpush(names[2], f"{shape.words}:{''.join('01'[filled] for filled in shape.filled)}")
                pipe.ltrim(names[2], 0, WINDOW - 1)
                for name in names:
                    pipe.expire(name, keys.BOILERPLATE_TTL_S)
                if change:
                    pipe.delete(names[2])  # the new layout is the one to compare with from now on
                await pipe.execute()
        return Learned(bool(added or gone), change)

    async def forget(self, site: str) -> None:
        """Delete everything learned about `site`."""
        async with failures("deleting boilerplate"):
            await self._redis.delete(*(keys.boilerplate(site, part) for part in ("pages", "learned", "shapes")))


def _pack(block: str) -> bytes:
    return (b"\x01" if block.endswith("L") else b"\x00") + bytes.fromhex(block[:16])


def _known(pages: list[bytes], blocks: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """Return the stories in which each of these blocks occurred."""
    names = {_pack(block): block for block in blocks}
    known: dict[str, frozenset[str]] = {}
    for page in pages:
        story = frozenset({page[:8].hex()})
        for packed in names.keys() & {page[at : at + 9] for at in range(8, len(page), 9)}:
            known[names[packed]] = known.get(names[packed], frozenset()) | story
    return known


def _shape(record: bytes) -> Shape:
    words, filled = record.decode().split(":")
    return Shape(int(words), tuple(char == "1" for char in filled))


def _texts(found: Mapping[bytes | str, bytes | str]) -> dict[str, str]:
    return {_text(key): _text(value) for key, value in found.items()}


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
