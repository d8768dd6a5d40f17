"""Rules: the list with recent hits; pausing and deleting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from crawler.config import Rule, Watch
from crawler.config.file.edit import changing, removing
from crawler.errors import ArchiveError, RuleError
from crawler.rules import compile_rule, explain
from crawler.web.forms.editing import NotSavedError, fingerprint_of, save, text_of
from crawler.web.rendering.charts import Chart, local_days, small_chart
from crawler.web.rendering.views import render
from crawler.web.site import Site, SiteOf

DAYS = 14

router = APIRouter(prefix="/rules")
RuleId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]
Fingerprint = Annotated[str, Form(max_length=100)]


@dataclass(frozen=True, slots=True)
class Row:
    """One rule of the list."""

    rule: Rule
    explanation: str
    chart: Chart
    silenced_until: str  # "" if it is not silenced


@router.get("")
def rules(request: Request, site: SiteOf, saved: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Return all rules with their hits of the last days."""
    watch = site.watch_file.read().watch
    hits, silenced = _recent(site)
    rows = [
        Row(rule, _explanation(rule, watch), small_chart(hits.get(rule.id, [0] * DAYS)), silenced.get(rule.id, ""))
        for rule in watch.rules
    ]
    known = {channel.id for channel in watch.channels}
    return render(request, "rules.html", rows=rows, days=DAYS, known=known, saved=saved)


@router.post("/{rule_id}/pause")
def pause(request: Request, site: SiteOf, rule_id: RuleId) -> Response:
    """Stop matching the rule until it is resumed."""
    return _changed(request, site, rule_id, paused=True)


@router.post("/{rule_id}/resume")
def resume(request: Request, site: SiteOf, rule_id: RuleId) -> Response:
    """Match the rule again."""
    return _changed(request, site, rule_id, paused=None)


@router.get("/{rule_id}/delete")
def confirm_delete(request: Request, site: SiteOf, rule_id: RuleId) -> Response:
    """Ask for confirmation before deleting a rule."""
    rule = found(site, rule_id)
    explanation = _explanation(rule, site.watch_file.read().watch)
    context: dict[str, Any] = {"rule": rule, "explanation": explanation, "seen": _fingerprint(site), "failure": None}
    return render(request, "rule_delete.html", **context)


@router.post("/{rule_id}/delete")
def delete(request: Request, site: SiteOf, rule_id: RuleId, seen: Fingerprint = "") -> Response:
    """Remove a rule from the watch file. Its alerts are kept."""
    rule = found(site, rule_id)
    try:
        save(site.watch_file.path, removing("rules", rule_id), seen)
    except NotSavedError as failure:
        explanation = _explanation(rule, site.watch_file.read().watch)
        context: dict[str, Any] = {"rule": rule, "explanation": explanation, "seen": _fingerprint(site)}
        context["failure"] = failure
        return render(request, "rule_delete.html", status=409, **context)
    return RedirectResponse("/rules", 303)


def found(site: Site, rule_id: str) -> Rule:
    """Return a rule of the watch file. Raises HTTPException 404."""
    rule = next((one for one in site.watch_file.read().watch.rules if one.id == rule_id), None)
    if rule is None:
        raise HTTPException(404, "This rule is not in the watch file.")
    return rule


def _changed(request: Request, site: Site, rule_id: str, *, paused: bool | None) -> Response:
    found(site, rule_id)
    try:
        save(site.watch_file.path, changing("rules", rule_id, {"paused": paused}))
    except NotSavedError as failure:
        return render(request, "not_saved.html", status=409, failure=failure, back="/rules")
    return RedirectResponse("/rules", 303)


def _recent(site: Site) -> tuple[dict[str, list[int]], dict[str, str]]:
    """Return the number of alerts of each rule by day, and the end of the silences of rules."""
    now, watch = site.now(), site.watch_file.read().watch
    today = now.astimezone().date()
    by_file = {name: day.isoformat() for (what, name), day in watch.silent_on(today).items() if what == "rule"}
    try:
        found = site.archive.dashboard.alerts_by_day(local_days(now, DAYS))
        known = site.archive.outbox.silences(now)
    except ArchiveError:
        return {}, by_file  # rules can be created before there is an archive
    return found, {
        one.name: f"{one.until.astimezone():%Y-%m-%d %H:%M}" for one in known if one.what == "rule"
    } | by_file


def _fingerprint(site: Site) -> str:
    return fingerprint_of(text_of(site.watch_file.path))


def _explanation(rule: Rule, watch: Watch) -> str:
    try:
        return explain(compile_rule(rule.spec(watch.lists)))
    except RuleError as error:  # the file was valid when it was read
        return error.message
