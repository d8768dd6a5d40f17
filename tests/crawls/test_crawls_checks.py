"""Other listings of a source's site are read rarely, and what they name beyond the source's own is crawled too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from crawl_pages import article, feed
from mocksite import MockSite

pytestmark = pytest.mark.asyncio(loop_scope="session")
HOURS = 60


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
        newest = list(enumerate(self.names))[-30:]
        self.site.put("/feed.xml", feed([self.site.url(name) for number, name in newest if self.in_feed(number)]))
        urls = "".join(
            f"<url><loc>{self.site.url(name)}</loc></url>" for number, name in newest if self.in_sitemap(number)
        )
        self.site.put("/news.xml", f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>')
        links = "".join(
            f'<p><a href="{name}">Barge {n} reaches the harbour at dawn</a></p>' for n, name in newest[-12:]
        )
        self.site.put("/", f"<html><body><h1>Paper</h1>{links}</body></html>")

    def missing(self) -> set[str]:
        return {self.site.url(name) for number, name in enumerate(self.names) if not self.in_feed(number)}


async def watched(room, site: MockSite, hours: int = HOURS) -> Paper:
    """Publish two articles an hour and crawl every ten minutes, by a clock of its own."""
    now = datetime(2026, 11, 2, 6, tzinfo=UTC)
    room.runtime.now = lambda: now
    paper = Paper(site)
    paper.publish(12)
    room.use(f"sources: [{{id: a, feed: '{site.url('/feed.xml')}', delay: 0s}}]")
    for step in range(hours * 6):
        if step % 6 == 0:
            paper.publish(2)
        await room.crawl()
        now += timedelta(minutes=10)
    return paper


async def test_what_the_feed_leaves_out_is_found_at_a_cost_of_three_percent(room, site: MockSite):
    paper = await watched(room, site)
    stored = {one.canonical_url: one for one in room.articles()}
    late = {site.url(name) for name in paper.names[-48:]} | {site.url(name) for name in paper.names[:60]}
    hidden = paper.missing() - late
    found = hidden & stored.keys()
    assert len(found) == len(hidden)
    assert {stored[url].found_by for url in found} <= {site.url("/news.xml"), site.url("/")}
    assert not any(
        one.found_by for url, one in stored.items() if url not in paper.missing() - late and not one.found_by
    )
    asked = [one.path for one in site.requests]
    checks = sum(path in {"/", "/news.xml"} for path in asked)
    assert 0 < checks <= 0.03 * len(asked)
