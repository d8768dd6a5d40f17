"""Totals of what is known of the coverage of many sources. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crawler.health.recall import Recall, Unknown


@dataclass(frozen=True, slots=True)
class Totals:
    """Sources by what is known of their coverage.

    `incomplete`: sources that certainly miss more than a tenth; `unknown`: sources without an estimate, by reason;
    `unjudged`: sources of which no listing named a new article. `named`, `least` and `most` are sums over the sources
    with an estimate: articles that their own listings named, and the limits of the number that was published.
    """

    sources: int = 0
    estimated: int = 0
    incomplete: int = 0
    unknown: Mapping[Unknown, int] = field(default_factory=dict)
    unjudged: int = 0
    named: int = 0
    least: int = 0
    most: int = 0

    @property
    def without_estimate(self) -> int:
        """The number of sources without an estimate."""
        return self.sources - self.estimated


def totals(found: Iterable[Recall | None]) -> Totals:
    """Return the totals of sources; None stands for a source of which no listing named a new article."""
    every = list(found)
    judged = [one for one in every if one is not None]
    estimated = [one for one in judged if one.most is not None]
    return Totals(
        sources=len(every),
        estimated=len(estimated),
        incomplete=sum(one.is_incomplete for one in judged),
        unknown=Counter(one.unknown for one in judged if one.unknown is not None),
        unjudged=len(every) - len(judged),
        named=sum(one.named for one in estimated),
        least=sum(one.least for one in estimated),
        most=sum(one.most or 0 for one in estimated),
    )
