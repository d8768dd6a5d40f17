"""Runs: all crawls with their results, and one run with its listings."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from crawler.archive.queries.dashboard import RunFilter
from crawler.items import Outcome
from crawler.usecases.cursors import cursor
from crawler.usecases.run_details import answer_text, left_over_text, run_details
from crawler.web.forms.times import after_place
from crawler.web.rendering.views import is_fragment, render
from crawler.web.site import SiteOf

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
    """Return the runs that match the filters, newest first; only the rows for htmx."""
    found = site.archive.dashboard.runs(
        RunFilter(source, Outcome(outcome) if outcome else None, after_place(before)), LISTED + 1
    )
    shown = found[:LISTED]
    chosen = {"source": source, "outcome": outcome}
    context: dict[str, Any] = {"runs": shown, "chosen": chosen, "outcomes": [one.value for one in Outcome]}
    context["more"] = cursor(shown[-1].started, shown[-1].id) if len(found) > LISTED else ""
    context["address"] = urlencode({name: value for name, value in chosen.items() if value})
    return render(request, "_runs_page.html" if is_fragment(request) else "runs.html", **context)


@router.get("/runs/{run_id}")
def run(request: Request, site: SiteOf, run_id: Annotated[str, Path(max_length=300)]) -> Response:
    """Return one run with each listing that it read and the outcome of its candidates."""
    found = run_details(site.archive, run_id)
    if found is None:
        raise HTTPException(404, "This run is not in the archive.")
    rows = [(one, answer_text(one), left_over_text(one)) for one in found.listings]
    return render(request, "run.html", run=found.run, listings=rows)
