"""Sites whose listings do not say what is new: their articles are found all the same, at a bounded cost."""

from __future__ import annotations

import pytest
from mocksite import MockSite
from site_shapes import SHAPES, start

from crawler.items import OVERFLOW

pytestmark = pytest.mark.asyncio(loop_scope="session")
REQUESTS = 12  # of a crawl that finds nothing new: listings, children of an index, home page, a section


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
async def test_every_new_article_is_found_within_two_crawls(room, site: MockSite, shape: str):
    paper = start(site, 0, shape)
    room.use(f"sources: [{{id: a, site: '{paper.home}', delay: 0s}}]")
    for _ in range(3):
        site.clear()
        await room.crawl()
    assert len([one for one in site.requests if not one.path.startswith("/news/")]) <= REQUESTS
    news = paper.publish(20 if shape == "feed-of-five" else 2)
    for _ in range(2):
        await room.crawl()
    assert news <= {one.canonical_url for one in room.articles()}
    assert not [one for one in site.requests if "old" in one.path], "nothing of former years is fetched"


@pytest.mark.slow
async def test_a_feed_that_holds_less_than_a_poll_brings_is_reported(room, site: MockSite):
    paper = start(site, 0, "feed-of-five")
    room.use(f"sources: [{{id: a, feed: '{paper.url('/rss.xml')}', delay: 0s}}]")
    assert not dict((await room.crawl()).observed.signals)
    paper.publish(20)
    signs = dict((await room.crawl()).observed.signals)
    assert signs[OVERFLOW].startswith("all 5 entries of")


@pytest.mark.slow
async def test_a_home_page_that_is_ahead_of_the_feed_is_reported_and_polled_from_then_on(room, site: MockSite):
    paper = start(site, 0, "feed-that-stands-still")
    room.use(f"sources: [{{id: a, site: '{paper.home}', delay: 0s}}]")
    for _ in range(3):
        await room.crawl()
    paper.publish(1)
    signs = [dict((await room.crawl()).observed.signals) for _ in range(2)]
    assert any("lists 1 new article" in one.get("incomplete", "") for one in signs)
    for _ in range(2):
        (news,) = paper.publish(1)
        await room.crawl()
        assert news in {one.canonical_url for one in room.articles()}, "at once now"
