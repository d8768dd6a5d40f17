"""State of sites: what to poll, what to check it with, the children of sitemap indexes, and turns of pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime

from redis.asyncio import Redis

from crawler.discover.sitemaps.choice import ChildHistory
from crawler.schedule.check_plan import CheckListing, CheckPlan
from crawler.state import keys
from crawler.state.client import failures


@dataclass(frozen=True, slots=True)
class EntryPoints:
    """The (kind, URL) pairs to poll on a site, and further section pages to read when these are quiet."""

    points: tuple[tuple[str, str], ...] = ()
    sections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Index:
    """A sitemap index as last read: its children (URL, lastmod), and by URL the results of their last readings."""

    children: tuple[tuple[str, datetime | None], ...] = ()
    past: Mapping[str, ChildHistory] = field(default_factory=dict)

    def after(self, read: Mapping[str, bool], now: datetime) -> Index:
        """Return the index after a crawl. `read`: by URL of a child that was read, whether it had something new."""
        past = dict(self.past)
        for url, found_new in read.items():
            quiet = 0 if found_new else past.get(url, ChildHistory()).unchanged_reads + 1
            past[url] = ChildHistory(now.timestamp(), quiet)
        return replace(self, past=past)


class SiteMemory:
    """Sites and sitemap indexes by URL key. Every method raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def entry_points(self, key: int) -> EntryPoints:
        """Return the entry points found by exploring the site; without points if it has to be explored."""
        async with failures("reading entry points"):
            found = json.loads(await self._redis.get(keys.site(key)) or "{}")
        if isinstance(found, list):  # the format of version 0.1.0, before sections were stored
            found = {"points": found}
        points = tuple((str(kind), str(url)) for kind, url in found.get("points", ()))
        return EntryPoints(points, tuple(map(str, found.get("sections", ()))))

    async def save_entry_points(self, key: int, found: EntryPoints) -> None:
        """Save `found` for a day."""
        text = json.dumps({"points": found.points, "sections": found.sections})
        async with failures("saving entry points"):
            await self._redis.set(keys.site(key), text, ex=keys.SITE_TTL_S)

    async def add_entry_point(self, key: int, kind: str, url: str) -> None:
        """Add a listing to poll until the site is explored again."""
        found = await self.entry_points(key)
        if found.points and (kind, url) not in found.points:
            text = json.dumps({"points": (*found.points, (kind, url)), "sections": found.sections})
            async with failures("saving entry points"):
                await self._redis.set(keys.site(key), text, keepttl=True)

    async def forget(self, key: int) -> None:
        """Delete the entry points, so that the next crawl explores the site again."""
        async with failures("deleting entry points"):
            await self._redis.delete(keys.site(key))

    async def next_turn(self, key: int) -> int:
        """Count a crawl of the site that found nothing new; return the count, which expires."""
        async with failures("counting crawls of a site"), self._redis.pipeline(transaction=False) as pipe:
            pipe.incr(keys.turn(key))
            pipe.expire(keys.turn(key), keys.SITE_TTL_S)
            return int((await pipe.execute())[0])

    async def index(self, key: int) -> Index:
        """Return the stored state of the sitemap index with the URL key `key`."""
        async with failures("reading a sitemap index"):
            found = json.loads(await self._redis.get(keys.index(key)) or "[]")
        children = tuple((url, datetime.fromtimestamp(lastmod, UTC) if lastmod else None) for url, lastmod, *_ in found)
        past = {url: ChildHistory(read_s, quiet) for url, _, read_s, quiet in found if read_s}
        return Index(children, past)

    async def save_index(self, key: int, index: Index) -> None:
        """Save `index`; the state of children that it does not contain any more is dropped."""
        rows = [
            (url, lastmod and lastmod.timestamp(), *_numbers(index.past.get(url, ChildHistory())))
            for url, lastmod in index.children
        ]
        async with failures("saving a sitemap index"):
            await self._redis.set(keys.index(key), json.dumps(rows), ex=keys.INDEX_TTL_S)


class CheckPlans:
    """Check plans by source. Every method raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def plan(self, source: str) -> CheckPlan:
        """Return the plan of a source; an empty one if it has none."""
        async with failures("reading a check plan"):
            found = json.loads(await self._redis.get(keys.check_plan(source)) or "{}")
        listings = tuple(CheckListing(*one) for one in found.get("listings", ()))
        return CheckPlan(found.get("scope", ""), listings)

    async def save(self, source: str, plan: CheckPlan) -> None:
        """Save a plan; only one crawl of a source runs at a time."""
        text = json.dumps({"scope": plan.scope, "listings": [astuple(one) for one in plan.listings]})
        async with failures("saving a check plan"):
            await self._redis.set(keys.check_plan(source), text, ex=keys.CHECK_PLAN_TTL_S)

    async def earn(self, source: str, requests: float) -> float:
        """Add to the credit of a source, in requests, and return it; spent credit is negative."""
        name = keys.check_credit(source)
        async with failures("counting requests for checks"), self._redis.pipeline(transaction=False) as pipe:
            pipe.incrbyfloat(name, requests)
            pipe.expire(name, keys.CHECK_PLAN_TTL_S)
            return float((await pipe.execute())[0])


def _numbers(past: ChildHistory) -> tuple[float, int]:
    return past.read_s, past.unchanged_reads
