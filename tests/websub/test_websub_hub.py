"""Subscribing at a hub of our own: real HTTP both ways, a real Valkey, the real page, a real worker."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from service_process import wirewatch
from web_api.api_server import served, worker

from crawler.archive import Archive
from crawler.archive.async_archive import AsyncArchive
from crawler.config import parse_watch
from crawler.pool import ExtractorPool
from crawler.runtime import Runtime
from crawler.service.scheduler.health import HealthWatch
from crawler.service.scheduler.websub import Subscriber, unverified_pushes
from crawler.state import EmbeddedServer, State
from crawler.state.poll_hints import Listing
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
    elsewhere: str = ""  # where it sends a question
    asked: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)

    async def subscribe(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        if self.elsewhere:
            return web.Response(status=307, headers={"Location": self.elsewhere})
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

    async def push(self, form: dict[str, str], body: bytes, secret: str | None = None, method: str = "sha256") -> int:
        digest = hmac.new((secret or form["hub.secret"]).encode(), body, getattr(hashlib, method)).hexdigest()
        headers = {"X-Hub-Signature": f"{method}={digest}", "Content-Type": "application/rss+xml"}
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

    async def verified(request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        hub.asked.append(form)
        await hub.verify(form, mode=form["hub.mode"], topic=form["hub.topic"])
        return web.Response(status=202)

    app.router.add_post("/new", verified)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hub.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hub"
    yield hub
    await runner.cleanup()


def listing(hub: Hub, key: int = 1, topic: str = TOPIC) -> Listing:
    return Listing(key, read=True, hub=hub.url if topic else "", topic=topic, received=datetime.now(UTC).timestamp())


@dataclass
class Desk:
    runtime: Runtime
    state: State
    subscriber: Subscriber
    crawled: list[str]

    async def look(self) -> None:
        await self.subscriber.renew()

    async def only(self) -> Subscription:
        (one,) = await self.state.websub.listed()
        return one


@pytest.fixture
async def desk(hub: Hub, state: State, valkey: EmbeddedServer, tmp_path: Path) -> AsyncIterator[Desk]:
    (tmp_path / "watch.yaml").write_text(WATCH)
    archive = Archive.open(f"sqlite:///{tmp_path / 'wirewatch.db'}")
    runtime = Runtime(parse_watch(WATCH, {}, subject="watch.yaml"), state, AsyncArchive(archive), ExtractorPool(1))
    await state.poll_hints.note("a", [listing(hub)])
    with served(tmp_path, redis_url=valkey.url) as site, worker(valkey.url) as crawled:
        yield Desk(runtime, state, Subscriber(runtime, site.addresses.base, private=True), crawled)
    await runtime.archive.close()
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


async def test_a_hub_may_verify_again_while_the_subscription_is_active(desk: Desk, hub: Hub):
    await desk.look()
    (form,) = hub.asked
    assert (await hub.verify(form, mode="subscribe", topic=TOPIC, lease_seconds="7200")) == (200, "c" * 20)
    one = await desk.only()
    assert (one.pending, one.lease_s) == (False, 7200), "as long as the hub said last"
    await desk.state.websub.save(replace(one, doubted=True))
    assert (await hub.verify(form, mode="subscribe", topic=TOPIC))[0] == 200
    assert (await desk.only()).doubted, "that is no push"
    for said in ({"mode": "unsubscribe", "topic": TOPIC}, {"mode": "subscribe", "topic": "https://b.example/feed"}):
        assert (await hub.verify(form, **said))[0] == 404
    await desk.state.websub.save(replace(one, until=desk.runtime.now().timestamp() - 1))
    assert (await hub.verify(form, mode="subscribe", topic=TOPIC))[0] == 404, "it is over, and no question is open"


@pytest.mark.parametrize("method", ["sha1", "sha384", "sha512"])
async def test_every_method_of_the_recommendation_counts(desk: Desk, hub: Hub, method: str):
    await desk.look()
    (form,) = hub.asked
    assert await hub.push(form, b"<rss/>", method=method) == 202
    async with asyncio.timeout(10):
        while not desk.crawled:  # noqa: ASYNC110  another thread's news
            await asyncio.sleep(0.05)
    assert (await desk.only()).pushed > 0


async def test_a_push_that_cannot_be_verified_is_a_problem_of_the_source(
    desk: Desk, hub: Hub, tmp_path: Path, valkey: EmbeddedServer
):
    await desk.look()
    (form,) = hub.asked
    env = {"WIREWATCH_REDIS_URL": valkey.url, "WIREWATCH_VAR": str(tmp_path)}
    watcher = HealthWatch(desk.runtime.archive.sync)

    async def looked() -> list[str]:
        now = desk.runtime.now()
        return watcher.check(desk.runtime.watch, now, unverified_pushes(await desk.state.websub.listed(), now))

    async def shown() -> list[bool]:
        """Whether the page, the API and the command line name it as a problem of now."""
        async with aiohttp.ClientSession() as session:
            site = desk.subscriber._home
            page = await (await session.get(f"{site}/sources/a")).text()
            api = await (await session.get(f"{site}/api/v1/sources/a")).json()
        printed = await asyncio.to_thread(wirewatch, tmp_path, "sources", "health", code=None, **env)
        now = re.sub(r"<dt>History</dt>.*?</dd>", "", page, flags=re.DOTALL)
        return ["unverified-push" in text for text in (now, json.dumps(api["problems"]), printed)]

    assert await looked() == []
    assert await hub.push(form, b"<rss/>", secret="guessed", method="sha1") == 202
    [line] = await looked()
    assert line.startswith("a: unverified-push. ")
    assert "its sha1 signature does not match" in line
    assert await looked() == [], "it is told once"
    assert watcher.check(desk.runtime.watch, desk.runtime.now()) == [], "nothing is known of pushes without Redis"
    assert await shown() == [True, True, True]
    assert await hub.push(form, b"<rss/>", method="sha1") == 202
    [line] = await looked()
    assert line.startswith("a has recovered")
    assert await shown() == [False, False, False]


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
    monkeypatch.setattr("crawler.service.scheduler.websub.TIMEOUT_S", 0.2)
    await desk.look()
    one = await desk.only()
    assert (one.pending, one.denied_until) == (True, 0.0), "asked again later"


SPORT = "https://a.example/sport"


async def test_each_feed_of_a_source_is_a_subscription_of_its_own(desk: Desk, hub: Hub):
    note, now = desk.state.poll_hints.note, desk.runtime.now()
    await note("a", [listing(hub), listing(hub, 2, SPORT), listing(hub, 3, ""), listing(hub, 4)])
    await desk.look()
    assert sorted(form["hub.topic"] for form in hub.asked) == [TOPIC, SPORT], "the same topic twice is one"
    assert len({form["hub.secret"] for form in hub.asked}) == len({form["hub.callback"] for form in hub.asked}) == 2
    found = await desk.state.pushes(["a", "b"], now)
    assert {name: (one.hubs, one.feeds, one.of) for name, one in found.items()} == {"a": ((hub.url,), 3, 4)}
    assert not found["a"].whole, "one feed names no hub"
    await note("a", [listing(hub, 3, "https://a.example/moved"), listing(hub, 2, "")])
    await desk.look()
    assert [(form["hub.mode"], form["hub.topic"]) for form in hub.asked[2:]] == [
        ("unsubscribe", SPORT),
        ("subscribe", "https://a.example/moved"),
    ], "what its feeds say now counts"
    news = next(form for form in hub.asked if form["hub.topic"] == TOPIC)
    assert await hub.push(news, b"<rss/>") == 202
    assert {one.topic: one.pushed > 0 for one in await desk.state.websub.listed()} == {
        TOPIC: True,
        "https://a.example/moved": False,
    }


@pytest.mark.slow
async def test_the_page_and_the_list_of_sources_say_who_pushes(desk: Desk, hub: Hub, tmp_path: Path, valkey):
    note, base = desk.state.poll_hints.note, hub.asked
    env = {"WIREWATCH_REDIS_URL": valkey.url, "WIREWATCH_VAR": str(tmp_path)}

    async def shown() -> list[str]:
        site = desk.subscriber._home
        async with aiohttp.ClientSession() as session:
            pages = [await (await session.get(f"{site}{path}")).text() for path in ("/sources", "/sources/a")]
        found = re.findall(r">((?:\d of \d feeds )?pushed by [\w.]+)<", " ".join(pages))
        listed = await asyncio.to_thread(wirewatch, tmp_path, "sources", "list", **env)
        return [*found, *re.findall(r"(?:\d of \d feeds )?pushed by [\w.]+", listed)]

    assert await shown() == []
    await desk.look()
    assert await shown() == ["pushed by 127.0.0.1"] * 3
    await note("a", [listing(hub, 2, "")])
    assert await shown() == ["1 of 2 feeds pushed by 127.0.0.1"] * 3
    (told,) = json.loads(await asyncio.to_thread(wirewatch, tmp_path, "sources", "list", "--json", **env))
    assert (told["pushed_by"], told["pushed_feeds"], told["feeds"]) == ([hub.url], 1, 2)
    assert len(base) == 1
    nowhere = {"WIREWATCH_REDIS_URL": "redis://127.0.0.1:1"}
    (told,) = json.loads(await asyncio.to_thread(wirewatch, tmp_path, "sources", "list", "--json", **nowhere))
    assert "pushed_by" not in told, "nobody knows"


async def test_a_hub_that_is_elsewhere_is_asked_there(desk: Desk, hub: Hub):
    hub.elsewhere = "/new"
    await desk.look()
    assert [form["hub.topic"] for form in hub.asked] == [TOPIC, TOPIC]
    one = await desk.only()
    assert (one.hub, one.active(desk.runtime.now().timestamp())) == (hub.url, True)
    await desk.state.websub.drop(one.token)
    hub.elsewhere = "/hub"
    await desk.look()
    assert len(hub.asked) == 2 + 4, "not for ever"
    assert (await desk.only()).pending


async def test_what_an_older_version_kept_is_understood(desk: Desk, hub: Hub):
    pair, old = json.dumps([hub.url, TOPIC]), {"token": "t" * 43, "source": "a", "hub": hub.url, "topic": TOPIC}
    old |= {"secret": "s" * 64, "until": desk.runtime.now().timestamp() + 9e5, "lease_s": 9e5, "pending": False}
    await desk.state.redis.hset("ww:hubs", "a", pair)
    await desk.state.redis.hset("ww:websub", "t" * 43, json.dumps(old | {"of a newer one": 1}))
    await desk.look()
    assert hub.asked == []
    assert (await desk.state.pushes(["a"], desk.runtime.now()))["a"].whole
    await desk.state.poll_hints.note("a", [listing(hub)])
    await desk.look()
    assert hub.asked == [], "nothing is asked anew"


async def test_a_hub_on_a_private_network_is_not_asked(desk: Desk, hub: Hub):
    await Subscriber(desk.runtime, "https://news.example.org").renew()
    assert hub.asked == []
    assert (await desk.only()).pending


@pytest.mark.parametrize("length", ["Content-Length: 104857600", "Transfer-Encoding: chunked"])
def test_a_push_of_100_mb_is_cut_early(tmp_path: Path, length: str):
    (tmp_path / "watch.yaml").write_text(WATCH)
    Archive.open(f"sqlite:///{tmp_path}/wirewatch.db").close()
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with served(tmp_path) as site:
        where = site.addresses.base.removeprefix("http://").rstrip("/")
        host, _, port = where.partition(":")
        with socket.create_connection((host, int(port)), timeout=10) as hub:
            hub.sendall(f"POST /websub/{'a' * 43} HTTP/1.1\r\nHost: {where}\r\n{length}\r\n\r\n".encode())
            with pytest.raises(ConnectionError):
                hub.sendall(piece * (100 << 4))
