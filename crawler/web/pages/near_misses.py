"""Near misses of a rule: articles that it nearly matched, each with a wider rule to test and save."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from crawler.rules import compile_rule
from crawler.usecases.near_misses import describe, near_misses
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
    context: dict[str, Any] = {"rule": rule_id, "since": since, "since_choices": SINCE, "wrong": "", "rows": []}
    try:
        start = since_of(since, site.now())
    except ValueError as error:
        return render(request, "near_misses.html", status=422, report=None, **context | {"wrong": str(error)})
    tags = {source.id: source.tags for source in watch.sources}
    report = near_misses(site.archive, compile_rule(rule.spec(watch.lists)), start, tags=tags)
    context["rows"] = [
        (one, describe(one.miss), urlencode({"query": one.miss.query}) if one.miss.query else "")
        for one in report.missed
    ]
    return render(request, "near_misses.html", report=report, **context)
