"""One report in several outlets: one story, one alert, whatever is lost in between."""

from __future__ import annotations

import asyncio

import pytest
from crawl_pages import article, feed
from mocksite import MockSite

from crawler.service.scheduler.revisits import rebuild

pytestmark = pytest.mark.asyncio(loop_scope="session")

WATCH = """
sources:
  - {{id: a, feed: '{0}', delay: 0s}}
  - {{id: b, feed: '{1}', private_hosts: [127.0.0.2], delay: 0s}}
  - {{id: c, feed: '{2}', private_hosts: [127.0.0.3], delay: 0s}}
rules:
  - {{id: news, any: [ferry], send: [file]}}
  - {{id: quiet, any: [ferry], on: [changed], send: [file]}}
channels:
  - {{id: file, url: 'file:alerts.jsonl'}}
"""
BOILERPLATE = "<p>Sign up for the newsletter of this outlet, which is sent to all readers on every Friday.</p>"


@pytest.fixture
def outlets(room, site: MockSite) -> None:
    for host in range(3):
        page = article("the ferry", title=f"Outlet {host} on the ferry", tail=BOILERPLATE * host)
        site.put("/wire", page, host=host)
        site.put(f"/feed{host}.xml", feed([site.url("/wire", host)]))
    room.use(WATCH.format(*(site.url(f"/feed{host}.xml") for host in range(3))))


async def test_three_outlets_are_one_story_and_one_alert(room, outlets):
    for source in "abc":
        assert (await room.crawl(source)).new == 1
    archive = room.runtime.archive.sync
    (story,) = archive.stories.listed()
    assert (story.copies, story.sites) == (3, 3)
    assert [(alert.rule, alert.source, alert.story) for alert in archive.alerts()] == [("news", "a", story.key)]
    assert archive.counts().pending == 1


async def test_outlets_at_the_same_moment_are_one_story(room, outlets):
    await asyncio.gather(*(room.crawl(source) for source in "abc"))
    archive = room.runtime.archive.sync
    assert [story.copies for story in archive.stories.listed()] == [3]
    assert len(archive.alerts()) == 1


@pytest.mark.parametrize("rebuilt", [True, False])
async def test_a_lost_redis_makes_no_second_alert(room, outlets, rebuilt: bool):
    runtime = room.runtime
    archive = runtime.archive.sync
    for source in "ab":
        await room.crawl(source)
    await runtime.state.redis.flushall()
    if rebuilt:
        await rebuild(archive, runtime.state, runtime.now())
    for source in "bac" if not rebuilt else "c":
        await room.crawl(source)
    assert len(room.articles()) == 3
    assert sum(alert.rule == "news" for alert in archive.alerts()) == (1 if rebuilt else 2), (
        "c began anew unless rebuilt"
    )
    assert archive.stories.of_article(1) == archive.stories.of_article(2)


async def test_a_page_that_is_watched_tells_each_new_text(room, site: MockSite):
    site.put("/notices", article("the ferry"))
    room.use(
        WATCH.format(*[site.url("/x")] * 3).replace(f"feed: '{site.url('/x')}'", f"page: '{site.url('/notices')}'", 1)
    )
    await room.crawl()
    site.put(
        "/notices", article("the ferry", tail="<p>The ferry of eight o'clock is cancelled on Monday and Tuesday.</p>")
    )
    await room.crawl()
    assert len(room.runtime.archive.sync.alerts()) == 2
