"""Near misses of a rule: articles that it nearly matched, each with a wider rule to test and save."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from crawler.rules import compile_rule
from crawler.rules.near_misses import Kind
from crawler.usecases.near_misses import describe, dismiss, near_misses
from crawler.usecases.times import since_of
from crawler.web.forms.times import SINCE
from crawler.web.rendering.views import render
from crawler.web.site import SiteOf

router = APIRouter(prefix="/near-misses")
RuleId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]


@router.get("/{rule_id}")
def missed(
    request: Request, site: SiteOf, rule_id: RuleId, since: Annotated[str, Query(max_length=40)] = "30d"
) -> Response:
    """Return the near misses of a rule of the watch file."""
    watch = site.watch_file.read().watch
    rule = next((rule for rule in watch.rules if rule.id == rule_id), None)
    if rule is None:
        raise HTTPException(404, "This rule is not in the watch file.")
    context: dict[str, Any] = {"rule": rule_id, "since": since, "since_choices": SINCE, "error": "", "rows": []}
    try:
        start = since_of(since, site.now())
    except ValueError as error:
        return render(request, "near_misses.html", status=422, report=None, **context | {"error": str(error)})
    report = near_misses(site.archive, compile_rule(rule.spec(watch.lists)), start, tags=watch.tags_by_source)
    context["rows"] = [
        (one, describe(one.miss), urlencode({"query": one.miss.query}) if one.miss.query else "")
        for one in report.missed
    ]
    return render(request, "near_misses.html", report=report, **context)


@router.post("/{rule_id}/dismiss")
def dismissed(
    site: SiteOf,
    rule_id: RuleId,
    kind: Annotated[Kind, Form()],
    part: Annotated[str, Form(max_length=20_000)],
    found: Annotated[str, Form(max_length=1_000)] = "",
    since: Annotated[str, Form(max_length=40)] = "30d",
) -> Response:
    """Hide near misses of this kind for a year, and return to the list."""
    dismiss(site.archive, rule_id, kind, part, found, site.now())
    return RedirectResponse(f"/near-misses/{rule_id}?{urlencode({'since': since})}", 303)
