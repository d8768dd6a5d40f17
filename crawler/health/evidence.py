"""From what a source's last runs met to what it suffers from. Pure.

Each run says about each condition that it is there, that it is not, or nothing: a listing that has not changed says
nothing about articles. Two runs in a row begin a condition, two end it; an odd answer begins nothing. What is seen at
articles' pages is weighed against the source's own past: some sources always have galleries without text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from statistics import median
from typing import Final, Literal, TypeAlias

from crawler.health.conditions import Condition, Finding
from crawler.items import Outcome, Run

RECENT: Final = 3  # runs with pages whose pages are weighed together: three expected intervals
ENOUGH_PAGES: Final = 8  # of one run, to be evidence without a second run
MOST: Final = 0.6  # of the pages
FEW: Final = 0.3
UNLIKELY: Final = 1e-5  # that so many pages are bad by chance, at the share that the source's past has
_PRIOR_PAGES: Final = 20.0  # with one bad among them: what is known of a source without a past
STUB: Final = 0.25  # of the words that its articles used to have
SHORT_WORDS: Final = 100  # a run's articles with fewer are worth a look at the past
UNTRUSTED: Final = "no secure connection"  # in a run's error: crawler.extensions.failures
FORBIDDEN: Final = "Forbidden by robots.txt"  # as Scrapy says it

Said: TypeAlias = str | None  # what was seen; "" where all is well; None: the run says nothing about it
Verdict: TypeAlias = Finding | Literal["well", "unclear"]

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
_ERRORS: Final = (  # of a run that gave nothing: words of its error, the most telling first
    (Condition.CERTIFICATE, (UNTRUSTED,)),
    (Condition.ROBOTS, (FORBIDDEN,)),
    (Condition.REFUSED, ("status 401", "status 403", "status 407", "status 451")),
    (Condition.PAYWALL, ("status 402",)),
    (Condition.GONE, ("status 404", "status 410", "no such host")),
    (Condition.FAILING, ("",)),
)
_MARKS: Final = ("moved", "certificate")  # signals beside a good answer
SIGNS: Final = frozenset((*_LISTINGS.values(), *_MARKS, "incomplete"))


def is_abnormal(run: Run) -> bool:
    """Whether a run alone gives reason to look at its source: cheap, for every run."""
    seen = run.observed
    odd = bool(seen.signals or seen.reasons or seen.paywalled)
    return odd or run.outcome is Outcome.FAILED or 0 < seen.words < SHORT_WORDS


def judge(runs: Sequence[Run], telling: Sequence[Run]) -> dict[Condition, Finding | None]:
    """What a source suffers from, and (None) what it does not; what cannot be told is left out.

    `runs`: its last runs, the oldest first; `telling`: the last ones that asked for articles' pages. FROZEN is judged
    by crawler.health.silence.
    """
    found: dict[Condition, Finding | None] = {}
    for condition in Condition:
        verdicts = list(_verdicts(condition, runs, telling))
        ill = [one for one in verdicts if isinstance(one, Finding)]
        if ill:
            found[condition] = min(ill, key=lambda one: one.since)
        elif verdicts and all(one == "well" for one in verdicts):
            found[condition] = None
    return found


def _verdicts(condition: Condition, runs: Sequence[Run], telling: Sequence[Run]) -> Iterator[Verdict]:
    if condition in _SAYS:
        yield _in_a_row(condition, runs, _SAYS[condition])
    if condition is Condition.PAYWALL:
        yield _weighed(condition, [_Share(run, _asked(run), run.observed.paywalled) for run in telling])
    elif condition in _PAGES:
        yield _weighed(condition, _shares(condition, telling))


# Listings: two runs in a row


def _listing(condition: Condition) -> Callable[[Run], Said]:
    name = _LISTINGS.get(condition)

    def says(run: Run) -> Said:
        if run.outcome is Outcome.STOPPED:
            return None
        signals = dict(run.observed.signals)
        if name in signals and not run.found and not _changed_nothing(run):
            return signals[name]
        if run.outcome is Outcome.FAILED:
            return _failure(condition, run)
        return ""

    return says


def _failure(condition: Condition, run: Run) -> Said:
    """A run that gave nothing speaks for one condition only, and says nothing about the others."""
    named = _LISTINGS.values() & dict(run.observed.signals).keys()
    if named:
        return None
    kind = next(kind for kind, words in _ERRORS if any(word in run.error for word in words))
    return run.error if kind is condition else None


def _mark(name: str, condition: Condition) -> Callable[[Run], Said]:
    def says(run: Run) -> Said:
        signals = dict(run.observed.signals)
        if name in signals:
            return signals[name]
        if run.outcome is Outcome.STOPPED:
            return None
        return _failure(condition, run) if run.outcome is Outcome.FAILED else ""

    return says


def _incomplete(run: Run) -> Said:
    """Only a run that found something new can say that a listing named too little, or enough."""
    return dict(run.observed.signals).get("incomplete", "" if run.new else None)


def _changed_nothing(run: Run) -> bool:
    """Whether some listing was read and held what was known: one of several that is odd does not matter then."""
    return run.unchanged > 0


_SAYS: Final[Mapping[Condition, Callable[[Run], Said]]] = {
    **{
        condition: _listing(condition)
        for condition in (*_LISTINGS, Condition.GONE, Condition.REFUSED, Condition.PAYWALL, Condition.FAILING)
    },
    Condition.MOVED: _mark("moved", Condition.MOVED),
    Condition.CERTIFICATE: _mark("certificate", Condition.CERTIFICATE),
    Condition.INCOMPLETE: _incomplete,
}
_FACTS: Final = frozenset({Condition.CERTIFICATE})  # one look is enough: it is written and signed


def _in_a_row(condition: Condition, runs: Sequence[Run], says: Callable[[Run], Said]) -> Verdict:
    said = [(run, words) for run in reversed(runs) if (words := says(run)) is not None]  # the newest first
    needed = 1 if condition in _FACTS else 2
    ill = 0
    while ill < len(said) and said[ill][1]:
        ill += 1
    if ill >= needed:
        return Finding(condition, said[ill - 1][0].started, said[0][1] or "")
    return "well" if said and not any(words for _, words in said[:needed]) else "unclear"


# Pages: weighed against the source's own past


@dataclass(frozen=True, slots=True)
class _Share:
    run: Run
    pages: int
    bad: int


def _asked(run: Run) -> int:
    return max(run.pages, run.new, sum(count for _, count in run.observed.reasons))


def _shares(condition: Condition, telling: Sequence[Run]) -> list[_Share]:
    names = _PAGES[condition]
    words = [run.observed.words for run in telling if run.observed.words]
    usual = median(words[:-RECENT]) if len(words) > 2 * RECENT else 0
    shares = []
    for run in telling:
        bad = sum(count for name, count in run.observed.reasons if name in names)
        if condition is Condition.NO_TEXT and 0 < run.observed.words < STUB * usual:
            bad = _asked(run)
        shares.append(_Share(run, _asked(run), min(bad, _asked(run))))
    return shares


def _weighed(condition: Condition, shares: Sequence[_Share]) -> Verdict:
    if not shares:
        return "well"
    recent, past = shares[-RECENT:], shares[:-RECENT]
    pages, bad = sum(one.pages for one in recent), sum(one.bad for one in recent)
    enough = sum(one.bad > 0 for one in recent) > 1 or any(one.bad >= ENOUGH_PAGES for one in recent)
    usual = (sum(one.bad for one in past) + 1) / (sum(one.pages for one in past) + _PRIOR_PAGES)
    if enough and bad >= MOST * pages and tail(bad, pages, usual) < UNLIKELY:
        first = next(one for one in recent if one.bad)
        return Finding(condition, first.run.started, f"{bad} of the last {pages} pages")
    last = shares[-2:]
    well = not enough or sum(one.bad for one in last) <= FEW * sum(one.pages for one in last)
    return "well" if well else "unclear"


def tail(bad: int, pages: int, share: float) -> float:
    """The probability of `bad` or more among `pages`, each with probability `share` (binomial)."""
    share = min(1.0, share)
    some = min(pages, 200)  # more say no more
    least = -(-bad * some // max(1, pages))
    return sum(comb(some, n) * share**n * (1 - share) ** (some - n) for n in range(least, some + 1))
