"""The wording of coverage: the same on the command line and on the page."""

from __future__ import annotations

from math import ceil, floor
from typing import Final

from crawler.archive.coverage.sightings import Named
from crawler.archive.queries.latency import Stage
from crawler.health.recall import Recall
from crawler.usecases.coverage.overview import Coverage
from crawler.usecases.times import duration

_NO_WEEK: Final = "nothing new has appeared in its listings since they were first read"
_KINDS: Final = {
    "feed": "feed",
    "sitemap": "sitemap",
    "child": "sitemap",
    "section": "section page",
    "home": "home page",
}


def percent_text(recall: Recall) -> str:
    """Return the share of articles that a source's own listings named: "82 to 93 %"; "" if it cannot be told."""
    low, high = recall.lowest_share, recall.highest_share
    if low is None or high is None:
        return ""
    lower, upper = floor(100 * low), ceil(100 * high)  # outwards: the interval must not become narrower
    return f"{lower} to {upper} %" if lower < upper else f"{upper} %"


def found_text(recall: Recall | None) -> str:
    """Return how many articles a source named: "412 of 450 to 500 articles; checks found 8 more"."""
    if recall is None:
        return "no new articles"
    more = f"; checks found {recall.seen - recall.named:,} more" if recall.seen > recall.named else ""
    if recall.most is None:
        return f"{recall.named:,} {'article' if recall.named == 1 else 'articles'}{more}"
    several = f"{recall.least:,} to {recall.most:,}" if recall.least < recall.most else f"{recall.most:,}"
    return f"{recall.named:,} of {several} articles{more}"


def unknown_text(recall: Recall | None) -> str:
    """Return why there is no estimate: "cannot tell how many were published: ..."; "" if there is one."""
    reason = _NO_WEEK if recall is None else recall.unknown.value if recall.unknown else ""
    return f"cannot tell how many were published: {reason}" if reason else ""


def freshness_text(took: Stage | None) -> str:
    """Return when articles were found: "found 4 min after publication (median of 180 articles)"."""
    if took is None:
        return "delay unknown: no article of the last 7 days has a certain publication time"
    articles = f"{took.count:,} {'article' if took.count == 1 else 'articles'}"
    return f"found {duration(took.p50)} after publication (median of {articles})"


def listing_text(named: Named) -> str:
    """Return the kind of a listing: "feed", "home page, read as a check"."""
    kind = _KINDS.get(named.listing.kind, named.listing.kind)
    return kind if named.listing.own else f"{kind}, read as a check"


def summary_text(found: Coverage) -> str:
    """Return what is known of all sources, in a few sentences."""
    every = found.totals
    if not every.sources:
        return "No sources are crawled."
    parts = [
        f"{every.estimated:,} of {every.sources:,} sources have an estimate",
        f"{every.incomplete:,} certainly miss more than a tenth of the articles",
        f"{found.with_problems:,} have a problem",
    ]
    return f"{'; '.join(parts)}."
