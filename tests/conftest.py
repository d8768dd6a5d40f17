"""Fixtures that several parts share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings

from crawler.service.worker.reactor import twisted
from crawler.state import EmbeddedServer, State

settings.register_profile("tests", deadline=None)  # a busy machine is no failure
settings.load_profile("tests")


TESTS = Path(__file__).parent
UPPER_LAYERS = {"chaos", "crawls", "demo", "cli", "service", "web", "web_api", "web_feeds", "websub"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure coverage where it counts: it doubles the cost of a test, and only that of the lower layers is judged.

    Properties are left out as well: examples reach the same lines.
    """
    for item in items:
        is_property = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        if is_property or UPPER_LAYERS.intersection(item.path.relative_to(TESTS).parts[:1]):
            item.add_marker(pytest.mark.no_cover)


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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def reactor() -> AsyncIterator[None]:
    """Twisted's reactor, once in a process: on the session's loop, which runs while an asynchronous test of it does.

    What uses `in_reactor` is called by `asyncio.to_thread` in such a test.
    """
    async with twisted():
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
