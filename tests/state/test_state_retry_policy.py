"""What passes is waited for; our own mistakes are not."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.errors import StateError
from crawler.state import Claim, EmbeddedServer, State, failures
from crawler.state.client import RetryPolicy

NOW = datetime(2026, 3, 1, tzinfo=UTC)


async def test_a_full_server_is_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    with EmbeddedServer(tmp_path) as server:
        state = State.connect(server.url)
        await state.redis.config_set("maxmemory", "1")
        RetryPolicy._reported_at = -100.0
        with caplog.at_level(logging.WARNING):
            claiming = asyncio.create_task(state.urls.claim(1, "me", NOW))
            await asyncio.sleep(0.6)
            assert not claiming.done()
            await state.redis.config_set("maxmemory", "0")
            assert await asyncio.wait_for(claiming, 20) is Claim.MINE
        told = [record.getMessage() for record in caplog.records if "waiting" in record.getMessage()]
        assert len(told) == 1, "one clear line"
        await state.close()


async def test_a_server_that_comes_back_is_waited_for(tmp_path: Path):
    server = EmbeddedServer(tmp_path)
    server.start()
    state = State.connect(server.url)
    await state.urls.claim(1, "me", NOW)
    server.stop()
    claiming = asyncio.create_task(state.urls.claim(2, "me", NOW))
    await asyncio.sleep(0.3)
    assert not claiming.done()
    server.start()
    assert await asyncio.wait_for(claiming, 20) is Claim.MINE
    await state.close()
    server.stop()


async def test_successes_during_an_outage_are_recorded_after_it(tmp_path: Path):
    server = EmbeddedServer(tmp_path)
    server.start()
    state = State.connect(server.url, retries=1)
    await state.attempts.begin(1, 3)
    state.attempts.succeeded(1)
    server.stop()
    with pytest.raises(StateError):
        await state.attempts.flush()
    waiting = asyncio.create_task(state.attempts.begin(2, 3))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    server.start()
    await state.attempts.begin(2, 3)
    assert await state.attempts.begin(1, 3) == (1, False, ""), "its first try is forgotten"
    await state.close()
    server.stop()


async def test_our_own_mistakes_fail_at_once(state: State):
    await state.redis.set("text", "no number")
    with pytest.raises(StateError, match="counting"):
        async with failures("counting"):
            await asyncio.wait_for(state.redis.incr("text"), 5)


async def test_a_master_without_replicas_is_waited_for(valkey: EmbeddedServer):
    state = State.connect(valkey.url)
    await state.redis.config_set("min-replicas-to-write", 1)
    try:
        marking = asyncio.create_task(state.urls.mark([1], datetime(2026, 3, 1, tzinfo=UTC)))
        await asyncio.sleep(0.3)
        assert not marking.done()
    finally:
        await state.redis.config_set("min-replicas-to-write", 0)
    await asyncio.wait_for(marking, 10)
    await state.close()
