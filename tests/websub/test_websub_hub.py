"""Subscribing at a hub of our own: real HTTP both ways, a real Valkey, the real page, a real worker."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from web_api.api_server import served, worker

from crawler.archive import Archive
from crawler.archive.desk import ArchiveDesk
from crawler.config import parse_watch
from crawler.pool import ExtractorPool
from crawler.runtime import Runtime
from crawler.service.websub import Subscriber
from crawler.state import EmbeddedServer, State
from crawler.state.asked import Listing
from crawler.state.websub import Subscription

TOPIC = "https://a.example/feed"
WATCH = f"sources:\n  - {{id: a, feed: '{TOPIC}'}}\n"


@dataclass
class Hub:
    """A hub that verifies at once, or does what a test says."""

    url: str = ""
    status: int = 202
    verifies: bool = True
    hangs: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)

    async def subscribe(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        if self.hangs:
            await asyncio.sleep(1)
        if self.verifies:
            await self.verify(form, mode=form["hub.mode"], topic=form["hub.topic"])
        return web.Response(status=self.status)

    async def verify(self, form: dict[str, str], **said: str) -> tuple[int, str]:
        query = {f"hub.{name}": value for name, value in said.items()}
        query |= {"hub.challenge": "c" * 20, "hub.lease_seconds": "3600"} | query
        async with aiohttp.ClientSession() as session, session.get(form["hub.callback"], params=query) as answer:
            self.answers.append((answer.status, await answer.text()))
        return self.answers[-1]

    async def push(self, form: dict[str, str], body: bytes, secret: str | None = None) -> int:
        digest = hmac.new((secret or form["hub.secret"]).encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature": f"sha256={digest}", "Content-Type": "application/rss+xml"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(form["hub.callback"], data=body, headers=headers) as answer,
        ):
            return answer.status


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    hub = Hub()
    app = web.Application()
    app.router.add_post("/hub", hub.subscribe)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hub.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hub"
    yield hub
    await runner.cleanup()


@dataclass
class Desk:
    runtime: Runtime
    state: State
    subscriber: Subscriber
    crawled: list[str]

    async def look(self) -> None:
        await self.subscriber.look()

    async def only(self) -> Subscription:
        (one,) = await self.state.websub.listed()
        return one


@pytest.fixture
async def desk(hub: Hub, state: State, valkey: EmbeddedServer, tmp_path: Path) -> AsyncIterator[Desk]:
    (tmp_path / "watch.yaml").write_text(WATCH)
    archive = Archive.open(f"sqlite:///{tmp_path / 'wirewatch.db'}")
    runtime = Runtime(parse_watch(WATCH, {}, subject="watch.yaml"), state, ArchiveDesk(archive), ExtractorPool(1))
    await state.asked.note("a", [Listing(1, read=True, hub=hub.url, topic=TOPIC)])
    with served(tmp_path, redis_url=valkey.url) as site, worker(valkey.url) as crawled:
        yield Desk(runtime, state, Subscriber(runtime, site.addresses.base, private=True), crawled)
    await runtime.desk.close()
    await runtime.pool.close()
    archive.close()


async def test_a_hub_is_asked_verifies_and_pushes_and_is_left_when_the_source_goes(desk: Desk, hub: Hub):
    await desk.look()
    (form,) = hub.asked
    assert form["hub.topic"] == TOPIC
    assert len(form["hub.secret"]) >= 43
    assert hub.answers == [(200, "c" * 20)]
    one, now_s = await desk.only(), desk.runtime.now().timestamp()
    assert one.active(now_s)
    assert 3500 < one.until - now_s <= 3600, "as long as the hub said"
    await desk.look()
    assert len(hub.asked) == 1, "nothing is asked twice"

    assert await hub.push(form, b"<rss/>", secret="guessed") == 202
    assert await hub.push(form, b"<rss/>") == 202
    async with asyncio.timeout(10):
        while not desk.crawled:  # noqa: ASYNC110  another thread's news
            await asyncio.sleep(0.05)
    assert desk.crawled == ["a"], "what was signed wrongly started nothing"
    assert (await desk.only()).pushed > 0

    desk.runtime.use(parse_watch("sources: []", {}, subject="watch.yaml"))
    await desk.look()
    assert [form["hub.mode"] for form in hub.asked] == ["subscribe", "unsubscribe"]
    assert hub.answers[-1] == (200, "c" * 20)
    assert await desk.state.websub.listed() == []
    assert await hub.push(form, b"<rss/>") == 410


async def test_what_nobody_asked_for_is_not_verified(desk: Desk, hub: Hub):
    hub.verifies = False
    await desk.look()
    (form,) = hub.asked
    cut = {**form, "hub.callback": form["hub.callback"][:-1]}
    assert await hub.push(cut, b"<rss/>") == 410
    forged = {**form, "hub.callback": form["hub.callback"][:-43] + "x" * 43}
    for asked, said in (
        (form, {"mode": "subscribe", "topic": "https://b.example/feed"}),
        (form, {"mode": "unsubscribe", "topic": TOPIC}),
        (form, {"mode": "publish", "topic": TOPIC}),
        (form, {"mode": "subscribe", "topic": TOPIC, "challenge": ""}),
        (form, {"mode": "subscribe", "topic": TOPIC, "challenge": "c" * 5000}),
        (cut, {"mode": "subscribe", "topic": TOPIC}),
        (forged, {"mode": "subscribe", "topic": TOPIC}),
    ):
        assert (await hub.verify(asked, **said))[0] == 404, said
    assert not (await desk.only()).active(desk.runtime.now().timestamp())
    assert (await hub.verify(form, mode="subscribe", topic=TOPIC, lease_seconds="-1"))[0] == 200
    assert (await desk.only()).lease_s == 86_400
    assert (await hub.verify(form, mode="subscribe", topic=TOPIC))[0] == 404, "the question is closed"


async def test_hubs_deny_refuse_break_and_hang(desk: Desk, hub: Hub, monkeypatch: pytest.MonkeyPatch):
    now_s = desk.runtime.now().timestamp()
    hub.verifies, hub.status = False, 400
    await desk.look()
    assert (await desk.only()).denied_until > now_s + 80_000
    await desk.state.websub.drop((await desk.only()).token)
    hub.status = 202
    await desk.look()
    assert (await hub.verify(hub.asked[-1], mode="denied", topic=TOPIC, reason="no"))[0] == 200
    assert (await desk.only()).denied_until > now_s + 80_000
    await desk.look()
    assert len(hub.asked) == 2, "a day of peace"
    await desk.state.websub.drop((await desk.only()).token)
    hub.hangs = True
    monkeypatch.setattr("crawler.service.websub.TIMEOUT_S", 0.2)
    await desk.look()
    one = await desk.only()
    assert (one.pending, one.denied_until) == (True, 0.0), "asked again later"


async def test_a_hub_on_a_private_network_is_not_asked(desk: Desk, hub: Hub):
    await Subscriber(desk.runtime, "https://news.example.org").look()
    assert hub.asked == []
    assert (await desk.only()).pending
