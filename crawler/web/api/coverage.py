"""Coverage: what each source found of what its site published, what each rule found, and the canary."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from crawler.archive.coverage.sightings import SourceWeek
from crawler.usecases.coverage.overview import (
    RULES,
    Coverage,
    RuleCoverage,
    Show,
    SourceCoverage,
    canary_days,
    canary_median_s,
    coverage,
    rule_coverage,
)
from crawler.usecases.service_state import canary_history
from crawler.web.api.access import READ
from crawler.web.api.paging import DEFAULT_LIMIT, Limit, Page, PlaceCursor, following
from crawler.web.api.problems import responses
from crawler.web.api.sources import HealthProblemOut
from crawler.web.site import Site, SiteOf

router = APIRouter(prefix="/coverage", tags=["sources"], dependencies=[READ])
Words = Annotated[str, Query(max_length=200, description="A part of an id; for sources, also of an address or a tag.")]


class ListingShareOut(BaseModel):
    """A listing of a site, and how many of the week's articles it named."""

    kind: str = Field(description="feed, sitemap, section or home.", examples=["feed"])
    address: str
    own: bool = Field(description="Whether the source polls it; false: it is read as a check.")
    articles: int
    alone: int = Field(description="Articles that none of the source's own listings named; 0 for its own.")


class WeekOut(BaseModel):
    """The articles of one week. Without an estimate, `most` and `lowest_share` are null."""

    week: datetime = Field(description="When it began: Monday, 00:00 UTC.")
    named: int = Field(description="Articles that the source's own listings named.")
    seen: int = Field(description="Articles that any listing named.")
    least: int = Field(description="Lower limit of the articles that the site published (90 % interval).")
    most: int | None = Field(description="Upper limit.")
    unknown: str = Field(description="Why there is no estimate; empty if there is one.")
    lowest_share: float | None = Field(description="Lower limit of the share that the source named.")
    highest_share: float | None = Field(description="Upper limit of the share, also without an estimate.")


class FreshnessOut(BaseModel):
    """The time from publication to discovery, in seconds. Uncertain publication times are left out."""

    articles: int
    median_s: float
    p95_s: float


class SourceCoverageOut(BaseModel):
    """The coverage of one source."""

    source: str
    paused: bool
    is_whole: bool = Field(description="Whether `week` is the last whole week; false: it goes on, or there is none.")
    week: WeekOut | None = Field(description="Null if no listing named a new article.")
    listings: list[ListingShareOut] = Field(description="Listings of that week, by articles.")
    trend: list[WeekOut | None] = Field(description="The last eight whole weeks, oldest first.")
    freshness: FreshnessOut | None = Field(description="Of the last seven days; null if it cannot be told.")
    problems: list[HealthProblemOut] = Field(description="Current health problems.")


class TotalsOut(BaseModel):
    """Sources that are not paused, by what is known of them."""

    sources: int
    estimated: int = Field(description="With an estimate.")
    incomplete: int = Field(description="That certainly miss more than a tenth of the articles of their site.")
    with_problems: int = Field(description="With an open health problem.")
    named: int = Field(description="Of the sources with an estimate: articles that their own listings named.")
    least: int = Field(description="Sum of the lower limits of the articles that their sites published.")
    most: int = Field(description="Sum of the upper limits.")


class CanaryDayOut(BaseModel):
    """The canaries of one day, in local time."""

    day: date
    passed: int
    late: int


class CanarySummary(BaseModel):
    """The canaries of the last seven days."""

    passed: int
    late: int
    median_s: float | None = Field(description="Median time of those that came out.")
    problem: str = Field(description="What is broken now, and what to do; empty if the last one came out.")
    days: list[CanaryDayOut]


class CoverageOut(Page[SourceCoverageOut]):
    """Sources: those with problems first, then by the share of articles that they named, paused ones last."""

    week: datetime = Field(description="When the last whole week began.")
    matches: int = Field(description="Number of sources that pass the filter.")
    totals: TotalsOut
    canary: CanarySummary


class RuleCoverageOut(BaseModel):
    """What one rule found in the last seven days."""

    rule: str
    paused: bool
    hits: int = Field(description="New matches, at most 1,000.")
    last_hit: datetime | None = Field(description="The last new match ever.")
    near_misses: int | None = Field(description="Null unless requested with `count`.")
    near_misses_complete: bool | None = Field(description="False if there may be more.")


@router.get("", responses=responses())
def overview(
    request: Request,
    response: Response,
    site: SiteOf,
    q: Words = "",
    show: Annotated[Show, Query(description="Sources that miss articles, have problems, or no estimate.")] = Show.ALL,
    limit: Limit = DEFAULT_LIMIT,
    cursor: PlaceCursor = None,
) -> CoverageOut:
    """List what each source found of what its site published, with totals and the canary's last seven days."""
    start = int(cursor or 0)
    watch = site.watch_file.read().watch
    found = coverage(site.archive, watch.sources, site.now(), words=q, show=show, start=start, limit=limit)
    more = str(start + limit) if found.matches > start + limit else None
    return CoverageOut(
        items=[_source(one, found) for one in found.sources],
        cursor=more,
        next=following(request, response, more),
        week=found.monday,
        matches=found.matches,
        totals=_totals(found),
        canary=_canary(site),
    )


@router.get("/rules", responses=responses())
def rules(
    request: Request,
    response: Response,
    site: SiteOf,
    q: Words = "",
    count: Annotated[
        str, Query(max_length=100, description="Id of a listed rule whose near misses to count; takes up to 2 s.")
    ] = "",
    limit: Limit = RULES,
    cursor: PlaceCursor = None,
) -> Page[RuleCoverageOut]:
    """List the hits of rules in the last seven days, rules with the fewest hits first."""
    start = int(cursor or 0)
    watch = site.watch_file.read().watch
    found = rule_coverage(site.archive, watch, site.now(), words=q, count=(count,), start=start, limit=limit)
    more = str(start + limit) if found.ranked > start + limit else None
    items = [_rule(one) for one in found.rules]
    return Page(items=items, cursor=more, next=following(request, response, more))


def _source(one: SourceCoverage, found: Coverage) -> SourceCoverageOut:
    shares = sorted(one.week.shares, key=lambda share: -share.articles) if one.week else []
    took = one.freshness
    return SourceCoverageOut(
        source=one.source.id,
        paused=one.source.paused,
        is_whole=one.week is not None and one.week.week == found.monday,
        week=_week(one.week),
        listings=[
            ListingShareOut(
                kind=share.listing.kind,
                address=share.listing.address,
                own=share.listing.own,
                articles=share.articles,
                alone=share.alone,
            )
            for share in shares
        ],
        trend=[_week(week) for week in one.trend],
        freshness=FreshnessOut(articles=took.count, median_s=took.p50, p95_s=took.p95) if took else None,
        problems=[HealthProblemOut.model_validate(problem, from_attributes=True) for problem in one.problems],
    )


def _week(one: SourceWeek | None) -> WeekOut | None:
    if one is None:
        return None
    recall = one.recall
    return WeekOut(
        week=one.week,
        named=recall.named,
        seen=recall.seen,
        least=recall.least,
        most=recall.most,
        unknown=recall.unknown.value if recall.unknown else "",
        lowest_share=recall.lowest_share,
        highest_share=recall.highest_share,
    )


def _totals(found: Coverage) -> TotalsOut:
    names = ("sources", "estimated", "incomplete", "named", "least", "most")
    values = {name: getattr(found.totals, name) for name in names}
    return TotalsOut(**values, with_problems=found.with_problems)


def _canary(site: Site) -> CanarySummary:
    history = canary_history(site.archive, site.now())
    days = [CanaryDayOut(day=one.day, passed=one.passed, late=one.late) for one in canary_days(history, site.now())]
    return CanarySummary(
        passed=len(history.results) - history.late,
        late=history.late,
        median_s=canary_median_s(history),
        problem=history.problem,
        days=days,
    )


def _rule(one: RuleCoverage) -> RuleCoverageOut:
    counted = one.near_misses
    return RuleCoverageOut(
        rule=one.rule.id,
        paused=one.rule.paused,
        hits=one.hits.count,
        last_hit=one.hits.last,
        near_misses=counted.count if counted else None,
        near_misses_complete=counted.complete if counted else None,
    )
