"""Pages that break, hang, kill or outgrow whoever reads them: three tries, then a list; nobody else is harmed."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from crawl_pages import article, feed
from mocksite import MockSite
from poison_spider import POISON
from service_process import environment, wirewatch
from typer import BadParameter

from crawler.archive import Archive
from crawler.cli.quarantine import release
from crawler.dedupe.urls import canonical_url, url_key
from crawler.errors import ExtractorCrashError, QuarantinedError
from crawler.extensions.quarantine import MAX_TRIES, Quarantine
from crawler.pool import ExtractorPool
from crawler.service.worker.crawls import Crawls
from crawler.state import EmbeddedServer, Quarantined, State, keys
from crawler.state.attempts import MOST

pytestmark = pytest.mark.asyncio(loop_scope="session")
WATCH = "sources:\n  - {{id: a, feed: '{feed}', spider: poison, delay: 0s}}\n"


@pytest_asyncio.fixture(loop_scope="session")
async def poisoned(room, site: MockSite) -> AsyncIterator:
    """A room whose source names four kinds of poison among good pages."""
    for n in range(6):
        site.put(f"/news/good-{n}", article(f"good page {n}"))
    for path in POISON:
        site.put(path, article(f"poison {path[1:]}"))
    paths = [path for pair in zip((f"/news/good-{n}" for n in range(4)), POISON, strict=True) for path in pair]
    site.put("/feed.xml", feed([site.url(path) for path in paths]), headers={"ETag": '"1"'})
    settings = room.settings.copy()
    settings.set("SPIDER_MODULES", ["crawler.spiders", "poison_spider"], priority="cmdline")
    crawls, numbers = Crawls(room.runtime, settings), itertools.count()
    room.crawl = lambda: crawls.crawl("a", f"poison-{next(numbers)}")
    room.use(WATCH.format(feed=site.url("/feed.xml")))
    shared = room.runtime.pool
    room.runtime.pool = ExtractorPool(2, timeout_s=2)
    yield room
    await room.runtime.pool.close()
    room.runtime.pool = shared


async def soon(room) -> None:
    """As if the pauses after a failure were over."""
    names = [name async for name in room.runtime.state.redis.scan_iter("ww:claim:*", count=1000)]
    if names:
        await room.runtime.state.redis.delete(*names)


@pytest.mark.slow
async def test_three_tries_and_then_the_list_and_the_neighbours_are_unharmed(poisoned, site: MockSite):
    told: list[str] = []
    poisoned.runtime.on_note.append(told.append)
    first = await poisoned.crawl()
    assert (first.new, first.failed) == (4, 4), "the neighbours are stored at once"
    for _ in range(3):
        await soon(poisoned)
        await poisoned.crawl()
    asked = {path: len(site.asked(path)) for path in POISON}
    assert asked == dict.fromkeys(POISON, MAX_TRIES)
    quarantined = {page.url: page for page in await poisoned.runtime.state.attempts.quarantined()}
    assert set(quarantined) == {site.url(path) for path in POISON}
    assert "longer than 2 s of CPU time" in quarantined[site.url("/hang")].why
    assert "the process that read it was killed" in quarantined[site.url("/die")].why
    assert "exceeded the memory limit" in quarantined[site.url("/eat")].why
    assert {page.source for page in quarantined.values()} == {"a"}
    assert len([line for line in told if "quarantined after 3 attempts" in line]) == len(POISON), "each is told once"
    assert (await poisoned.crawl()).failed == 0, "what was quarantined is not asked for again"
    assert len(poisoned.articles()) == 4


async def test_a_page_that_reads_well_leaves_nothing_behind(room, site: MockSite):
    site.put("/news/well", article("a good page"))
    site.put("/news/no-article", "<html><body><p>Short.</p></body></html>")
    site.put("/feed.xml", feed([site.url("/news/well"), site.url("/news/no-article")]))
    room.use(WATCH.format(feed=site.url("/feed.xml")).replace(", spider: poison", ""))
    assert (await room.crawl()).new == 1
    redis = room.runtime.state.redis
    left = {name: await redis.hgetall(name) async for name in redis.scan_iter("ww:attempt:*")}
    no_article = keys.attempt(url_key(canonical_url(site.url("/news/no-article")))).encode()
    assert left.keys() == {no_article}, "only the page without an article has a record"
    assert left[no_article].keys() == {b"failed", b"unanswered", b"failed_at"}, "of its fetch, none of its reading"


async def test_a_listing_that_is_poison_is_set_aside_for_a_while_only(room):
    quarantine = Quarantine(room.runtime, "a")

    async def bad(_alone: bool) -> str:
        raise ExtractorCrashError("the process that read it was killed", subject="http://e.x/feed")

    async def good(_alone: bool) -> str:
        return "read"

    for kind in (ExtractorCrashError, ExtractorCrashError, QuarantinedError, QuarantinedError):
        with pytest.raises(kind):
            await quarantine.read("http://e.x/feed", bad)
    assert len(await room.runtime.state.attempts.quarantined()) == 1
    attempt = [name async for name in room.runtime.state.redis.scan_iter("ww:attempt:*")]
    assert 0 < await room.runtime.state.redis.ttl(attempt[0]) <= 6 * 3600
    await room.runtime.state.redis.delete(*attempt)
    assert await quarantine.read("http://e.x/feed", good) == "read"


async def test_after_a_crash_the_suspects_are_read_one_by_one(room):
    quarantine, attempts, seen = Quarantine(room.runtime, "a"), room.runtime.state.attempts, []

    async def look(alone: bool) -> None:
        seen.append(alone)

    await quarantine.read("http://e.x/1", look)
    await attempts.flush()
    assert seen == [False]
    await crash(room, "http://e.x/1")
    await quarantine.read("http://e.x/1", look)
    await quarantine.read("http://e.x/1", look)
    assert seen == [False, True, False], "only what a crash left open"


async def broken_off(quarantine: Quarantine, url: str) -> None:
    """A reading that is cancelled while it goes on."""
    begun = asyncio.Event()

    async def hang(_alone: bool) -> None:
        begun.set()
        await asyncio.Event().wait()

    reading = asyncio.create_task(quarantine.read(url, hang))
    await asyncio.wait_for(begun.wait(), 5)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_what_our_own_end_breaks_off_is_no_try(room):
    quarantine, attempts, url = Quarantine(room.runtime, "a"), room.runtime.state.attempts, "http://e.x/innocent"
    for _ in range(MAX_TRIES + 1):
        await broken_off(quarantine, url)
        await attempts.flush()
        assert [name async for name in room.runtime.state.redis.scan_iter("ww:attempt:*")] == []
    key = url_key(canonical_url(url))
    assert (await attempts.begin(key, MAX_TRIES))[:2] == (1, False)
    await attempts.failed(key, "the process that read it was killed")
    await broken_off(quarantine, url)
    assert await attempts.begin(key, MAX_TRIES) == (2, False, "the process that read it was killed"), "that one counts"


async def test_a_suspect_whose_reading_is_broken_off_stays_one(room):
    quarantine, attempts, url = Quarantine(room.runtime, "a"), room.runtime.state.attempts, "http://e.x/suspect"
    key = url_key(canonical_url(url))
    await crash(room, url)
    for _ in range(MAX_TRIES):
        await broken_off(quarantine, url)
    assert (await attempts.begin(key, MAX_TRIES))[:2] == (2, True), "it is read alone next time as well"


@pytest.mark.parametrize(("in_order", "tries"), [(True, 1), (False, MAX_TRIES + 1)], ids=["closed", "killed"])
async def test_a_process_that_ends_in_order_takes_back_what_it_was_reading(
    in_order: bool, tries: int, room, valkey: EmbeddedServer
):
    for _ in range(MAX_TRIES):
        state = State.connect(valkey.url)
        await state.attempts.begin(7, MAX_TRIES)
        await (state.close() if in_order else state.redis.aclose())
    assert (await room.runtime.state.attempts.begin(7, MAX_TRIES))[:2] == (tries, not in_order)


async def crash(room, url: str) -> None:
    await room.runtime.state.attempts.begin(url_key(canonical_url(url)), MAX_TRIES)


async def test_what_was_set_aside_is_tried_again_or_forgotten(room, site: MockSite):
    url, listing = site.url("/news/odd"), site.url("/feed.xml")
    site.put("/news/odd", article("an odd page"))
    site.put("/feed.xml", feed([url]), headers={"ETag": '"1"'})
    room.use(WATCH.format(feed=listing).replace(", spider: poison", ""))
    runtime, key = room.runtime, url_key(canonical_url(url))
    page = Quarantined(url, key, "a", "the process that read it was killed", runtime.now(), listing)
    await runtime.state.attempts.quarantine(page)
    await runtime.state.urls.mark([key], runtime.now())
    assert (await room.crawl()).unchanged == 1, "it is known, and not asked for"
    with pytest.raises(BadParameter, match="is not in quarantine"):
        await release(runtime, "http://e.x/", everything=False, retry_with=runtime.watch)
    with pytest.raises(BadParameter, match="or --all"):
        await release(runtime, None, everything=False, retry_with=None)
    assert await release(runtime, url, everything=False, retry_with=runtime.watch) == 1
    assert (await room.crawl()).new == 1, "although its listing has not changed"
    await runtime.state.attempts.quarantine(page)
    assert await release(runtime, None, everything=True, retry_with=None) == 1
    assert await runtime.state.attempts.quarantined() == []


async def test_the_list_is_bounded(room):
    attempts, now = room.runtime.state.attempts, room.runtime.now()
    for n in range(MOST + 5):
        await attempts.quarantine(Quarantined(f"http://e.x/{n}", n, "a", "why", now + timedelta(seconds=n)))
    pages = await attempts.quarantined()
    assert (len(pages), pages[0].key, pages[-1].key) == (MOST, MOST + 4, 5), "the oldest are forgotten"


@pytest.mark.slow
async def test_a_page_that_kills_the_whole_worker_is_found_out_by_the_count(site: MockSite, tmp_path: Path):
    for n in range(3):
        site.put(f"/news/near-{n}", article(f"near page {n}"))
    site.put("/kill", article("the killer"))
    paths = ["/news/near-0", "/kill", "/news/near-1", "/news/near-2"]
    site.put("/feed.xml", feed([site.url(path) for path in paths]), headers={"ETag": '"1"'})
    (tmp_path / "watch.yaml").write_text(WATCH.format(feed=site.url("/feed.xml")))
    (tmp_path / "valkey").mkdir()
    with EmbeddedServer(tmp_path / "valkey") as server:
        command = [sys.executable, str(Path(__file__).parent / "poison_worker.py"), str(tmp_path), server.url, "4"]
        env = environment(PYTHONPATH=os.pathsep.join(sys.path))
        lives = await asyncio.to_thread(subprocess.run, command, env=env, stdout=subprocess.PIPE, check=True)
        assert lives.stdout.split() == [b"-9", b"-9", b"-9", b"0"], "the fourth life reads everything else"
        redis = {"WIREWATCH_REDIS_URL": server.url, "WIREWATCH_DATABASE_URL": f"sqlite:///{tmp_path / 'items.db'}"}
        listed = json.loads(await asyncio.to_thread(wirewatch, tmp_path, "pages", "list", "--json", **redis))
        told = [(page["url"], page["why"]) for page in listed]
        assert told == [(site.url("/kill"), "the worker stopped while it was read")]
        away = redis | {"WIREWATCH_DATABASE_URL": "postgresql://desk@127.0.0.1:1/wirewatch"}
        said = await asyncio.to_thread(wirewatch, tmp_path, "pages", "list", "--json", **away)
        assert json.loads(said) == listed, "no database is needed for it"
        with Archive.open(redis["WIREWATCH_DATABASE_URL"]) as archive:
            assert {row.article.url for row in archive.items()} == {site.url(f"/news/near-{n}") for n in range(3)}


async def test_a_listing_that_is_poison_is_left_out_where_a_site_is_explored(room, site: MockSite, monkeypatch):
    """Exploring reads in a process of its own, within its bounds: `parse_as` here is never called in ours."""
    pool, call, read = room.runtime.pool, room.runtime.pool.call, []

    async def with_poison(work: Callable[..., object], *args: object, subject: str, **more: object) -> object:
        read.append((work.__name__, subject))
        if subject.endswith("/bomb.xml"):
            raise ExtractorCrashError("the process that read it was killed", subject=subject)
        return await call(work, *args, subject=subject, **more)

    monkeypatch.setattr(pool, "call", with_poison)
    site.put("/robots.txt", f"Sitemap: {site.url('/bomb.xml')}\n")
    site.put("/bomb.xml", "<urlset><url><loc>/x</loc></url></urlset>")
    site.put("/news/quay", article("the quay"))
    site.put("/feed.xml", feed([site.url("/news/quay")]))
    site.put("/", '<link rel="alternate" type="application/rss+xml" href="/feed.xml"><h1>Gazette</h1>')
    room.use(f"sources: [{{id: a, site: '{site.url('/')}', delay: 0s}}]")
    assert (await room.crawl()).new == 1
    assert ("parse_as", site.url("/")) in read
    assert ("parse_as", site.url("/bomb.xml")) in read
