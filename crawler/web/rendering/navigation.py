"""The pages that the head of every page leads to, in order, with the key that goes there after g."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """One page in the navigation."""

    path: str
    name: str
    key: str  # g and this letter


NAVIGATION = (
    Place("/", "New", "n"),
    Place("/search", "Search", "f"),
    Place("/stories", "Stories", "s"),
    Place("/alerts", "Alerts", "a"),
    Place("/rules", "Rules", "r"),
    Place("/sources", "Sources", "o"),
    Place("/status", "Status", "t"),
)
