"""Fixtures that several parts share."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from crawler.state import EmbeddedServer, State

pytest_plugins = ("leftovers",)

settings.register_profile("ci", deadline=None)  # a busy machine is no failure
settings.register_profile("dev", deadline=None, max_examples=10)  # of `make quick`: at most so many, see below
settings.load_profile("ci")


TESTS = Path(__file__).parent
UPPER_LAYERS = {"chaos", "crawls", "demo", "cli", "service", "web", "web_api", "web_feeds", "websub"}
SLOW_FOLDERS = {"chaos", "service"}
SLOW_FIXTURES = {"chromium", "postgres", "watched", "cluster"}
SLOW_PARAMETERS = ("postgresql", "packed", "sentinel", "cluster", "Cluster", "Watched")


def pytest_configure(config: pytest.Config) -> None:
    """Give processes that tests start the default signals, also under `nohup` and in the background of a script.

    There SIGINT, SIGQUIT or SIGHUP are ignored, and a child inherits that. It does not inherit a handler that does
    nothing. A worker of xdist ends with its controller, not at SIGHUP.
    """
    worker = hasattr(config, "workerinput")
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN or (worker and number is signal.SIGHUP):
            signal.signal(number, lambda *_: None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is slow, limit examples in the profile `dev`, choose what is measured, and start the slow tests first.

    Coverage doubles the cost of a test, and only that of the lower layers is judged. Properties and slow tests are left
    out: examples reach the same lines.
    """
    for item in items:
        is_property = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in SLOW_FOLDERS or is_slow(item):
            item.add_marker(pytest.mark.slow)
        if is_property or item.get_closest_marker("slow") or folder in UPPER_LAYERS:
            item.add_marker(pytest.mark.no_cover)
        if is_property and settings.get_current_profile_name() == "dev":
            limit_examples(item.obj)
    if hasattr(config, "workerinput"):
        items[:] = slow_first(items, config.workerinput["workercount"])


def is_slow(item: pytest.Item) -> bool:
    """Whether a test starts what takes seconds to start: a browser, PostgreSQL, several Valkeys."""
    parameters = item.callspec.id if hasattr(item, "callspec") else ""
    return bool(SLOW_FIXTURES.intersection(item.fixturenames)) or any(name in parameters for name in SLOW_PARAMETERS)


def limit_examples(test: Any) -> None:
    """Let a property that names its own number of examples try no more than the profile does."""
    own = test._hypothesis_internal_use_settings  # as the plugin of hypothesis does
    test._hypothesis_internal_use_settings = settings(own, max_examples=min(own.max_examples, settings().max_examples))


def slow_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Return the tests in an order in which the share of each worker begins with slow ones.

    `--dist worksteal` first gives each worker an equal part of the list, from the front. Slow tests of one module stay
    together, because of their fixtures. What is left for the end, when workers run out of tests, is quick.
    """
    modules: dict[Path, list[pytest.Item]] = {}
    quick: list[pytest.Item] = []
    for item in items:
        (modules.setdefault(item.path, []) if item.get_closest_marker("slow") else quick).append(item)
    shares: list[list[pytest.Item]] = [[] for _ in range(workers)]
    for module in sorted(modules.values(), key=len, reverse=True):
        min(shares, key=len).extend(module)
    left = iter(quick)
    for share in shares:
        share.extend(islice(left, max(0, len(items) // workers - len(share))))
    return [*chain.from_iterable(shares), *left]


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
