"""Other listings of a source's site are read rarely, and what they name beyond the source's own is crawled too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from crawl_pages import article, feed
from mocksite import MockSite

from crawler.service.worker.crawls import Crawls

pytestmark = pytest.mark.asyncio(loop_scope="session")
AN_HOUR = 8  # articles


def sitemap(element: str, urls: list[str], now: datetime) -> str:
    """A sitemap, or an index of sitemaps, in which everything has the same lastmod."""
    rows = "".join(f"<{element}><loc>{url}</loc><lastmod>{now:%Y-%m-%dT%H:%MZ}</lastmod></{element}>" for url in urls)
    root = {"url": "urlset", "sitemap": "sitemapindex"}[element]
    return f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</{root}>'


class Paper:
    """A newspaper: its feed and its sitemap each leave out some articles; the home page links to the newest.

    `index`: the sitemap is an index with another child each hour.
    """

    def __init__(self, site: MockSite, *, index: bool = False) -> None:
        self.site = site
        self.index = index
        self.names: list[str] = []
        site.put("/robots.txt", f"User-agent: *\nAllow: /\nSitemap: {site.url('/news.xml')}\n")

    def in_feed(self, number: int) -> bool:
        return number % 4 != 3

    def in_sitemap(self, number: int) -> bool:
        return number % 7 != 5

    def publish(self, count: int, now: datetime) -> None:
        first = len(self.names)
        for number in range(first, first + count):
            self.names.append(f"/news/barge-{number}-reaches-the-harbour-at-dawn")
            self.site.put(self.names[-1], article(f"barge {number}"))
        newest = list(enumerate(self.names))[-40:]
        self.site.put("/feed.xml", feed([self.site.url(name) for number, name in newest if self.in_feed(number)]))
        listed = newest[-count:] if self.index else newest
        self.put_sitemap([self.site.url(name) for number, name in listed if self.in_sitemap(number)], now)
        links = "".join(
            f'<p><a href="{name}">Barge {n} reaches the harbour at dawn</a></p>' for n, name in newest[-24:]
        )
        self.site.put("/", f"<html><body><h1>Paper</h1>{links}</body></html>")

    def put_sitemap(self, urls: list[str], now: datetime) -> None:
        child = f"/part-{len(self.names)}.xml" if self.index else "/news.xml"
        self.site.put(child, sitemap("url", urls, now))
        if self.index:
            self.site.put("/news.xml", sitemap("sitemap", [self.site.url(child)], now))

    def missing(self, within: slice) -> set[str]:
        """Return the addresses that the feed leaves out, of these articles."""
        numbers = range(len(self.names))[within]
        return {self.site.url(self.names[number]) for number in numbers if not self.in_feed(number)}


async def watched(room, paper: Paper, hours: int, credit: float = 0.0) -> None:
    """Publish articles and crawl every hour, by a clock of its own. `credit`: requests for checks, given at first."""
    quick = room.settings.copy()
    quick.setdict({"AUTOTHROTTLE_ENABLED": False, "CONCURRENT_REQUESTS_PER_DOMAIN": 4}, priority="cmdline")
    crawls = Crawls(room.runtime, quick)
    now = datetime(2026, 11, 2, 6, tzinfo=UTC)
    room.runtime.now = lambda: now
    paper.publish(AN_HOUR, now)
    room.use(f"sources: [{{id: a, feed: '{paper.site.url('/feed.xml')}', delay: 0s}}]")
    await crawls.crawl("a", "first")
    if credit:
        room.runtime.check_credit["a"] = await room.runtime.state.checks.earn("a", credit)
    for hour in range(hours):
        now += timedelta(hours=1)
        paper.publish(AN_HOUR, now)
        await crawls.crawl("a", f"hour-{hour}")


async def test_what_the_feed_leaves_out_is_found_and_names_the_listing(room, site: MockSite):
    paper = Paper(site)
    await watched(room, paper, hours=4, credit=4)
    stored = {one.canonical_url: one.found_by for one in room.articles()}
    hidden = paper.missing(slice(2 * AN_HOUR, -AN_HOUR))  # the first reading of a listing only shows what is old
    assert hidden
    assert hidden <= stored.keys()
    assert {stored[url] for url in hidden} <= {site.url("/news.xml"), site.url("/")}
    assert not any(stored[url] for url in stored.keys() - paper.missing(slice(None)))


async def test_the_new_child_of_a_sitemap_index_names_new_articles(room, site: MockSite):
    paper = Paper(site, index=True)
    await watched(room, paper, hours=4, credit=8)
    by = {one.canonical_url: one.found_by for one in room.articles()}
    found = [number for number, name in enumerate(paper.names) if by.get(site.url(name)) == site.url("/news.xml")]
    assert found
    assert all(paper.in_sitemap(number) and not paper.in_feed(number) for number in found)


async def test_checks_cost_three_percent_of_the_requests_at_most(room, site: MockSite):
    await watched(room, Paper(site), hours=8)
    paths = [one.path for one in site.requests]
    checks = sum(path in {"/", "/news.xml"} for path in paths)
    assert 0 < checks <= 0.03 * len(paths)
