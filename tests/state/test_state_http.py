from __future__ import annotations

import pytest

from crawler.discover.robots import MAX_BYTES
from crawler.hosts import Robots
from crawler.state import State, Validators, keys


async def test_validators_are_kept_and_replaced_whole(state: State):
    assert await state.http.validators(7) == Validators()
    await state.http.save_validators(7, Validators('"é"', "Sun, 01 Mar 2026 12:00:00 GMT", "ab"))
    assert await state.http.validators(7) == Validators('"é"', "Sun, 01 Mar 2026 12:00:00 GMT", "ab")
    await state.http.save_validators(7, Validators(body_hash="cd"))
    assert await state.http.validators(7) == Validators(body_hash="cd")
    assert 0 < await state.redis.ttl(keys.http(7)) <= keys.VALIDATORS_TTL_S


async def test_robots_are_kept_for_half_a_day_and_an_unreachable_one_for_minutes(state: State):
    host = "https://example.org"
    assert await state.http.robots(host) is None
    await state.http.save_robots(host, Robots(200, b"User-agent: *\nDisallow: /x"))
    assert await state.http.robots(host) == Robots(200, b"User-agent: *\nDisallow: /x")
    assert await state.redis.ttl(keys.robots(host)) > keys.ROBOTS_WAIT_S
    await state.http.save_robots(host, Robots(503))
    found = await state.http.robots(host)
    assert found == Robots(503)
    assert keys.ROBOTS_UNANSWERED_S < await state.redis.ttl(keys.robots(host)) <= keys.ROBOTS_WAIT_S
    await state.http.save_robots(host, Robots(0, b"no such host"))
    assert 0 < await state.redis.ttl(keys.robots(host)) <= keys.ROBOTS_UNANSWERED_S, "our own network may be away"


async def test_a_huge_robots_file_is_cut(state: State):
    await state.http.save_robots("http://h", Robots(200, b"x" * 2_000_000))
    robots = await state.http.robots("http://h")
    assert robots is not None
    assert len(robots.body) == MAX_BYTES


@pytest.mark.parametrize(
    ("status", "unreachable"),
    [(200, False), (404, False), (403, False), (429, True), (500, True), (503, True), (0, True)],
)
def test_server_errors_mean_wait_and_client_errors_mean_no_rules(status: int, unreachable: bool):
    assert Robots(status).unreachable is unreachable
