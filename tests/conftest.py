"""Fixtures that several parts share."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings
from selection import is_slow, limit_examples, slow_first

from crawler.service.worker.reactor import twisted
from crawler.state import EmbeddedServer, State

pytest_plugins = ("children",)

gc.disable()  # until the tests are collected: to look for garbage among their millions of objects doubles the time

settings.register_profile("ci", deadline=None, derandomize=True)  # one commit, one result; a busy machine is no failure
settings.register_profile("fuzz", deadline=None, print_blob=True)  # of `make fuzz`: other examples each time
settings.register_profile("dev", deadline=None, max_examples=10)  # of `make quick`: at most so many, see below
settings.load_profile("ci")


TESTS = Path(__file__).parent
UPPER_LAYERS = {"chaos", "crawls", "demo", "cli", "service", "web", "web_api", "web_feeds", "websub"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is slow, limit examples in the profile `dev`, choose what is measured, and start the slow tests first.

    Coverage doubles the cost of a test, and only that of the lower layers is judged. Properties and slow tests are left
    out: examples reach the same lines.
    """
    for item in items:
        is_property = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        folder = item.path.relative_to(TESTS).parts[0]
        if is_slow(item, folder):
            item.add_marker(pytest.mark.slow)
        if is_property or item.get_closest_marker("slow") or folder in UPPER_LAYERS:
            item.add_marker(pytest.mark.no_cover)
        if is_property and settings.get_current_profile_name() == "dev":
            limit_examples(item.obj)
    if hasattr(config, "workerinput"):
        items[:] = slow_first(items, config.workerinput["workercount"])


def pytest_collection_finish() -> None:
    """Collect garbage from here on, but only what tests leave."""
    gc.freeze()
    gc.enable()


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
