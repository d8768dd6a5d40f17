"""The share of a site's articles that a source's listings name, estimated by capture-recapture. Pure.

The source's own listings are one capture; other listings of the site, read rarely to check them, are the others. An
article that no listing names is not seen, so its number is estimated: among the articles that other listings name, the
share that the source names as well (Chapman 1951) is extended to those that no other listing names. With two or more
other listings, the trend of that share from many to few namings shows whether the captures are dependent (as in the
log-linear models of Fienberg 1972); without a second one, the odds may differ by a factor of about four either way. The
unseen number has a log-normal interval (Chao 1987). docs/coverage.md says what this can and cannot know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import exp, floor, log, sqrt
from typing import Final

NAMED_BY_CHECKS: Final = 10  # articles that other listings must name
NAMED_BY_BOTH: Final = 7  # Robson and Regier 1964: with fewer in common, the estimate is biased
WIDEST: Final = 0.3  # an interval for the share that is wider says too little
INCOMPLETE_BELOW: Final = 0.9  # a source that names at most this share of the articles has a problem
_Z: Final = 1.645  # 90 %
_Z_DEPENDENT: Final = 2.33  # 1 %: the trend is not by chance
_DEPENDENCE: Final = 0.8  # standard deviation of the log odds ratio between captures, before anything is known


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
        """The lower limit of the share that the source names; None if it cannot be told."""
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

    `sightings`: for each article that any listing named, whether the source's own listings did, and how many of the
    `checks` other listings did.
    """
    counts = Counter((own, min(others, checks)) for own, others in sightings)
    named = sum(count for (own, _), count in counts.items() if own)
    seen = counts.total()
    if not checks:
        return Recall(named, seen, seen, unknown=Unknown.NO_CHECK)
    if seen - counts[True, 0] < NAMED_BY_CHECKS or not named:
        return Recall(named, seen, seen, unknown=Unknown.TOO_FEW)
    if named - counts[True, 0] < NAMED_BY_BOTH:
        return Recall(named, seen, seen, unknown=Unknown.APART)
    odds = _odds_if_unnamed(counts, checks)
    if odds is None:
        return Recall(named, seen, seen, unknown=Unknown.DEPENDENT)
    least, most = _unseen(counts[True, 0], *odds)
    if named / (seen + least) - named / (seen + most) > WIDEST:
        return Recall(named, seen, seen, unknown=Unknown.TOO_WIDE)
    return Recall(named, seen, seen + least, seen + most)


def _odds_if_unnamed(counts: Counter[tuple[bool, int]], checks: int) -> tuple[float, float] | None:
    """Return the log odds that the source names an article that no other listing names, and their variance.

    None if the trend shows that the captures are dependent. The trend's prior is no dependence; Bayes' rule combines it
    with the log odds of articles that one other listing names, and of those that several do.
    """
    once, once_variance = _log_odds(counts[True, 1], counts[False, 1])
    several = [(counts[True, number], counts[False, number], number) for number in range(2, checks + 1)]
    total = sum(yes + no for yes, no, _ in several)
    if not total:
        return once, once_variance + _DEPENDENCE**2
    often, often_variance = _log_odds(sum(yes for yes, _, _ in several), sum(no for _, no, _ in several))
    step = sum((yes + no) * (number - 1) for yes, no, number in several) / total
    if abs(often - once) > _Z_DEPENDENT * sqrt(once_variance + often_variance):
        return None
    level = 1 / once_variance + 1 / often_variance  # the normal equations of (log odds, trend)
    cross, slope = step / often_variance, step**2 / often_variance + 1 / _DEPENDENCE**2
    by_level, by_slope = once / once_variance + often / often_variance, step * often / often_variance
    determinant = level * slope - cross**2
    mean = (slope * by_level - cross * by_slope - level * by_slope + cross * by_level) / determinant
    return mean, (slope + level + 2 * cross) / determinant


def _log_odds(yes: int, no: int) -> tuple[float, float]:
    return log((yes + 0.5) / (no + 0.5)), 1 / (yes + 0.5) + 1 / (no + 0.5)


def _unseen(own_only: int, log_odds: float, variance: float) -> tuple[int, int]:
    """Return the limits of the number of articles that no listing named."""
    number = (own_only + 0.5) * exp(-log_odds)
    spread = exp(_Z * sqrt(variance + 1 / (own_only + 0.5) + 1 / (number + 0.5)))
    return floor(number / spread) if own_only else 0, floor(number * spread)
