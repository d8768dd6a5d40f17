"""Sites of the farm on loopback, crawled by the real spiders by a clock that moves an hour between crawls."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import bench_room  # puts tests/ on sys.path
from coverage_farm import SHAPES, Listing, Site, publish
from mocksite import MockSite
from news_pages import article_page

from crawler.archive.coverage.sightings import SourceWeek
from crawler.config import parse_watch
from crawler.runtime import Runtime
from crawler.service.scheduler.coverage import SETTLED, WINDOW, CoverageWatch
from crawler.service.worker.reactor import twisted

STEP = timedelta(hours=1)
DAY = timedelta(days=1)
KINDS = {"home": "section", "section": "site"}  # of a listing: of the source that polls it


@dataclass(slots=True)
class Crawled:
    """A site, its requests, and what was found. `checked`: when each other listing had been read once.

    `weeks`: with the number of articles published in each: those that were found count by the time when they were.
    """

    site: Site
    requests: int = 0
    checks: int = 0
    checked: datetime | None = None
    hidden: int = 0
    found: int = 0
    weeks: list[tuple[SourceWeek, int]] = field(default_factory=list)


class Stage:
    """Sites on the hosts of a mock site."""

    def __init__(self, web: MockSite, sites: list[Site]) -> None:
        self.web, self.sites = web, sites
        self.put: list[int] = [0] * len(sites)

    def watch_text(self) -> str:
        """Return the watch file: a source for each site, which polls the first of its own listings."""
        rows = []
        for host, site in enumerate(self.sites):
            own = next(one for one in site.listings if one.own)
            path = "/" if own.kind == "section" else own.path
            rows.append(
                f"  - {{id: {site.name}, {KINDS.get(own.kind, own.kind)}: '{self.web.url(path, host)}', delay: 0s}}"
            )
        return "sources:\n" + "\n".join(rows)

    def publish(self, now: datetime) -> None:
        """Publish what is due until now."""
        for host, site in enumerate(self.sites):
            count = sum(one.at <= now for one in site.articles)
            for number in range(self.put[host], count):
                self.web.put(site.url(number), article_page(host * 10_000 + number, links=20, teasers=0), host=host)
            self.put[host] = count
            for position, listing in enumerate(site.listings):
                self.put_listing(host, site, listing, site.visible(position, now))
            named = [one.path for one in site.listings if one.kind == "sitemap"]
            robots = "".join(f"Sitemap: {self.web.url(path, host)}\n" for path in named)
            self.web.put("/robots.txt", f"User-agent: *\nAllow: /\n{robots}", host=host)

    def put_listing(self, host: int, site: Site, listing: Listing, numbers: list[int]) -> None:
        """Write a listing: newest articles first."""
        rows = [(self.web.url(site.url(n), host), site.articles[n].at, n) for n in reversed(numbers)]
        if listing.kind == "feed":
            items = "".join(f"<item><title>Matter {n}</title><link>{url}</link></item>" for url, _, n in rows)
            body = f'<rss version="2.0"><channel><title>F</title>{items}</channel></rss>'
        elif listing.kind == "sitemap":
            body = self.sitemap(host, site, listing, rows)
        else:
            feeds = [one for one in site.listings if one.kind == "feed"]
            head = "".join(f'<link rel="alternate" type="application/rss+xml" href="{one.path}">' for one in feeds)
            links = "".join(f'<p><a href="{url}">A board argues about matter {n} again</a></p>' for url, _, n in rows)
            sections = "".join(f'<a href="{one.path}">Part</a> ' for one in site.listings if one.kind == "section")
            body = f"<html><head><title>Paper</title>{head}</head><body><nav>{sections}</nav>{links}</body></html>"
        self.web.put(listing.path, body, host=host)

    def sitemap(self, host: int, site: Site, listing: Listing, rows: list[tuple[str, datetime, int]]) -> str:
        """Return a news sitemap, or an index with a child for each day, which are written too."""
        dated = site.shape != "sitemap index, no lastmod"
        if listing.path == "/news.xml":
            return _sitemap("url", [(url, at) for url, at, _ in rows], dated=True)
        children: dict[str, list[tuple[str, datetime]]] = {}
        for url, at, _ in rows:
            children.setdefault(f"/sitemap-{at:%Y-%m-%d}.xml", []).append((url, at))
        for path, some in children.items():
            self.web.put(path, _sitemap("url", some, dated=dated), host=host)
        newest = [(self.web.url(path, host), some[0][1]) for path, some in children.items()]
        return _sitemap("sitemap", newest, dated=dated)


def _sitemap(element: str, rows: list[tuple[str, datetime]], *, dated: bool) -> str:
    root = {"url": "urlset", "sitemap": "sitemapindex"}[element]
    lines = "".join(
        f"<{element}><loc>{url}</loc>{f'<lastmod>{at:%Y-%m-%dT%H:%M:%SZ}</lastmod>' if dated else ''}</{element}>"
        for url, at in rows
    )
    return f'<?xml version="1.0"?><{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{lines}</{root}>'


async def crawl_farm(folder: Path, count: int, begin: datetime, days: int) -> list[Crawled]:
    """Crawl sites of all shapes, with independent listings, every hour for so many days."""
    end, shapes = begin + timedelta(days=days), list(SHAPES)
    sites = [
        publish(f"crawled-{n}", shapes[n % len(shapes)], "independent", STEP, random.Random(f"c{n}"), begin - DAY, end)
        for n in range(count)
    ]
    with MockSite(hosts=count) as web:
        stage = Stage(web, sites)
        watch = parse_watch(stage.watch_text(), {}, subject="farm")
        async with twisted(), bench_room.crawls(watch, folder, 1) as (runtime, crawls):
            results, now = [Crawled(site) for site in sites], begin
            runtime.now = lambda: now
            while now < end:
                stage.publish(now)
                names = [one.site.name for one in results]
                await asyncio.gather(*(crawls.crawl(name, f"{name}-{now:%d-%H}") for name in names))
                for one in results:
                    if one.checked is None and await _all_read(runtime, one.site.name):
                        one.checked = now
                now += STEP
            for host, one in enumerate(results):
                plan = await runtime.state.checks.plan(one.site.name)
                _count(web, host, one, {urlsplit(listing.url).path for listing in plan.listings})
                await _judge(web, host, runtime, one, begin, end)
    return results


async def _all_read(runtime: Runtime, source: str) -> bool:
    plan = await runtime.state.checks.plan(source)
    return bool(plan.listings) and all(one.read_s for one in plan.listings)


def _count(web: MockSite, host: int, one: Crawled, checked: Collection[str]) -> None:
    """Count the requests by the server's log. `checked`: the paths of listings that are read as checks."""
    paths = [request.path for request in web.requests if request.host == host]
    one.checks = sum(path in checked for path in paths)
    one.requests = len(paths) - one.checks


async def _judge(web: MockSite, host: int, runtime: Runtime, one: Crawled, begin: datetime, end: datetime) -> None:
    """Estimate, and count the hidden articles that were found within a day."""
    source, archive = runtime.watch.source_by_id[one.site.name], runtime.archive
    await archive.call(CoverageWatch(archive.sync).judge, source, end)
    rows = [row.article for row in archive.sync.items() if row.article.source == source.id]
    found = {row.canonical_url: row.found for row in rows}
    at = {n: found.get(web.url(one.site.url(n), host)) for n in range(len(one.site.articles))}
    for week in await archive.call(archive.sync.coverage.weeks, begin - WINDOW, source.id):
        published = one.site.published(max(begin, week.week), min(week.week + WINDOW, end - SETTLED))
        one.weeks.append((week, week.recall.seen + sum(at[number] is None for number in published)))
    for number in one.site.published(one.checked or end, end - DAY):
        if one.site.hidden(number):
            one.hidden += 1
            one.found += at[number] is not None and at[number] - one.site.articles[number].at <= DAY
