"""Missing sources: outlets that articles of alerting stories cite, each one click from the preview."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from crawler.usecases.source_suggestions import describe, dismiss, no_address, suggestions
from crawler.usecases.times import since_of
from crawler.web.forms.times import SINCE
from crawler.web.rendering.views import render
from crawler.web.site import SiteOf

router = APIRouter(prefix="/source-suggestions")


@router.get("")
def listed(request: Request, site: SiteOf, since: Annotated[str, Query(max_length=40)] = "30d") -> Response:
    """Return the suggested sources."""
    context: dict[str, Any] = {"since": since, "since_choices": SINCE}
    try:
        start = since_of(since, site.now())
    except ValueError as error:
        return render(request, "source_suggestions.html", status=422, rows=[], report=None, error=str(error), **context)
    report = suggestions(site.archive, site.watch_file.read().watch.sources, start)
    rows = [
        (one, describe(one), no_address(one), urlencode({"address": one.address}) if one.address else "")
        for one in report.items
    ]
    return render(request, "source_suggestions.html", rows=rows, report=report, error="", **context)


@router.post("/dismiss")
def dismissed(
    site: SiteOf,
    outlet: Annotated[str, Form(min_length=1, max_length=100)],
    since: Annotated[str, Form(max_length=40)] = "30d",
) -> Response:
    """Hide an outlet for a year, and return to the list."""
    dismiss(site.archive, outlet, site.now())
    return RedirectResponse(f"/source-suggestions?{urlencode({'since': since})}", 303)
