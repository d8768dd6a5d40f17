"""Attempts at a URL: failed fetches, and attempts at reading its page, in one hash of Redis.

A reading is counted before it begins, so that an attempt that never ends is noticed: a page that kills, blocks or
exhausts its process is recognized by the count, even if the whole worker died with it. After too many attempts the page
is quarantined.
"""

from __future__ import annotations

import json
from asyncio import CancelledError
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from crawler.errors import StateError
from crawler.state import keys
from crawler.state.client import Script, failures

_READING = ("tries", "open", "why")  # the fields about reading the page; the others are about fetching it
FIRST_PAUSE_S = 300.0
UNANSWERED_PAUSE_S = 30.0  # if no host answered: the network of this machine may have been away
SHORT_PAUSES = 3  # so many of them are not longer than the first
MOST = 1000  # quarantined pages; beyond, the oldest are deleted

# KEYS: attempt. ARGV: most tries, lifetime in s. Returns the tries, this one included, whether the previous one never
# ended, and why the last one failed. A try beyond the limit is not counted, because it is not made.
_BEGIN = """
local kept = redis.call('HMGET', KEYS[1], 'tries', 'open', 'why')
local tries = tonumber(kept[1] or '0') + 1
if tries <= tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'tries', tries, 'open', 1)
  if tries == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
end
return {tries, kept[2] == '1' and 1 or 0, kept[3] or ''}
"""
# KEYS: attempt. ARGV: whether the previous try never ended. Withdraws the last try, which had no result.
_WITHDRAW = """
if redis.call('HEXISTS', KEYS[1], 'tries') == 0 then return end
if redis.call('HINCRBY', KEYS[1], 'tries', -1) > 0 then redis.call('HSET', KEYS[1], 'open', ARGV[1])
else redis.call('HDEL', KEYS[1], 'tries', 'open', 'why') end
"""
# KEYS: attempt, claim. ARGV: first pause in ms, longest pause in ms, lifetime of the counts in s, number of pauses as
# short as the first, whether a host answered (1 or 0). Counts a failed fetch and takes the claim for a growing pause.
# Returns the answered failures within the lifetime, and the others.
_FETCH_FAILED = """
local now = tonumber(redis.call('TIME')[1])
local kept = redis.call('HMGET', KEYS[1], 'failed', 'unanswered', 'failed_at', 'tries')
local is_old = now - tonumber(kept[3] or '0') >= tonumber(ARGV[3])
local failed, unanswered = tonumber(not is_old and kept[1] or '0'), tonumber(not is_old and kept[2] or '0')
local answered = ARGV[5] == '1'
if answered then failed = failed + 1 else unanswered = unanswered + 1 end
redis.call('HSET', KEYS[1], 'failed', failed, 'unanswered', unanswered, 'failed_at', now)
if not kept[4] then redis.call('EXPIRE', KEYS[1], ARGV[3]) end
local grown = math.max(0, (answered and failed or unanswered) - tonumber(ARGV[4]))
local pause = math.min(tonumber(ARGV[2]), tonumber(ARGV[1]) * 4 ^ grown)
redis.call('SET', KEYS[2], answered and 'later' or 'unanswered ' .. now, 'PX', math.floor(pause))
return {failed, unanswered}
"""
# KEYS: list, its order. ARGV: key, entry, time, maximum number.
_QUARANTINE = """
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
local over = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[4])
if over > 0 then
  for _, gone in ipairs(redis.call('ZRANGE', KEYS[2], 0, over - 1)) do redis.call('HDEL', KEYS[1], gone) end
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, over - 1)
end
"""
# KEYS: list, its order. ARGV: key.
_REMOVE = "redis.call('HDEL', KEYS[1], ARGV[1]) redis.call('ZREM', KEYS[2], ARGV[1])"


class Attempt(NamedTuple):
    """An attempt. `tries` includes it; `crashed`: the previous one never ended; `why` that failed, "" if unknown."""

    tries: int
    crashed: bool
    why: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A page in quarantine. `key`: its URL key; `listing`: the URL of its listing, "" for a listing itself."""

    url: str
    key: int
    source: str
    why: str
    since: datetime
    listing: str = ""


class Failures(NamedTuple):
    """Failed fetches of a URL: those that a host `answered`, with whatever status, and the others."""

    answered: int
    unanswered: int


class Attempts:
    """Attempts by URL key (`crawler.dedupe.urls.url_key`). Every coroutine raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._begin = Script(redis, _BEGIN)
        self._quarantine = Script(redis, _QUARANTINE)
        self._remove = Script(redis, _REMOVE)
        self._withdraw = Script(redis, _WITHDRAW)
        self._fetch_failed = Script(redis, _FETCH_FAILED)
        self._open: dict[int, bool] = {}  # begun in this process; whether the previous try never ended
        self._ended: dict[int, bool | None] = {}  # to be written to Redis: None if successful, else withdrawn

    async def begin(self, key: int, most: int) -> Attempt:
        """Count a try before it begins, but not one beyond `most`. Earlier results are written to Redis with it."""
        with self._pending() as ended:
            async with failures("counting an attempt"), self._redis.pipeline(transaction=False) as pipe:
                self._queue(pipe, ended)
                self._begin.queue(pipe, [keys.attempt(key)], [most, keys.ATTEMPT_TTL_S])
                tries, crashed, why = (await pipe.execute())[-1]
        if int(tries) <= most:
            self._open[key] = bool(crashed)
        return Attempt(int(tries), bool(crashed), why.decode("utf-8", "replace") if isinstance(why, bytes) else why)

    def succeeded(self, key: int) -> None:
        """Record that a try succeeded; written to Redis with the next one, or by `flush`."""
        self._open.pop(key, None)
        self._ended[key] = None

    def withdraw(self, key: int) -> None:
        """Take back a try that was interrupted for another reason than the page; written as in `succeeded`."""
        crashed = self._open.pop(key, None)
        if crashed is not None:
            self._ended[key] = crashed

    async def flush(self) -> None:
        """Write successful and withdrawn tries to Redis."""
        with self._pending() as ended:
            if ended:
                async with failures("ending attempts"), self._redis.pipeline(transaction=False) as pipe:
                    self._queue(pipe, ended)
                    await pipe.execute()

    async def close(self) -> None:
        """Withdraw all open tries, before the process ends."""
        for key in list(self._open):
            self.withdraw(key)
        await self.flush()

    def _queue(self, pipe: Pipeline, ended: dict[int, bool | None]) -> None:
        for key, crashed in ended.items():
            if crashed is None:
                pipe.hdel(keys.attempt(key), *_READING)
            else:
                self._withdraw.queue(pipe, [keys.attempt(key)], [int(crashed)])

    @contextmanager
    def _pending(self) -> Iterator[dict[int, bool | None]]:
        """Yield the ended tries to write; after an outage they are kept for the next call."""
        ended, self._ended = self._ended, {}
        try:
            yield ended
        except (StateError, CancelledError):
            self._ended = ended | self._ended
            raise

    async def failed(self, key: int, why: str) -> None:
        """Record why a try failed, one that only harmed its own process."""
        self._open.pop(key, None)
        async with failures("saving a failed attempt"):
            await self._redis.hset(keys.attempt(key), mapping={"open": 0, "why": why[:300]})

    async def fetch_failed(
        self, key: int, *, answered: bool = True, first_s: float | None = None, longest_s: float = keys.LONGEST_PAUSE_S
    ) -> Failures:
        """Count a failed fetch of a URL, which no crawl claims for a growing pause (four times as long each time).

        Failures that no host `answered` are counted apart, with short pauses that end with an outage of our network.
        Return the number of failed fetches, each within TRIES_TTL_S of the one before. `first_s`: the first pause,
        instead of FIRST_PAUSE_S or UNANSWERED_PAUSE_S.
        """
        names = [keys.attempt(key), keys.claim("url", key)]
        first_s = first_s if first_s is not None else FIRST_PAUSE_S if answered else UNANSWERED_PAUSE_S
        pauses: list[str | float] = [int(first_s * 1000), int(longest_s * 1000)]
        args = [*pauses, keys.TRIES_TTL_S, 1 if answered else SHORT_PAUSES, int(answered)]
        async with failures("counting a failure"):
            return Failures(*map(int, await self._fetch_failed(keys=names, args=args)))

    async def forget(self, done: Iterable[int]) -> None:
        """Delete the tries of pages."""
        names = [keys.attempt(key) for key in done]
        if names:
            async with failures("deleting attempts"), self._redis.pipeline(transaction=False) as pipe:
                for name in names:
                    pipe.delete(name)
                await pipe.execute()

    async def quarantine(self, page: Quarantined, *, again_s: int = 0) -> None:
        """Quarantine a page. `again_s`: lifetime of its tries; 0 for the default."""
        entry = json.dumps(asdict(page) | {"since": page.since.isoformat()}, ensure_ascii=False)
        args: list[str | float] = [f"{page.key:x}", entry, page.since.timestamp(), MOST]
        async with failures("quarantining a page"):
            await self._quarantine(keys=[keys.QUARANTINE, keys.QUARANTINE_ORDER], args=args)
            await self.failed(page.key, page.why)
            if again_s:
                await self._redis.expire(keys.attempt(page.key), again_s)

    async def quarantined(self) -> list[Quarantined]:
        """Return the quarantined pages, newest first."""
        async with failures("reading the quarantine"):
            found = await self._redis.hvals(keys.QUARANTINE)
        entries = (json.loads(entry) for entry in found)
        pages = [Quarantined(**entry | {"since": datetime.fromisoformat(entry["since"])}) for entry in entries]
        return sorted(pages, key=lambda page: page.since, reverse=True)

    async def take_off(self, key: int) -> None:
        """Remove a page from quarantine."""
        async with failures("removing a page from quarantine"):
            await self._remove(keys=[keys.QUARANTINE, keys.QUARANTINE_ORDER], args=[f"{key:x}"])
