"""Problems of a source, detected from its last runs. Pure.

Each run confirms a condition, contradicts it, or says nothing about it: an unchanged listing says nothing about
articles. Two runs in a row open a problem, two close it; a single abnormal response does neither. Observations on
article pages are compared with the source's own history: some sources always have galleries without text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import comb
from statistics import median
from typing import Final, Literal, TypeAlias

from crawler.health.conditions import Condition, Finding
from crawler.items import OVERFLOW, Outcome, Run
from crawler.unanswered import NoAnswer

RECENT: Final = 3  # runs whose pages are evaluated together: three expected intervals
ENOUGH_PAGES: Final = 8  # of one run, as evidence without a second run
MOST: Final = 0.6  # of the pages
FEW: Final = 0.3
UNLIKELY: Final = 1e-5  # probability that so many pages are bad by chance, given the share in the source's history
_PRIOR_PAGES: Final = 20.0  # one of them bad: the prior of a source without a history
STUB: Final = 0.25  # of the former length of its articles
SHORT_WORDS: Final = 100  # below this median the history is checked
UNTRUSTED: Final = "no secure connection"  # in a run's error: crawler.extensions.observer
FORBIDDEN: Final = "Forbidden by robots.txt"  # Scrapy's message

Observation: TypeAlias = str | None  # what was seen; "" if nothing is wrong; None: the run says nothing about it
Verdict: TypeAlias = Finding | Literal["healthy", "unclear"]

_LISTINGS: Final = {
    Condition.EMPTY: "empty",
    Condition.UNUSABLE: "unusable",
    Condition.SOFT_404: "soft-404",
    Condition.CONSENT: "consent",
    Condition.BOT_WALL: "bot-wall",
    Condition.SCRIPT_ONLY: "script-only",
    Condition.ROBOTS: "robots",
}
_PAGES: Final = {
    Condition.SOFT_404: ("soft-404",),
    Condition.CONSENT: ("consent",),
    Condition.BOT_WALL: ("bot-wall",),
    Condition.SCRIPT_ONLY: ("script-only",),
    Condition.ROBOTS: ("robots",),
    Condition.REFUSED: ("refused",),
    Condition.GONE: ("gone",),
    Condition.NO_TEXT: ("empty", "too-short", "not-html"),
}
_ERRORS: Final = (  # of a run without results: parts of its error, most specific first
    (Condition.CERTIFICATE, (UNTRUSTED,)),
    (Condition.ROBOTS, (FORBIDDEN,)),
    (Condition.REFUSED, ("status 401", "status 403", "status 407", "status 451")),
    (Condition.PAYWALL, ("status 402",)),
    (Condition.GONE, ("status 404", "status 410", NoAnswer.NO_HOST)),
    (Condition.FAILING, ("",)),
)
_MARKS: Final = ("moved", "certificate")  # signals that occur with a good response
SIGNALS: Final = frozenset((*_LISTINGS.values(), *_MARKS, "incomplete", OVERFLOW))
CLEAR: Final = 6  # runs with news, without an overflow, until a feed is long enough
LATE: Final = 3.0  # times the usual interval: this machine was off, or the source failed


def is_abnormal(run: Run) -> bool:
    """Return whether a run alone is a reason to check its source: cheap, for every run."""
    seen = run.observed
    abnormal = bool(seen.signals or seen.reasons or seen.paywalled)
    return abnormal or run.outcome is Outcome.FAILED or 0 < seen.words < SHORT_WORDS


def judge(runs: Sequence[Run], with_pages: Sequence[Run]) -> dict[Condition, Finding | None]:
    """Return the problems of a source, and None for those it does not have; undecided ones are left out.

    `runs`: its last runs, oldest first; `with_pages`: the last ones that requested article pages. FROZEN is detected by
    crawler.health.silence.
    """
    found: dict[Condition, Finding | None] = {}
    for condition in Condition:
        verdicts = list(_verdicts(condition, runs, with_pages))
        findings = [one for one in verdicts if isinstance(one, Finding)]
        if findings:
            found[condition] = min(findings, key=lambda one: one.since)
        elif verdicts and all(one == "healthy" for one in verdicts):
            found[condition] = None
    return found


def _verdicts(condition: Condition, runs: Sequence[Run], with_pages: Sequence[Run]) -> Iterator[Verdict]:
    if condition in _OBSERVE:
        yield _in_a_row(condition, runs, _OBSERVE[condition])
    if condition is Condition.INCOMPLETE:
        yield _overflow(runs)
    if condition is Condition.PAYWALL:
        yield _weighed(condition, [_Share(run, _requested(run), run.observed.paywalled) for run in with_pages])
    elif condition in _PAGES:
        yield _weighed(condition, _shares(condition, with_pages))


# Listings: two runs in a row


def _listing(condition: Condition) -> Callable[[Run], Observation]:
    name = _LISTINGS.get(condition)

    def observe(run: Run) -> Observation:
        if run.outcome is Outcome.STOPPED:
            return None
        signals = dict(run.observed.signals)
        if name in signals and not run.found and not _changed_nothing(run):
            return signals[name]
        if run.outcome is Outcome.FAILED:
            return _failure(condition, run)
        return ""

    return observe


def _failure(condition: Condition, run: Run) -> Observation:
    """Return the error if it indicates this condition; a failed run says nothing about any other."""
    named = _LISTINGS.values() & dict(run.observed.signals).keys()
    if named:
        return None
    kind = next(kind for kind, words in _ERRORS if any(word in run.error for word in words))
    return run.error if kind is condition else None


def _mark(name: str, condition: Condition) -> Callable[[Run], Observation]:
    def observe(run: Run) -> Observation:
        signals = dict(run.observed.signals)
        if name in signals:
            return signals[name]
        if run.outcome is Outcome.STOPPED:
            return None
        return _failure(condition, run) if run.outcome is Outcome.FAILED else ""

    return observe


def _incomplete(run: Run) -> Observation:
    """Return the signal of a run that found something new; others cannot tell whether a listing is complete."""
    return dict(run.observed.signals).get("incomplete", "" if run.new else None)


def _overflow(runs: Sequence[Run]) -> Verdict:
    """Judge whether a feed is too short for its interval: seen at once, unless the poll was late."""
    gaps = [(run, run.started - before.started) for before, run in pairwise(runs)]
    with_news = [(run, gap) for run, gap in gaps if run.new or run.observed.overflow][-CLEAR:]
    latest_s = LATE * median(gap.total_seconds() for _, gap in gaps) if gaps else 0.0
    found = [run for run, gap in with_news if run.observed.overflow and gap.total_seconds() <= latest_s]
    if found:
        return Finding(Condition.INCOMPLETE, found[0].started, found[-1].observed.overflow)
    return "healthy" if with_news else "unclear"


def _changed_nothing(run: Run) -> bool:
    """Return whether a listing was read that held only seen entries: an abnormal one beside it does not matter then."""
    return run.unchanged > 0


_OBSERVE: Final[Mapping[Condition, Callable[[Run], Observation]]] = {
    **{
        condition: _listing(condition)
        for condition in (*_LISTINGS, Condition.GONE, Condition.REFUSED, Condition.PAYWALL, Condition.FAILING)
    },
    Condition.MOVED: _mark("moved", Condition.MOVED),
    Condition.CERTIFICATE: _mark("certificate", Condition.CERTIFICATE),
    Condition.INCOMPLETE: _incomplete,
}
_FACTS: Final = frozenset({Condition.CERTIFICATE})  # one observation is enough: it is written and signed


def _in_a_row(condition: Condition, runs: Sequence[Run], observe: Callable[[Run], Observation]) -> Verdict:
    observed = [(run, seen) for run in reversed(runs) if (seen := observe(run)) is not None]  # newest first
    needed = 1 if condition in _FACTS else 2

    confirmed = 0
    while confirmed < len(observed) and observed[confirmed][1]:
        confirmed += 1
    if confirmed >= needed:
        return Finding(condition, observed[confirmed - 1][0].started, observed[0][1] or "")
    return "healthy" if observed and not any(seen for _, seen in observed[:needed]) else "unclear"


# Pages: compared with the source's own history


@dataclass(frozen=True, slots=True)
class _Share:
    run: Run
    pages: int
    bad: int


def _requested(run: Run) -> int:
    return max(run.pages, run.new, sum(count for _, count in run.observed.reasons))


def _shares(condition: Condition, with_pages: Sequence[Run]) -> list[_Share]:
    names = _PAGES[condition]
    words = [run.observed.words for run in with_pages if run.observed.words]
    usual = median(words[:-RECENT]) if len(words) > 2 * RECENT else 0
    shares = []
    for run in with_pages:
        bad = sum(count for name, count in run.observed.reasons if name in names)
        if condition is Condition.NO_TEXT and 0 < run.observed.words < STUB * usual:
            bad = _requested(run)
        shares.append(_Share(run, _requested(run), min(bad, _requested(run))))
    return shares


def _weighed(condition: Condition, shares: Sequence[_Share]) -> Verdict:
    if not shares:
        return "healthy"
    recent, past = shares[-RECENT:], shares[:-RECENT]
    pages, bad = sum(one.pages for one in recent), sum(one.bad for one in recent)
    enough = sum(one.bad > 0 for one in recent) > 1 or any(one.bad >= ENOUGH_PAGES for one in recent)
    usual = (sum(one.bad for one in past) + 1) / (sum(one.pages for one in past) + _PRIOR_PAGES)
    if enough and bad >= MOST * pages and tail(bad, pages, usual) < UNLIKELY:
        first = next(one for one in recent if one.bad)
        return Finding(condition, first.run.started, f"{bad} of the last {pages} pages")
    last = shares[-2:]
    healthy = not enough or sum(one.bad for one in last) <= FEW * sum(one.pages for one in last)
    return "healthy" if healthy else "unclear"


def tail(bad: int, pages: int, share: float) -> float:
    """Return the probability of `bad` or more among `pages`, each with probability `share` (binomial)."""
    share = min(1.0, share)
    some = min(pages, 200)  # more add nothing
    least = -(-bad * some // max(1, pages))
    return sum(comb(some, n) * share**n * (1 - share) ** (some - n) for n in range(least, some + 1))
