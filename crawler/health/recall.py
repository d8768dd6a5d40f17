"""The share of a site's articles that a source's listings name, estimated by capture-recapture. Pure.

The source's own listings are one capture; other listings of the site, read rarely to check them, are the others. An
article that no listing names is not seen, so its number is estimated: among the articles that other listings name, the
share that the source names as well (Chapman 1951) is extended to those that no other listing names. Two or more other
listings show whether the captures are dependent (as in the log-linear models of Fienberg 1972), and how the share
changes from many namings to few. How it changes from one naming to none cannot be seen: the odds may differ by a factor
of about nine either way, and the interval is as wide as that requires. The unseen number has a log-normal interval
(Chao 1987). docs/coverage.md says what this can and cannot know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import exp, floor, log, sqrt
from typing import Final, NamedTuple

NAMED_BY_CHECKS: Final = 10  # articles that other listings must name
NAMED_BY_BOTH: Final = 7  # Robson and Regier 1964: with fewer in common, the estimate is biased
WIDEST: Final = 0.35  # an interval for the share that is wider says too little
INCOMPLETE_BELOW: Final = 0.9  # a source that names at most this share of the articles has a problem
_Z: Final = 1.645  # 90 %
_Z_DEPENDENT: Final = 2.33  # 1 %: the trend is not by chance
_DEPENDENCE: Final = 0.8  # standard deviation of the log odds ratio between captures, before anything is known
_UNNAMED: Final = 1.35  # standard deviation of its difference if no other listing names an article: never seen


class Unknown(StrEnum):
    """Why there is no estimate."""

    NO_CHECK = "no other listing of the site was read"
    TOO_FEW = "its other listings named too few articles"
    APART = "its other listings name hardly any of its articles"
    DEPENDENT = "the listings name the same articles and leave out the same ones"
    TOO_WIDE = "the listings differ too much for an estimate"


@dataclass(frozen=True, slots=True)
class Recall:
    """What a source names of the articles that its site publishes.

    `named`: by its own listings; `seen`: by any listing; `least` to `most`: an estimate of all articles (90 %). Without
    an estimate, `unknown` is the reason and `most` is None; `seen` is then the only certain lower limit.
    """

    named: int
    seen: int
    least: int
    most: int | None = None
    unknown: Unknown | None = None

    @property
    def lowest_share(self) -> float | None:
        """The lower limit of the share that the source names; None without an estimate."""
        return self.named / self.most if self.most else None

    @property
    def highest_share(self) -> float | None:
        """The upper limit of the share; certain even without an estimate. None if nothing was seen."""
        return self.named / self.least if self.least else None

    @property
    def is_incomplete(self) -> bool:
        """Whether the source certainly misses more than a tenth."""
        share = self.highest_share
        return self.seen >= NAMED_BY_CHECKS and share is not None and share < INCOMPLETE_BELOW


def recall(sightings: Iterable[tuple[bool, int]], *, checks: int) -> Recall:
    """Estimate how many articles a site published.

    `sightings`: for each article that any listing named, whether the source's own listings did, and a number with a bit
    for each of the `checks` other listings, set if it did.
    """
    cells = Counter(sightings)
    own_only = cells[True, 0]
    named = sum(count for (own, _), count in cells.items() if own)
    seen = cells.total()
    if not checks:
        return Recall(named, seen, seen, unknown=Unknown.NO_CHECK)
    if seen - own_only < NAMED_BY_CHECKS or not named:
        return Recall(named, seen, seen, unknown=Unknown.TOO_FEW)
    if named - own_only < NAMED_BY_BOTH:
        return Recall(named, seen, seen, unknown=Unknown.APART)
    odds = _odds_if_unnamed(cells, checks)
    if odds is None:
        return Recall(named, seen, seen, unknown=Unknown.DEPENDENT)
    least, most = _unseen(own_only, odds)
    if named / (seen + least) - named / (seen + most) > WIDEST:
        return Recall(named, seen, seen, unknown=Unknown.TOO_WIDE)
    return Recall(named, seen, seen + least, seen + most)


class _Estimate(NamedTuple):
    """A value with the variance of its error."""

    value: float
    variance: float


def _odds_if_unnamed(cells: Mapping[tuple[bool, int], int], checks: int) -> _Estimate | None:
    """Return the log odds that the source names an article that no other listing names.

    None if the captures are dependent. With each naming the log odds change by the same dependence, the prior of which
    is none; Bayes' rule combines it with the log odds of articles that one other listing names, with those of articles
    that several do, and with the dependence between the other listings.
    """
    counts: Counter[tuple[bool, int]] = Counter()
    for (own, others), count in cells.items():
        counts[own, others.bit_count()] += count
    once = _log_odds(counts[True, 1], counts[False, 1])
    several = [(counts[True, number], counts[False, number], number) for number in range(2, checks + 1)]
    total = sum(yes + no for yes, no, _ in several)
    if not total:
        return _Estimate(once.value, once.variance + _UNNAMED**2)
    often = _log_odds(sum(yes for yes, _, _ in several), sum(no for _, no, _ in several))
    step = sum((yes + no) * (number - 1) for yes, no, number in several) / total
    between = _dependence(cells, checks)
    trend = _Estimate((often.value - once.value) / step, (once.variance + often.variance) / step**2)
    both = _combined([between, trend])
    if abs(both.value) > _Z_DEPENDENT * sqrt(both.variance):
        return None
    level = 1 / once.variance + 1 / often.variance  # the normal equations of (log odds, dependence)
    cross, slope = step / often.variance, step**2 / often.variance + 1 / between.variance + 1 / _DEPENDENCE**2
    by_level = once.value / once.variance + often.value / often.variance
    by_slope = step * often.value / often.variance + between.value / between.variance
    determinant = level * slope - cross**2
    mean = (slope * by_level - cross * by_slope - level * by_slope + cross * by_level) / determinant
    return _Estimate(mean, (slope + level + 2 * cross) / determinant + _UNNAMED**2)


def _log_odds(yes: int, no: int) -> _Estimate:
    return _Estimate(log((yes + 0.5) / (no + 0.5)), 1 / (yes + 0.5) + 1 / (no + 0.5))


def _dependence(cells: Mapping[tuple[bool, int], int], checks: int) -> _Estimate:
    """Return the log odds ratio between two other listings, among the articles that the source names."""
    pairs = []
    for first, second in combinations(range(checks), 2):
        both: Counter[tuple[int, int]] = Counter()
        for (own, others), count in cells.items():
            both[others >> first & 1, others >> second & 1] += count if own else 0
        alike, apart = _log_odds(both[1, 1], both[1, 0]), _log_odds(both[0, 1], both[0, 0])
        pairs.append(_Estimate(alike.value - apart.value, alike.variance + apart.variance))
    found = _combined(pairs)
    return _Estimate(found.value, found.variance * checks / 2)  # the pairs of more than two listings share them


def _combined(estimates: Sequence[_Estimate]) -> _Estimate:
    """Return the mean of estimates, weighted by their precision."""
    precision = sum(1 / one.variance for one in estimates)
    return _Estimate(sum(one.value / one.variance for one in estimates) / precision, 1 / precision)


def _unseen(own_only: int, odds: _Estimate) -> tuple[int, int]:
    """Return the limits of the number of articles that no listing named."""
    number = (own_only + 0.5) * exp(-odds.value)
    spread = exp(_Z * sqrt(odds.variance + 1 / (own_only + 0.5) + 1 / (number + 0.5)))
    return floor(number / spread) if own_only else 0, floor(number * spread)
