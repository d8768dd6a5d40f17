"""Other listings of a source's site are read rarely, and what they name beyond the source's own is crawled too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from crawl_pages import article, feed
from mocksite import MockSite

from crawler.service.worker.crawls import Crawls

pytestmark = pytest.mark.asyncio(loop_scope="session")
AN_HOUR = 8  # articles


class Paper:
    """A newspaper: its feed and its news sitemap each leave out some articles; the home page links to the newest."""

    def __init__(self, site: MockSite) -> None:
        self.site = site
        self.names: list[str] = []
        site.put("/robots.txt", f"User-agent: *\nAllow: /\nSitemap: {site.url('/news.xml')}\n")
        self.render()

    def in_feed(self, number: int) -> bool:
        return number % 4 != 3

    def in_sitemap(self, number: int) -> bool:
        return number % 7 != 5

    def publish(self, count: int) -> None:
        for _ in range(count):
            number = len(self.names)
            name = f"/news/barge-{number}-reaches-the-harbour-at-dawn"
            self.names.append(name)
            self.site.put(name, article(f"barge {number}"))
        self.render()

    def render(self) -> None:
        newest = list(enumerate(self.names))[-40:]
        self.site.put("/feed.xml", feed([self.site.url(name) for number, name in newest if self.in_feed(number)]))
        urls = "".join(
            f"<url><loc>{self.site.url(name)}</loc></url>" for number, name in newest if self.in_sitemap(number)
        )
        self.site.put("/news.xml", f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>')
        links = "".join(
            f'<p><a href="{name}">Barge {n} reaches the harbour at dawn</a></p>' for n, name in newest[-24:]
        )
        self.site.put("/", f"<html><body><h1>Paper</h1>{links}</body></html>")

    def missing(self, within: slice) -> set[str]:
        """Return the addresses that the feed leaves out, of these articles."""
        numbers = range(len(self.names))[within]
        return {self.site.url(self.names[number]) for number in numbers if not self.in_feed(number)}


async def watched(room, site: MockSite, hours: int, credit: float = 0.0) -> Paper:
    """Publish articles and crawl every hour, by a clock of its own. `credit`: requests for checks, given at first."""
    quick = room.settings.copy()
    quick.setdict({"AUTOTHROTTLE_ENABLED": False, "CONCURRENT_REQUESTS_PER_DOMAIN": 4}, priority="cmdline")
    crawls = Crawls(room.runtime, quick)
    now = datetime(2026, 11, 2, 6, tzinfo=UTC)
    room.runtime.now = lambda: now
    paper = Paper(site)
    paper.publish(AN_HOUR)
    room.use(f"sources: [{{id: a, feed: '{site.url('/feed.xml')}', delay: 0s}}]")
    await crawls.crawl("a", "first")
    if credit:
        room.runtime.check_credit["a"] = await room.runtime.state.checks.earn("a", credit)
    for hour in range(hours):
        now += timedelta(hours=1)
        paper.publish(AN_HOUR)
        await crawls.crawl("a", f"hour-{hour}")
    return paper


async def test_what_the_feed_leaves_out_is_found_and_names_the_listing(room, site: MockSite):
    paper = await watched(room, site, hours=4, credit=4)
    stored = {one.canonical_url: one.found_by for one in room.articles()}
    hidden = paper.missing(slice(2 * AN_HOUR, -AN_HOUR))  # the first reading of a listing only shows what is old
    assert hidden
    assert hidden <= stored.keys()
    assert {stored[url] for url in hidden} <= {site.url("/news.xml"), site.url("/")}
    assert not any(stored[url] for url in stored.keys() - paper.missing(slice(None)))


async def test_checks_cost_three_percent_of_the_requests_at_most(room, site: MockSite):
    await watched(room, site, hours=8)
    paths = [one.path for one in site.requests]
    checks = sum(path in {"/", "/news.xml"} for path in paths)
    assert 0 < checks <= 0.03 * len(paths)
