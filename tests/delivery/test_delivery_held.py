"""A misconfigured channel holds its deliveries; they go out when it is corrected, and `check` reports it beforehand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from receivers import mailbox

from crawler.archive import DeliveryState, Entry
from crawler.config import parse_watch
from crawler.items import Alert, Article
from crawler.runtime import Places, Runtime
from crawler.service.delivery.deliveries import Deliveries
from crawler.service.worker.tasks import delivery_docket
from crawler.state import LeaderLease
from crawler.usecases.channels.checking import faults_of

WATCH = "channels: [{{id: desk, url: 'mailto://127.0.0.1:{port}?to=desk@example.org', group: 0s{more}}}]"
NOW = datetime.now(UTC)


async def test_a_mail_server_on_this_machine_needs_private_and_loses_nothing(tmp_path: Path):
    with mailbox() as box:
        wrong = parse_watch(WATCH.format(port=box.port, more=""), {}, subject="watch.yaml")
        right = parse_watch(WATCH.format(port=box.port, more=", private: true"), {}, subject="watch.yaml")
        (fault,) = faults_of(wrong.channels)["desk"]
        assert (fault.key, fault.found) == ("url", "127.0.0.1 is on a private network")
        assert faults_of(right.channels) == {}
        places = Places(tmp_path, "", f"sqlite:///{tmp_path}/x.db", 1)
        runtime = await Runtime.open(wrong, places, owner=True, extracts=False)
        outbox, due = runtime.archive.sync.outbox, asyncio.Event()
        article = Article(url="https://e.x/1", title="Flood", text="x", source="a", found=NOW)
        alert = Alert("one", "floods", "1:0", "a", article.url, article.title, NOW, story="s")
        runtime.archive.sync.store([Entry(article, (alert,), (("one", "desk"),))])
        assert runtime.server
        async with delivery_docket(runtime.server.url) as queue:
            lease = LeaderLease(runtime.state.redis, "deliveries", "me")
            deliveries = Deliveries(runtime, queue, lambda _: None, due, lease)
            await deliveries.sweep()
            await deliveries.deliver("desk", "one")
            (held,) = outbox.deliveries()
            assert (held.state, held.attempts) == (DeliveryState.PENDING, 0)
            assert "private: true" in outbox.held("desk")
            await deliveries.sweep()
            assert outbox.due(runtime.now()) == [], "it is not tried again while the channel stays as it is"
            runtime.use(right)
            await deliveries.sweep()
            assert len(outbox.due(runtime.now())) == 1
            await deliveries.deliver("desk", "one")
            await deliveries.close()
        assert [one.state for one in outbox.deliveries()] == [DeliveryState.SENT]
        assert outbox.held("desk") == ""
        assert len(box.mails) == 1
        await runtime.close()
