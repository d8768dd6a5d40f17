"""What travels between the pipelines."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.archive import Visited
from crawler.items import Alert, Article


@dataclass(frozen=True, slots=True)
class Placed:
    """An article and the key of its story."""

    article: Article
    story: str


@dataclass(frozen=True, slots=True)
class Looked:
    """A known article that was looked at again: as it was, and what was found (without alerts yet).

    `keys`: of the addresses that are known once that is durable.
    """

    before: Article
    story: str
    visited: Visited
    keys: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Matched:
    """An article, its story and the alerts that it raises."""

    article: Article
    alerts: tuple[Alert, ...]
    story: str = ""
