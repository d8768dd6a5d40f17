"""Coverage at a glance: what each source found of what its site published, what each rule found, and the canary.

docs/coverage.md explains the figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Final, NamedTuple

from crawler.archive import Archive
from crawler.archive.coverage.overview import WEEK, RuleHits
from crawler.archive.coverage.sightings import SourceWeek
from crawler.archive.queries.health import SourceProblem
from crawler.archive.queries.latency import Stage
from crawler.config import Rule, Source, Watch
from crawler.health.coverage import Totals, totals
from crawler.health.recall import Recall
from crawler.rules import compile_rule
from crawler.service.scheduler.coverage import last_week
from crawler.service.scheduler.health import by_source
from crawler.usecases.near_misses import near_misses
from crawler.usecases.service_state import CanaryHistory
from crawler.usecases.source_status import HealthProblem, health_problem

WEEKS: Final = 8  # of the trend
LIMIT: Final = 50
MOST_RULES: Final = 1_000  # of which the hits are read
RULES: Final = 100  # that are listed at once
CANARY_DAYS: Final = 7
_MOST_MISSES: Final = 10_000


class Show(StrEnum):
    """Which sources to list."""

    ALL = "all"
    MISSING = "missing"  # they certainly miss more than a tenth of their site's articles
    PROBLEMS = "problems"  # they have an open problem
    UNKNOWN = "unknown"  # without an estimate


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """The coverage of one source.

    `week`: the last whole week, or the current one if there is no other; None if no listing named a new article.
    `trend`: the last WEEKS whole weeks, oldest first; None for a week without new articles. `freshness`: from
    publication to discovery, of the newest articles of seven days; None if no publication time is certain.
    """

    source: Source
    week: SourceWeek | None
    problems: tuple[HealthProblem, ...] = ()
    trend: tuple[SourceWeek | None, ...] = ()
    freshness: Stage | None = None

    @property
    def recall(self) -> Recall | None:
        """The articles of `week`."""
        return self.week.recall if self.week else None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Sources, worst first: those with problems, then by the share of articles that they found, then paused ones.

    `monday`: the beginning of the last whole week. `totals`: of all sources that are not paused; `with_problems`: of
    these. `matches`: sources that pass the filter; `sources`: those of the requested page.
    """

    monday: datetime
    totals: Totals
    with_problems: int
    matches: int
    sources: tuple[SourceCoverage, ...]

    @property
    def is_missing(self) -> bool:
        """Whether a source has a problem, or certainly misses more than a tenth of its site's articles."""
        return bool(self.with_problems or self.totals.incomplete)


@dataclass(frozen=True, slots=True)
class NearMissCount:
    """The number of near misses of a rule in seven days. `complete` False: there may be more."""

    count: int
    complete: bool


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """The hits of one rule in the last seven days, and its last one. `near_misses`: None if they were not counted."""

    rule: Rule
    hits: RuleHits
    near_misses: NearMissCount | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules, those with the fewest hits first, paused ones last. `matches`: how many there are.

    `ranked`: how many of them are ranked, at most MOST_RULES.
    """

    matches: int
    ranked: int
    rules: tuple[RuleCoverage, ...]


@dataclass(frozen=True, slots=True)
class CanaryDay:
    """The canaries of one local day."""

    day: date
    passed: int = 0
    late: int = 0


def coverage(
    archive: Archive,
    sources: Sequence[Source],
    now: datetime,
    *,
    words: str = "",
    show: Show = Show.ALL,
    start: int = 0,
    limit: int = LIMIT,
) -> Coverage:
    """Return `limit` sources from number `start` on, of those that pass the filter. Raises ArchiveError.

    `words`: a part of an id, an address or a tag.
    """
    monday = last_week(now)
    latest = archive.coverage_overview.latest(monday)
    problems = by_source(archive.health.open_problems())
    known = [_Known(one, latest.get(one.id), problems.get(one.id, ())) for one in sources]
    active = [one for one in known if not one.source.paused]
    word = words.strip().lower()
    matches = [one for one in known if (not word or _has(one.source, word)) and _is_shown(one, show)]
    matches.sort(key=_rank)
    return Coverage(
        monday=monday,
        totals=totals(one.recall for one in active),
        with_problems=sum(bool(one.problems) for one in active),
        matches=len(matches),
        sources=tuple(_filled(archive, matches[start : start + limit], monday, now)),
    )


def rule_coverage(
    archive: Archive,
    watch: Watch,
    now: datetime,
    *,
    words: str = "",
    count: Iterable[str] = (),
    start: int = 0,
    limit: int = RULES,
) -> Rules:
    """Return `limit` rules from number `start` on, by hits in the last seven days. Raises ArchiveError.

    Rules are ranked among the first MOST_RULES whose id contains `words`. `count`: ids of rules whose near misses are
    counted, if they are among the returned ones, which takes up to two seconds for each.
    """
    word, since = words.strip().lower(), now - WEEK
    matching = [rule for rule in watch.rules if word in rule.id]
    hits = archive.coverage_overview.hits([rule.id for rule in matching[:MOST_RULES]], since)
    found = [(rule, hits.get(rule.id, RuleHits())) for rule in matching[:MOST_RULES]]
    found.sort(key=lambda pair: (pair[0].paused, pair[1].count, pair[1].last.timestamp() if pair[1].last else 0.0))
    counted = set(count)
    rows = [
        RuleCoverage(rule, hit, count_near_misses(archive, watch, rule, now) if rule.id in counted else None)
        for rule, hit in found[start : start + limit]
    ]
    return Rules(len(matching), len(found), tuple(rows))


def count_near_misses(archive: Archive, watch: Watch, rule: Rule, now: datetime) -> NearMissCount:
    """Return the near misses of a rule in the last seven days; takes up to two seconds. Raises ArchiveError."""
    compiled = compile_rule(rule.spec(watch.lists))
    report = near_misses(archive, compiled, now - WEEK, tags=watch.tags_by_source, limit=_MOST_MISSES)
    return NearMissCount(len(report.missed), report.complete)


def canary_days(history: CanaryHistory, now: datetime) -> list[CanaryDay]:
    """Return the canaries of the last CANARY_DAYS local days, oldest first."""
    today = now.astimezone().date()
    days = {today - timedelta(days=back): [0, 0] for back in range(CANARY_DAYS - 1, -1, -1)}
    for one in history.results:
        if (counts := days.get(one.published.astimezone().date())) is not None:
            counts[one.stopped is not None] += 1
    return [CanaryDay(day, *counts) for day, counts in days.items()]


def canary_median_s(history: CanaryHistory) -> float | None:
    """Return the median time that canaries took which came out, in seconds; None if none did."""
    took = [one.took.total_seconds() for one in history.results if one.stopped is None]
    return median(took) if took else None


class _Known(NamedTuple):
    """What the ranking of a source needs."""

    source: Source
    week: SourceWeek | None
    problems: Sequence[SourceProblem]

    @property
    def recall(self) -> Recall | None:
        return self.week.recall if self.week else None


def _has(source: Source, word: str) -> bool:
    return word in " ".join((source.id, source.url.lower(), *source.tags))


def _is_shown(one: _Known, show: Show) -> bool:
    if show is Show.ALL:
        return True
    if show is Show.PROBLEMS:
        return bool(one.problems)
    recall = one.recall
    if show is Show.MISSING:
        return recall is not None and recall.is_incomplete
    return recall is None or recall.most is None


def _rank(one: _Known) -> tuple[bool, bool, float, bool, int]:
    recall = one.recall
    share = recall.highest_share if recall else None
    missed = recall.least - recall.named if recall else 0
    is_estimated = recall is not None and recall.most is not None
    return one.source.paused, not one.problems, 2.0 if share is None else share, is_estimated, -missed


def _filled(archive: Archive, some: Sequence[_Known], monday: datetime, now: datetime) -> list[SourceCoverage]:
    """Return sources with their trend, the shares of their listings, and their freshness."""
    names = [one.source.id for one in some]
    starts = [monday - back * WEEK for back in range(WEEKS - 1, -1, -1)]
    weeks = archive.coverage_overview.weeks(names, starts[0])
    fresh = archive.coverage_overview.freshness(names, now - WEEK)
    return [_coverage_of(one, weeks[one.source.id], starts, fresh[one.source.id]) for one in some]


def _coverage_of(one: _Known, weeks: Sequence[SourceWeek], starts: Sequence[datetime], took: Stage) -> SourceCoverage:
    by_start = {week.week: week for week in weeks}
    return SourceCoverage(
        one.source,
        by_start.get(one.week.week) if one.week else None,
        tuple(map(health_problem, one.problems)),
        tuple(by_start.get(start) for start in starts),
        took if took.count else None,
    )
