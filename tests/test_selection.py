"""The order of the tests, and which are slow."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selection import is_slow, limit_examples, slow_first


@dataclass(frozen=True)
class Item:
    path: Path
    number: int
    slow: bool
    fixturenames: list[str] = field(default_factory=list, compare=False)

    def get_closest_marker(self, name: str) -> bool:
        return self.slow


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=40), st.integers(1, 5))
def test_every_test_runs_once_and_each_share_begins_with_slow_ones(tests: list[tuple[str, bool]], workers: int):
    items = [Item(Path(name), number, slow) for number, (name, slow) in enumerate(tests)]
    ordered = slow_first(items, workers)
    assert sorted(ordered, key=lambda item: item.number) == items
    assert [item for item in ordered if not item.slow] == [item for item in items if not item.slow]


def test_slow_modules_are_dealt_to_the_workers():
    items = [Item(Path(name), number, slow=name in "ab") for number, name in enumerate("aaxxbbxx")]
    assert [item.path.name for item in slow_first(items, 2)] == ["a", "a", "x", "x", "b", "b", "x", "x"]
    items = [Item(Path(name), number, slow=name in "ab") for number, name in enumerate("aabbxxxx")]
    assert [item.path.name for item in slow_first(items, 2)] == ["a", "a", "x", "x", "b", "b", "x", "x"]


@pytest.mark.parametrize(
    ("folder", "fixtures", "parameters", "slow"),
    [
        ("service", [], None, True),
        ("web", ["browser", "chromium"], None, True),
        ("archive", [], "postgresql-walked", True),
        ("archive", [], "sqlite-walked", False),
        ("archive", ["archive"], None, False),
    ],
)
def test_what_starts_something_slow_is_slow(folder: str, fixtures: list[str], parameters: str | None, slow: bool):
    item = SimpleNamespace(
        fixturenames=fixtures, **({"callspec": SimpleNamespace(id=parameters)} if parameters else {})
    )
    assert is_slow(item, folder) is slow


def test_a_property_tries_no_more_than_the_profile_does():
    @settings(max_examples=10_000, deadline=None)
    @given(st.integers())
    def a_property(number: int) -> None:
        seen.append(number)

    seen: list[int] = []
    limit_examples(a_property)
    a_property()
    assert 10 <= len(seen) <= settings().max_examples * 2
