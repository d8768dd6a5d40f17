"""What the chaos runs found, each as a small test."""

from __future__ import annotations

import pytest
from crawl_pages import article, feed
from mocksite import MockSite

from crawler.dedupe.urls import canonical_url, url_key
from crawler.extensions.leases import Leases

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_a_killed_crawl_held_is_the_next_ones_of_its_source(room, site: MockSite):
    urls = [site.url(f"/news/left-{n}") for n in range(3)]
    for n in range(3):
        site.put(f"/news/left-{n}", article(f"left page {n}"))
    site.put("/feed.xml", feed(urls))
    room.use(f"sources:\n  - {{id: a, feed: '{site.url('/feed.xml')}', delay: 0s}}\n")
    killed = Leases(room.runtime, "source a")
    for url in urls:
        await killed.claim(url_key(canonical_url(url)))
    assert (await room.crawl(task="crawl:a:another-one")).new == 3, "not after the lease, a quarter of an hour later"


async def test_what_another_source_holds_is_left_to_it(room, site: MockSite):
    site.put("/news/theirs", article("their page"))
    site.put("/feed.xml", feed([site.url("/news/theirs")]))
    room.use(f"sources:\n  - {{id: a, feed: '{site.url('/feed.xml')}', delay: 0s}}\n")
    await Leases(room.runtime, "source b").claim(url_key(canonical_url(site.url("/news/theirs"))))
    assert (await room.crawl()).new == 0


async def test_robots_is_asked_for_once_however_many_pages_wait_for_it(room, site: MockSite):
    for n in range(6):
        site.put(f"/news/away-{n}", article(f"page elsewhere {n}"), host=1)
    site.put("/feed.xml", feed([site.url(f"/news/away-{n}", 1) for n in range(6)]), host=0)
    room.use(f"sources:\n  - {{id: a, feed: '{site.url('/feed.xml')}', private_hosts: [127.0.0.2], delay: 0s}}\n")
    assert (await room.crawl()).new == 6
    assert len(site.asked("/robots.txt", 1)) == 1
