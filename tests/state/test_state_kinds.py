"""What the other tests of the state do not touch, on a server, behind Sentinels and on a cluster; and the URLs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from docket._redis_sentinel import parse_sentinel_url
from hypothesis import given
from hypothesis import strategies as st
from redis.cluster import key_slot

from crawler.dedupe.sketch import sketch
from crawler.errors import StateError
from crawler.state import (
    Claim,
    EmbeddedServer,
    EntryPoints,
    Quarantined,
    State,
    address,
    check,
    hide_password,
    info,
    keys,
)
from crawler.state.offers import Offer
from crawler.state.poll_hints import Listing
from crawler.state.websub import Subscription

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def many(count: int) -> list[int]:
    """Keys that are spread over all nodes."""
    return [number * 0x9E37_79B9_7F4A_7C15 % 2**64 for number in range(1, count + 1)]


async def test_marks_of_many_slots_are_made_and_read_at_once(state: State):
    urls, contents = many(200), many(300)[200:]
    assert await state.urls.claim(urls[0], "me", NOW) is Claim.MINE
    await state.mark(urls[:100], contents, NOW)
    assert await state.urls.unseen(urls, NOW) == [False] * 100 + [True] * 100
    assert await state.contents.unseen(contents, NOW) == [False] * 100
    assert [await state.redis.exists(keys.claim("url", urls[0]))] == [0]
    await state.urls.forget(urls[0], NOW)
    assert await state.urls.claim(urls[0], "other", NOW) is Claim.MINE
    await state.urls.release(urls[0], "other")
    assert await state.attempts.fetch_failed(urls[0]) == (1, 0)
    assert await state.urls.claim(urls[0], "other", NOW) is Claim.TAKEN


async def test_a_try_is_counted_together_with_those_that_are_over(state: State):
    first, second, third = many(3)
    assert await state.attempts.begin(first, 3) == (1, False, "")
    await state.attempts.failed(first, "the reader died")
    assert await state.attempts.begin(first, 3) == (2, False, "the reader died")
    await state.attempts.begin(second, 3)
    state.attempts.succeeded(first)
    state.attempts.succeeded(second)
    assert await state.attempts.begin(third, 3) == (1, False, "")
    assert await state.attempts.begin(third, 3) == (2, True, "")
    assert await state.attempts.begin(first, 3) == (1, False, "")
    state.attempts.succeeded(third)
    await state.attempts.flush()
    assert await state.attempts.begin(third, 3) == (1, False, "")


async def test_fetches_and_readings_of_a_url_are_counted_apart_in_one_record(state: State):
    (key,) = many(1)
    name = keys.attempt(key)
    assert await state.attempts.fetch_failed(key) == (1, 0)
    assert await state.redis.ttl(name) == pytest.approx(keys.TRIES_TTL_S, abs=5)
    assert await state.attempts.begin(key, 3) == (1, False, "")
    assert await state.redis.ttl(name) == pytest.approx(keys.ATTEMPT_TTL_S, abs=5)
    assert await state.attempts.fetch_failed(key) == (2, 0)
    state.attempts.succeeded(key)
    await state.attempts.flush()
    assert await state.attempts.begin(key, 3) == (1, False, ""), "it was read"
    state.attempts.withdraw(key)
    await state.attempts.flush()
    assert await state.attempts.fetch_failed(key) == (3, 0), "which says nothing about fetching it"
    await state.redis.hincrby(name, "failed_at", -keys.TRIES_TTL_S)
    assert await state.attempts.fetch_failed(key) == (1, 0), "the last failure was too long ago"
    await state.attempts.begin(key, 3)
    state.attempts.succeeded(key)
    state.attempts.succeeded(many(2)[1])
    await state.urls.mark([key], NOW)
    await state.attempts.flush()
    assert not await state.redis.exists(name)


async def test_pages_are_set_aside_and_taken_off(state: State):
    pages = [Quarantined(f"https://a.example/{key}", key, "a", "hangs", NOW) for key in many(2)]
    for page in pages:
        await state.attempts.quarantine(page, again_s=60)
    assert sorted(await state.attempts.quarantined(), key=lambda page: page.key) == sorted(
        pages, key=lambda page: page.key
    )
    await state.attempts.take_off(pages[0].key)
    assert await state.attempts.quarantined() == pages[1:]
    assert await state.redis.zcard(keys.QUARANTINE_ORDER) == 1


async def test_stories_are_found_and_forgotten(state: State):
    bodies = [" ".join(f"word{story * 1000 + n}" for n in range(300)) for story in range(40)]
    places = [await state.stories.place(sketch("t", body, "a.org"), f"{n:016x}", NOW) for n, body in enumerate(bodies)]
    assert all(place.is_new for place in places)
    again = await state.stories.place(sketch("t", bodies[7], "a.org"), "f" * 16, NOW)
    assert (again.key, again.is_new) == (f"{7:016x}", False)
    assert await state.stories.lost()
    await state.stories.complete()
    assert not await state.stories.lost()
    await state.urls.mark(many(50), NOW)
    await state.stories.forget()
    assert await state.stories.lost()
    assert [name async for name in state.redis.scan_iter(match=f"{keys.STORIES}*", count=1000)] == []
    assert await state.urls.unseen(many(50), NOW) == [False] * 50, "and nothing else"


async def test_revisits_sites_and_hubs(state: State):
    assert await state.revisits.reserve("a.example", 1.0, longest_s=60) == (True, 0.0)
    kept, wait_s = await state.revisits.reserve("a.example", 1.0, longest_s=1)
    assert not kept
    assert 4 < wait_s <= 5
    await state.revisits.hold("a.example", 10.0)
    assert (await state.revisits.reserve("a.example", 1.0, longest_s=1))[1] > 49
    assert await state.revisits.note("a", changed=True) == ([True], False)
    assert await state.revisits.storm("a", going_on=True)
    assert await state.revisits.note("a", changed=False) == ([False, True], True)
    assert await state.revisits.storm("a", going_on=False)

    found = EntryPoints((("feed", "https://a.example/feed"),), ("https://a.example/world",))
    await state.sites.save_entry_points(5, found)
    assert await state.sites.entry_points(5) == found
    await state.sites.forget(5)
    assert await state.sites.entry_points(5) == EntryPoints()

    listings = {name: Listing(n, read=True, hub=f"https://hub/{n}", topic="t") for n, name in enumerate("abc", 1)}
    for name, listing in listings.items():
        await state.poll_hints.note(name, [listing])
    assert await state.poll_hints.of("abcd") == {name: [listing] for name, listing in listings.items()}
    offers = {name: (Offer(listing.hub, "t", 0),) for name, listing in listings.items()}
    assert await state.poll_hints.offers(0) == await state.poll_hints.offers(0, "abcd") == offers

    wanted = Subscription("token", "a", "https://hub/1", "t", "secret")
    await state.websub.save(wanted)
    assert await state.websub.one("token") == wanted
    assert await state.websub.listed() == [wanted]
    await state.websub.drop("token")
    assert await state.websub.one("token") is None


async def test_one_of_two_leads(state: State):
    first, second = state.leader_lease("schedule", "first"), state.leader_lease("schedule", "second")
    assert await first.hold()
    assert not await second.hold()
    await first.release()
    assert await second.hold()


async def test_the_server_reports_its_state(state: State):
    await state.answers()
    life = await state.life()
    assert len(life.split()) == len(await info(state.redis, "server"))
    assert await state.life() == life
    assert await state.memory_bytes() > 500_000 * len(life.split())


async def test_a_cluster_is_one_when_the_url_says_so(cluster, valkey: EmbeddedServer, watched):
    alone = cluster.url.replace("redis+cluster", "redis")
    for url, told in (
        (alone, "its URL must start with redis\\+cluster://"),
        (watched.servers[0].url("redis+cluster"), "not a cluster node: its URL must start with redis://"),
    ):
        state = State.connect(url, retries=20)
        with pytest.raises(StateError, match=told):
            await state.urls.unseen(many(50), NOW)
        await state.close()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis+sentinel://a:26379,b", r"add the name of the master .* such as redis\+sentinel://a:26379,b/mymaster"),
        ("redis+sentinel://a:x/m", "'a:x' is not a host with a port"),
        ("redis+sentinel://a,,b/m", "'' is not a host"),
        ("redis+sentinel://a/m/first", "'first' is not a database number"),
        ("redis+sentinel://a/m?socket_timeout=soon", "socket_timeout"),
        ("redis+cluster://a/3", "a cluster has only database 0"),
        ("redis+cluster://a:1,b:2", "pass one node of the cluster"),
        ("redis+cluster:///0", "add a node of the cluster"),
        ("redis+cluster://a?shards=3", "shards"),
        ("http://u:hunter2@a?password=hunter2", r"the URL must start with one of redis://.*redis\+cluster://"),
        ("cache:6379", "the URL must start with one of"),
    ],
)
def test_a_url_that_is_none_says_what_is_wrong(url: str, told: str):
    with pytest.raises(StateError, match=told) as raised:
        State.connect(url)
    assert "hunter2" not in str(raised.value)
    if "shards" not in url:
        with pytest.raises(StateError, match=told):
            check(url)


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://a/m",
        "redis+sentinel://a:1,[::1]:2,c/my/3",
        "redis+sentinel://u%40x:p%2Fq@a:1/m/0?sentinel_username=s&sentinel_password=t&socket_timeout=7",
        "rediss+sentinel://:p@a/m?ssl_cert_reqs=none&max_connections=4",
    ],
)
def test_sentinels_are_named_as_the_task_queue_names_them(url: str):
    ours, theirs = address.sentinels(check(url)), parse_sentinel_url(url)
    assert (list(ours.hosts), ours.master, ours.own) == (theirs.sentinels, theirs.service_name, theirs.sentinel_kwargs)
    assert ours.options == theirs.connection_kwargs | {"db": theirs.db}


def test_passwords_are_hidden():
    shown = hide_password("redis+sentinel://u:one@a,b:1/m?sentinel_password=two&password=three&db=1")
    assert shown == "redis+sentinel://u:***@a,b:1/m?sentinel_password=***&password=***&db=1"
    assert hide_password("redis://a/0") == "redis://a/0"


@given(kind=st.sampled_from(["url", "content"]), key=st.integers(0, 2**64 - 1), generation=st.integers(0, 10**6))
def test_what_one_script_touches_has_one_slot(kind: str, key: int, generation: int):
    seen = [keys.seen(kind, key, generation), keys.seen(kind, key, generation - 1)]
    names = [*seen, keys.claim(kind, key)]
    assert len({key_slot(name.encode()) for name in names}) == 1
    assert key_slot(keys.attempt(key).encode()) == key_slot(keys.claim("url", key).encode())
    assert key_slot(keys.QUARANTINE.encode()) == key_slot(keys.QUARANTINE_ORDER.encode())
    assert key_slot(f"{keys.STORIES}:{generation}:{key}".encode()) == key_slot(keys.STORIES.encode())
