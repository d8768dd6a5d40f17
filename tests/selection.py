"""Which tests are slow, and in which order they run."""

from __future__ import annotations

from itertools import chain, islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

SLOW_FOLDERS = {"chaos", "service"}
SLOW_FIXTURES = {"chromium", "postgres", "watched", "cluster"}
SLOW_PARAMETERS = ("postgresql", "packed", "sentinel", "cluster", "Cluster", "Watched")


def is_slow(item: pytest.Item, folder: str) -> bool:
    """Whether a test starts what takes seconds to start: a service, a browser, PostgreSQL, several Valkeys."""
    parameters = item.callspec.id if hasattr(item, "callspec") else ""
    if folder in SLOW_FOLDERS or SLOW_FIXTURES.intersection(item.fixturenames):
        return True
    return any(name in parameters for name in SLOW_PARAMETERS)


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
