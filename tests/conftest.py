"""Fixtures that several parts share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from crawler.state import EmbeddedServer, State


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A real Valkey for the whole session; `state` empties it before each test."""
    with EmbeddedServer(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
async def state(valkey: EmbeddedServer) -> AsyncIterator[State]:
    """An empty Redis state."""
    state = State.connect(valkey.url, retries=3)
    await state.redis.flushall()
    yield state
    await state.close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
