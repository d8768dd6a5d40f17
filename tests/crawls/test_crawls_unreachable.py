"""Hosts that cannot be reached: robots.txt is what is asked for first, and why it did not come is why nothing does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from mocksite import MockSite, Never, Reset
from tls_site import TlsSite

from crawler.health import Condition, judge
from crawler.items import Outcome
from crawler.middlewares.retry_after import LONGEST_S, pause_s
from crawler.schedule.publishing_pattern import failure_kind

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def ailment(room, url: str, words: str, kind: str) -> set[Condition]:
    """What a source that cannot be reached suffers from, after a crawl that asks and two that remember."""
    room.use(f"sources:\n  - {{id: a, feed: '{url}', delay: 0s}}")
    for _ in range(3):
        run = await room.crawl()
        assert run.outcome is Outcome.FAILED
        assert words in run.error
        assert "twisted" not in run.error
        assert failure_kind(run.error) == kind
    runs = room.runtime.archive.sync.health.runs("a", 12, until=datetime.now(UTC))
    return {name for name, finding in judge(runs, ()).items() if finding}


async def test_a_certificate_that_nobody_trusts_is_named(room):
    with TlsSite(days=-1) as tls:
        words = "no secure connection: SSL: certificate verify failed"
        assert await ailment(room, tls.url("/feed.xml"), words, "broken") == {Condition.CERTIFICATE}


async def test_a_host_without_a_name_is_gone(room):
    assert await ailment(room, "http://nowhere.invalid/feed.xml", "no such host", "dead") == {Condition.GONE}


@pytest.mark.slow
async def test_nobody_there_no_answer_and_a_broken_one(room, site: MockSite):
    refused = await ailment(room, site.dead_url("/feed.xml"), "connection refused", "dead")
    assert refused == {Condition.FAILING}
    room.settings.set("DOWNLOAD_TIMEOUT", 1)
    site.put("/robots.txt", "", behaviour=Never())
    assert await ailment(room, site.url("/feed.xml"), "no answer within 1 s", "busy") == {Condition.FAILING}
    site.put("/robots.txt", "", host=1, behaviour=Reset())
    assert await ailment(room, site.url("/feed.xml", 1), "onnection", "broken") == {Condition.FAILING}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"Mon, 01 Jan 2024 00:00:00 GMT", 0.0),
        (b"Wed, 24 Nov 2027 00:00:00 GMT", LONGEST_S),
        (b"Mon, 23 Nov 2026 00:00:00 +99999999999999", 60.0),
        (b"-5", 60.0),
        (b"9" * 100, LONGEST_S),
    ],
)
async def test_whatever_retry_after_says_is_a_pause(header: bytes, expected: float):
    assert pause_s(429, header, datetime(2026, 11, 23, tzinfo=UTC)) == expected
