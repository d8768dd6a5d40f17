"""Runs: every crawl, what it found and what failed."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from crawler.archive.board import RunFilter
from crawler.items import Outcome
from crawler.web.places import after_place, place
from crawler.web.site import SiteOf
from crawler.web.views import is_fragment, render

LISTED = 50

router = APIRouter()


@router.get("/runs")
def runs(
    request: Request,
    site: SiteOf,
    source: Annotated[str, Query(max_length=200)] = "",
    outcome: Annotated[Literal["", "done", "partial", "failed", "stopped"], Query()] = "",
    before: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Runs that filters choose, the newest first; for htmx the rows alone."""
    found = site.archive.board.runs(
        RunFilter(source, Outcome(outcome) if outcome else None, after_place(before)), LISTED + 1
    )
    shown = found[:LISTED]
    chosen = {"source": source, "outcome": outcome}
    context: dict[str, Any] = {"runs": shown, "chosen": chosen, "outcomes": [one.value for one in Outcome]}
    context["more"] = place(shown[-1].started, shown[-1].id) if len(found) > LISTED else ""
    context["address"] = urlencode({name: value for name, value in chosen.items() if value})
    return render(request, "_runs_page.html" if is_fragment(request) else "runs.html", **context)
