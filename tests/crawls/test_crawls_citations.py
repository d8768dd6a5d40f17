"""Outlets that crawled articles cite, from the page to the suggestion."""

from __future__ import annotations

import pytest
from crawl_pages import article, feed
from mocksite import MockSite

from crawler.dedupe.urls import registered_domain
from crawler.runtime import utc_now
from crawler.usecases.source_suggestions import suggestions

pytestmark = pytest.mark.asyncio(loop_scope="session")

WATCH = """
sources:
  - {{id: a, feed: '{0}', delay: 0s}}
rules:
  - {{id: news, any: [ferry]}}
"""
CITING = (
    '<p>The captain told <a href="https://www.haaretz.com/israel-news/2026-11-20/a-long-story-about-the-ferry">Haaretz'
    "</a> that the ferry had left too early, and the board told Reuters on Monday that it had not.</p>"
)


async def test_a_crawled_article_leads_to_suggestions_once_its_story_alerts(room, site: MockSite):
    site.put("/ferry", article("the ferry", tail=CITING))
    site.put("/train", article("the train", tail=CITING.replace("ferry", "train").replace("Reuters", "Bloomberg")))
    site.put("/feed.xml", feed([site.url("/ferry"), site.url("/train")]))
    room.use(WATCH.format(site.url("/feed.xml")))
    run = await room.crawl()
    assert run.new == 2
    archive = room.runtime.archive.sync
    since = utc_now().replace(year=2020)
    report = suggestions(archive, room.runtime.watch.sources, since)
    assert [(one.domain, one.stories, one.links, one.names) for one in report.items] == [
        ("haaretz.com", 1, 1, 1),
        ("reuters.com", 1, 0, 1),
    ]
    (example,) = report.items[1].examples
    assert "the board told «Reuters» on Monday" in example.evidence
    assert registered_domain(site.url("/")) not in {one.domain for one in report.items}
