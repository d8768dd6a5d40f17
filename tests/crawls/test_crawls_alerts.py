from __future__ import annotations

import pytest
from crawl_pages import article, feed
from mocksite import MockSite

pytestmark = pytest.mark.asyncio(loop_scope="session")

WATCH = """
sources:
  - {{id: a, feed: '{feed}', delay: 0s, tags: [port]}}
  - {{id: b, page: 'http://127.0.0.1:1/', tags: [inland]}}
rules:
  - {{id: barges, any: [barge, lighter], send: [file]}}
  - {{id: elsewhere, any: [barge], sources: {{tags: [inland]}}, send: [file]}}
  - {{id: french, any: [barge], languages: [fr], send: [file]}}
  - {{id: tagged, all: [lock], none: [zeppelin], sources: {{tags: [port]}}}}
channels:
  - {{id: file, url: 'file:alerts.jsonl'}}
"""


async def test_matches_become_alerts_and_deliveries_once(room, site: MockSite):
    site.put("/news/barge", article("the barge at the lock"))
    site.put("/feed.xml", feed([site.url("/news/barge")]))
    room.use(WATCH.format(feed=site.url("/feed.xml")))
    told = []
    room.runtime.on_stored.append(lambda item, stored: told.append((item.title, [a.rule for a in stored.new_alerts])))
    await room.crawl()
    archive = room.runtime.archive.sync
    alerts = {alert.rule: alert for alert in archive.alerts()}
    assert set(alerts) == {"barges", "tagged"}
    barges = alerts["barges"]
    assert barges.source == "a"
    assert any("«barge»" in excerpt for excerpt in barges.excerpts)
    (item,) = room.articles()
    for span in barges.spans:
        assert getattr(item, span.field)[span.start : span.end].lower().startswith("barge")
    assert [delivery.rule for delivery in archive.outbox.waiting()] == ["barges"]
    assert told == [("Board argues about the barge at the lock until midnight", ["barges", "tagged"])]

    await room.runtime.state.redis.flushall()  # the worst: everything in Redis is lost
    again = await room.crawl()
    assert (again.new, again.unchanged) == (0, 1)
    assert len(list(archive.alerts())) == 2, "no second alert"
    assert told[-1][1] == []
