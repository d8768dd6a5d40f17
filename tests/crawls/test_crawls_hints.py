"""A crawl remembers what its feed and its server ask for."""

from __future__ import annotations

import time

import pytest
from crawl_pages import article, feed
from mocksite import MockSite

from crawler.state.asked import Listing

pytestmark = pytest.mark.asyncio(loop_scope="session")

ELEMENTS = b"<ttl>30</ttl><skipHours><hour>3</hour></skipHours>"


def watch(site: MockSite, extra: str = "") -> str:
    return f"sources:\n  - {{id: a, feed: '{site.url('/feed.xml')}', delay: 0s{extra}}}\n"


async def heard(room) -> list[Listing]:
    return (await room.runtime.state.asked.of(["a"])).get("a", [])


async def test_pauses_and_freshness_are_noted_and_a_304_keeps_what_the_feed_said(room, site: MockSite):
    site.put("/news/quay.html", article("the-quay"))
    body = feed([site.url("/news/quay.html")])
    body = (body.encode() if isinstance(body, str) else body).replace(b"<channel>", b"<channel>" + ELEMENTS)
    site.put("/feed.xml", body, headers={"ETag": '"1"', "Cache-Control": "max-age=600", "Age": "100"})
    room.use(watch(site))
    await room.crawl()
    (first,) = await heard(room)
    assert (first.pause_s, first.skip_hours, first.hub) == (1800, (3,), "")
    assert 480 < first.fresh_until - time.time() <= 500
    run = await room.crawl()
    assert run.unchanged == 1
    (second,) = await heard(room)
    assert (second.pause_s, second.skip_hours) == (1800, (3,))
    assert second.fresh_until >= first.fresh_until


async def test_a_source_with_an_interval_of_its_own_notes_nothing_but_a_hub(room, site: MockSite):
    site.put("/feed.xml", feed([]), headers={"Cache-Control": "max-age=600"})
    room.use(watch(site, ", every: 5m"))
    await room.crawl()
    assert await heard(room) == []
