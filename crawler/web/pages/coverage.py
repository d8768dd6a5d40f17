"""Coverage at a glance: what sources and rules found, and the canary's last days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from crawler.archive.coverage.overview import MOST_HITS
from crawler.archive.coverage.sightings import Named, SourceWeek
from crawler.health.recall import Recall
from crawler.usecases.coverage.overview import (
    LIMIT,
    RULES,
    Coverage,
    Show,
    SourceCoverage,
    canary_days,
    canary_median_s,
    coverage,
    rule_coverage,
)
from crawler.usecases.coverage.texts import (
    found_text,
    freshness_text,
    listing_text,
    percent_text,
    summary_text,
    unknown_text,
)
from crawler.usecases.service_state import canary_history
from crawler.usecases.times import duration
from crawler.web.rendering.charts import Chart, interval_chart
from crawler.web.rendering.views import render
from crawler.web.site import Site, SiteOf

SHOW = (
    (Show.ALL, "all sources"),
    (Show.MISSING, "sources that miss articles"),
    (Show.PROBLEMS, "sources with problems"),
    (Show.UNKNOWN, "sources without an estimate"),
)
LISTINGS = 12  # of a source

router = APIRouter(prefix="/coverage")
Text = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Row:
    """One source of the list."""

    one: SourceCoverage
    when: str  # "" for the last whole week
    found: str
    percent: str
    unknown: str
    freshness: str
    chart: Chart
    listings: tuple[tuple[str, Named, int], ...]  # kind, counts, percent of the articles that any listing named


@router.get("")
def overview(
    request: Request,
    site: SiteOf,
    q: Text = "",
    show: Show = Show.ALL,
    start: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    count: Text = "",
) -> Response:
    """Return totals, the canary, one page of sources, and rules. `count`: the rule whose near misses are counted."""
    watch = site.watch_file.read().watch
    found = coverage(site.archive, watch.sources, site.now(), words=q, show=show, start=start)
    rules = rule_coverage(site.archive, watch, site.now(), words=q, count=(count,))
    has_more = found.matches > start + LIMIT
    context: dict[str, Any] = {
        "found": found,
        "summary": summary_text(found),
        "rows": [_row(one, found) for one in found.sources],
        "rules": rules,
        "most_hits": MOST_HITS,
        "most_rules": RULES,
        "more": urlencode({"q": q, "show": show, "start": start + LIMIT}) if has_more else "",
        "again": urlencode({"q": q, "show": show, "start": start}),
        "q": q,
        "show": show,
        "choices": SHOW,
        "start": start,
    }
    return render(request, "coverage.html", **context, **_canary(site))


def _canary(site: Site) -> dict[str, Any]:
    history = canary_history(site.archive, site.now())
    took = canary_median_s(history)
    return {
        "canary": history,
        "canary_days": canary_days(history, site.now()),
        "canary_took": "" if took is None else duration(took),
    }


def _row(one: SourceCoverage, found: Coverage) -> Row:
    recall, week = one.recall, one.week
    shares = sorted(week.shares, key=lambda share: -share.articles)[:LISTINGS] if week else []
    seen = max(1, recall.seen) if recall else 1
    return Row(
        one,
        "" if week is None or week.week == found.monday else f"since {_day(week)}",
        found_text(recall),
        percent_text(recall) if recall else "",
        unknown_text(recall),
        freshness_text(one.freshness),
        interval_chart([_limits(week) for week in one.trend], _trend_text(one)),
        tuple((listing_text(share), share, round(100 * share.articles / seen)) for share in shares),
    )


def _limits(week: SourceWeek | None) -> tuple[float, float] | None:
    if week is None or week.recall.lowest_share is None or week.recall.highest_share is None:
        return None
    return week.recall.lowest_share, week.recall.highest_share


def _trend_text(one: SourceCoverage) -> str:
    told = [f"{_day(week)}: {percent_text(week.recall)}" for week in one.trend if week and _is_estimated(week.recall)]
    unknown = len(one.trend) - len(told)
    texts = [*told, f"{unknown} of {len(one.trend)} weeks without an estimate"] if unknown else told
    return "; ".join(texts)


def _is_estimated(recall: Recall) -> bool:
    return recall.most is not None


def _day(week: SourceWeek) -> str:
    return f"{week.week.day} {week.week:%b}"
