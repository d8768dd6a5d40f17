"""Stories: one atomic script finds the story of a text, or starts one.

Each story has postings (hash of a shingle -> numbers of stories) and one record. Both are fields of small Redis
hashes, which grow in number with the postings, one split at a time (linear hashing, Litwin 1980): a hash of some
fifty short fields costs 15 bytes per field, where a key for each takes 200. Postings refer to stories, not to articles.

Time: two generations of WINDOW_S each are searched, so a story is found for one to two windows after its last new text.
A generation ends by its age; a clock that jumps forward ends one, never both, and none by jumping back. Older ones are
deleted a few keys per call.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any

from redis.asyncio import Redis

from crawler.dedupe.sketch import HASH_BYTES, Sketch, pack
from crawler.state import keys
from crawler.state.client import Script, failures
from crawler.state.cluster import slot_guard

MIN_SHARED = 5  # hashes
MIN_SHARE = 0.2  # of the smaller text
MAX_STORIES = 5  # a shingle of more stories is boilerplate, and is ignored
LONGER = 1.3  # a text longer than the story's by this factor is added to it
DIFFERENT = 0.6  # and so is one that shares less than this
MAX_ADDED = 3  # texts beside the first
# Another report of the same template: this many facts fewer than a copy would share, and less than this part of them.
NUMBERS_MISSING, NUMBERS_LEFT = 2, 0.45
NAMES_MISSING, NAMES_LEFT = 3, 0.4
NUMBERS_AGREE = 0.6  # of the numbers that a copy would share: then names are ignored

_CONSTANTS = {
    "WINDOW_S": keys.STORY_WINDOW_S,
    "HASH_BYTES": HASH_BYTES,
    "FIELDS_A_KEY": 48,
    "SWEEP": 200,
    "MIN_SHARED": MIN_SHARED,
    "MIN_SHARE": MIN_SHARE,
    "MAX_STORIES": MAX_STORIES,
    "LONGER": LONGER,
    "DIFFERENT": DIFFERENT,
    "MAX_ADDED": MAX_ADDED,
    "NUMBERS_MISSING": NUMBERS_MISSING,
    "NUMBERS_LEFT": NUMBERS_LEFT,
    "NAMES_MISSING": NAMES_MISSING,
    "NAMES_LEFT": NAMES_LEFT,
    "NUMBERS_AGREE": NUMBERS_AGREE,
}
_SCRIPT = "".join(f"local {name} = {value}\n" for name, value in _CONSTANTS.items()) + (
    resources.files("crawler.state").joinpath("stories.lua").read_text("utf-8")
)

FIND = 0
NEW = -1


@dataclass(frozen=True, slots=True)
class Place:
    """The story of a text. `number` identifies the story inside Redis only, `key` everywhere."""

    number: int
    key: str
    is_new: bool
    share: float  # of the smaller text, estimated from the samples


class StoryIndex:
    """The stories of the last days. Every method raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._place = Script(redis, _SCRIPT)
        self._names = [keys.STORIES, slot_guard(keys.STORIES)]

    async def place(self, sketch: Sketch, key: str, now: datetime, *, number: int = FIND) -> Place:
        """Find the story of a text or start one with `key` (16 hex digits), in one atomic step.

        The same text finds the same story again. `number`: FIND, or the known story of the text, or NEW.
        """
        args: list[Any] = [int(now.timestamp()), pack(sketch.hashes), sketch.shingles, sketch.rate, int(sketch.exact)]
        async with failures("finding a story"):
            found, name, new, share = await self._place(keys=self._names, args=[*args, key, number, sketch.facts])
        return Place(int(found), name.decode(), bool(new), int(share) / 1000)

    async def lost(self) -> bool:
        """Return whether stories of the archive may be missing: `complete` was not called since Redis was empty."""
        async with failures("searching stories"):
            return not await self._redis.hexists(keys.STORIES, "whole")

    async def complete(self) -> None:
        """Record that all stories of the archive are here."""
        async with failures("saving stories"):
            await self._redis.hset(keys.STORIES, "whole", "1")

    async def forget(self) -> None:
        """Delete everything, a few keys at a time."""
        async with failures("deleting stories"):
            await self._redis.unlink(keys.STORIES)
            names = [name async for name in self._redis.scan_iter(match=f"{keys.STORIES}:*", count=1000)]
            for at in range(0, len(names), 500):
                await self._redis.unlink(*names[at : at + 500])
