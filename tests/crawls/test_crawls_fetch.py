"""Exactly one page, because somebody asked for it: on the way of every article, and no poll of its source."""

from __future__ import annotations

import asyncio

import pytest
from crawl_pages import article, feed
from mocksite import MockSite

from crawler.items import Outcome
from crawler.service.worker.crawls import Crawls

pytestmark = pytest.mark.asyncio(loop_scope="session")

WATCH = """
sources:
  - {{id: a, feed: '{feed}', delay: 0s, deny: [/private/], headers: {{X-Desk: harbour}}}}
rules:
  - {{id: quays, any: [quay], send: [file]}}
channels:
  - {{id: file, url: 'file:alerts.jsonl'}}
"""


@pytest.fixture
def crawls(room, site: MockSite) -> Crawls:
    for name in ("quay", "weir"):
        site.put(f"/{name}", article(f"the {name}"))
    site.put("/feed.xml", feed([site.url("/quay"), site.url("/weir")]))
    room.use(WATCH.format(feed=site.url("/feed.xml")))
    return Crawls(room.runtime, room.settings)


async def test_only_the_page_is_fetched_and_it_becomes_an_article(room, crawls: Crawls, site: MockSite):
    run = await crawls.fetch("a", site.url("/quay"), "fetch:a:1")
    assert run is not None
    assert (run.id, run.source, run.outcome) == ("fetch:a:1", "fetch:a", Outcome.DONE)
    assert (run.found, run.new, run.unchanged, run.failed) == (1, 1, 0, 0)
    assert [len(site.asked(path)) for path in ("/quay", "/weir", "/feed.xml")] == [1, 0, 0]
    (found,) = room.articles()
    assert (found.source, found.listed is not None) == ("a", True)
    archive = room.runtime.archive.sync
    assert [alert.rule for alert in archive.alerts()] == ["quays"]
    assert archive.runs("fetch:a") == [run]
    assert archive.runs("a") == [], "it says nothing about the source's publishing pattern"

    again = await crawls.fetch("a", site.url("/quay?utm_source=mail"), "fetch:a:2")
    assert (again.found, again.new, again.unchanged) == (1, 0, 1)
    assert len(site.asked("/quay")) == 1
    crawled = await room.crawl()
    assert (crawled.found, crawled.new, crawled.unchanged) == (2, 1, 1)


async def test_what_cannot_be_fetched_is_told(room, crawls: Crawls, site: MockSite):
    site.put("/robots.txt", "User-agent: *\nDisallow: /closed/")
    site.put("/closed/page", article("the closed"))
    site.put("/private/page", article("the private"))
    for path, counts in [("/gone", (1, 0, 1)), ("/closed/page", (1, 0, 1)), ("/private/page", (0, 0, 0))]:
        run = await crawls.fetch("a", site.url(path), f"fetch:a:{path}")
        assert (run.found, run.new, run.failed) == counts, path
    assert not site.asked("/closed/page")
    assert not site.asked("/private/page")
    nonsense = await crawls.fetch("a", "http://[", "fetch:a:nonsense")
    assert (nonsense.found, nonsense.new) == (0, 0)
    assert await crawls.fetch("nobody", site.url("/quay"), "fetch:nobody:1") is None
    assert room.articles() == []


async def test_a_fetch_and_a_crawl_beside_each_other_store_it_once(room, crawls: Crawls, site: MockSite):
    await asyncio.gather(crawls.fetch("a", site.url("/quay"), "fetch:a:3"), room.crawl())
    assert len(site.asked("/quay")) == 1
    assert len(room.articles()) == 2
