"""A crawl remembers what its feed and its server ask for."""

from __future__ import annotations

import time

import pytest
from crawl_pages import NEIGHBOURS, article, feed
from mocksite import MockSite

from crawler.state.poll_hints import Listing

pytestmark = pytest.mark.asyncio(loop_scope="session")

ELEMENTS = b"<ttl>30</ttl><skipHours><hour>3</hour></skipHours>"


def watch(site: MockSite, extra: str = "") -> str:
    return f"sources:\n  - {{id: a, feed: '{site.url('/feed.xml')}', {NEIGHBOURS}, delay: 0s{extra}}}\n"


async def heard(room) -> list[Listing]:
    return (await room.runtime.state.poll_hints.of(["a"])).get("a", [])


async def test_pauses_and_freshness_are_noted_and_a_304_keeps_what_the_feed_said(room, site: MockSite):
    site.put("/news/quay.html", article("the-quay"))
    body = feed([site.url("/news/quay.html")])
    body = (body.encode() if isinstance(body, str) else body).replace(b"<channel>", b"<channel>" + ELEMENTS)
    site.put("/feed.xml", body, headers={"ETag": '"1"', "Cache-Control": "max-age=600", "Age": "100"})
    room.use(watch(site))
    await room.crawl()
    (first,) = await heard(room)
    assert (first.pause_s, first.skip_hours, first.hub) == (1800, (3,), "")
    assert 480 < first.fresh_until - time.time() <= 501  # the time is kept in whole seconds
    run = await room.crawl()
    assert run.unchanged == 1
    (second,) = await heard(room)
    assert (second.pause_s, second.skip_hours) == (1800, (3,))
    assert second.fresh_until >= first.fresh_until


async def test_a_feed_that_moved_names_its_topic_and_hub_at_the_new_place(room, site: MockSite):
    """https://www.w3.org/TR/websub/ section 6.1: who asks for the feed is led to its new place."""
    state, now = room.runtime.state, time.time()
    links = '<https://hub.example/>; rel="hub", </old.xml>; rel="self"'
    site.put("/feed.xml", feed([]), headers={"Link": links})
    room.use(watch(site))
    await room.crawl()
    (old,) = (await state.poll_hints.offers(now, ["a"]))["a"]
    assert (old.hub, old.topic) == ("https://hub.example/", site.url("/old.xml"))
    site.put("/feed.xml", status=301, headers={"Location": site.url("/2026/feed.xml", 1)})
    site.put("/2026/feed.xml", feed([]), headers={"Link": '</hub>; rel=hub, <topic.xml>; rel="self"'}, host=1)
    await room.crawl()
    (new,) = (await state.poll_hints.offers(now, ["a"]))["a"]
    assert (new.hub, new.topic) == (site.url("/hub", 1), site.url("/2026/topic.xml", 1))


async def test_a_source_with_an_interval_of_its_own_notes_nothing_but_a_hub(room, site: MockSite):
    site.put("/feed.xml", feed([]), headers={"Cache-Control": "max-age=600"})
    room.use(watch(site, ", every: 5m"))
    await room.crawl()
    assert await heard(room) == []
