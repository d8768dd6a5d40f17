"""The pages that articles were read from are kept where the watch file asks for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from crawl_pages import article, feed
from mocksite import MockSite

from crawler.service.worker.crawls import Crawls

pytestmark = pytest.mark.asyncio(loop_scope="session")

WATCH = """
archive: {{pages: {keep}}}
sources:
  - {{id: a, feed: '{feed}', delay: 0s, revisit: [1h, 3h]}}
"""


async def test_pages_come_with_their_article_and_follow_its_changes(room, site: MockSite):
    site.put("/one", article("the quay"))
    site.put("/two", article("the weir"))
    site.put("/feed.xml", feed([site.url("/one"), site.url("/two")]))
    room.use(WATCH.format(keep="true", feed=site.url("/feed.xml")))
    await room.crawl()
    archive = room.runtime.archive.sync
    ids = {row.article.title: row.id for row in archive.items()}
    (title,) = [title for title in ids if "quay" in title]
    (kept,) = archive.pages.of(ids[title])
    assert kept.body.decode() == article("the quay")
    assert (kept.url, kept.status) == (site.url("/one"), 200)
    assert "content-type" in {name.lower() for name, _ in kept.headers}
    assert archive.pages.space().pages == 2

    later = room.runtime.now() + timedelta(hours=1, minutes=1)
    room.runtime.now = lambda: later
    changed = article("the quay", tail="<p>The harbour master resigned in the night after letters were found.</p>")
    site.put("/one", changed)
    await Crawls(room.runtime, room.settings).revisit("a")
    (kept,) = archive.pages.of(ids[title])
    assert kept.body.decode() == changed
    assert kept.fetched == later
    assert archive.pages.space().pages == 2


async def test_no_page_is_kept_unasked(room, site: MockSite):
    site.put("/one", article("the quay"))
    site.put("/feed.xml", feed([site.url("/one")]))
    room.use(WATCH.format(keep="false", feed=site.url("/feed.xml")))
    await room.crawl()
    archive = room.runtime.archive.sync
    assert archive.counts().articles == 1
    assert archive.pages.space().pages == 0
