"""Sources: status and publishing pattern; crawling now, pausing and deleting."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from crawler.archive.queries.dashboard import RunFilter, SourceFigures
from crawler.archive.tables.rows import clean
from crawler.config import Source
from crawler.config.file.edit import changing, removing
from crawler.errors import StateError
from crawler.usecases.crawl_requests import request_crawl
from crawler.usecases.pushes import push_text, pushes_of
from crawler.usecases.source_status import SourceStatus, scheduled_crawl, source_details, source_statuses
from crawler.web.forms.editing import NotSavedError, fingerprint_of, save, text_of
from crawler.web.rendering.charts import heat_map
from crawler.web.rendering.formats import line
from crawler.web.rendering.views import is_fragment, render
from crawler.web.site import Site, SiteOf

LISTED = 50
RUNS = 15  # of a source, on its page
WEEKS = 4  # of the chart
MAX_POLLS = 60  # for a requested run

router = APIRouter(prefix="/sources")
SourceId = Annotated[str, Path(max_length=200)]
Text = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Row:
    """One source of the list."""

    source: Source
    figures: SourceFigures
    due: datetime | None
    status: SourceStatus
    pushed: str = ""  # the hubs, in one line


@router.get("")
def sources(request: Request, site: SiteOf, q: Text = "", after: Text = "", added: Text = "") -> Response:
    """Return one page of the sources, in the order of the watch file. `q`: a part of an id, an address or a tag."""
    watch = site.watch_file.read().watch
    word = q.strip().lower()
    matches = [
        one for one in watch.sources if word in " ".join((one.id, one.label.lower(), one.url.lower(), *one.tags))
    ]
    start = next((at + 1 for at, one in enumerate(matches) if one.id == after), 0)
    shown = matches[start : start + LISTED]
    midnight = site.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    figures = site.archive.dashboard.sources([one.id for one in shown], midnight)
    statuses = source_statuses(site.archive, shown, site.now(), quiet=False)
    pushed = _pushed(site, [one.id for one in shown])
    rows = [
        Row(one, figures[one.id], scheduled_crawl(one, figures[one.id], site.now()), status, pushed.get(one.id, ""))
        for one, status in zip(shown, statuses, strict=True)
    ]
    more = urlencode({"q": q, "after": shown[-1].id}) if len(matches) > start + LISTED else ""
    counts = {"matches": len(matches), "all": len(watch.sources), "paused": sum(one.paused for one in watch.sources)}
    return render(request, "sources.html", rows=rows, q=q, more=more, counts=counts, added=added)


@router.get("/{source_id}")
def source(
    request: Request, site: SiteOf, source_id: SourceId, run: Text = "", error: Text = "", *, saved: bool = False
) -> Response:
    """Return one source: status, publishing pattern, last runs; only its runs if it is no longer in the watch file."""
    known = site.watch_file.read().watch.source_by_id.get(source_id)
    since = site.now() - timedelta(weeks=WEEKS)
    source_id = clean(source_id)
    details = source_details(site.archive, known, since, site.now()) if known else None
    figures = details.figures if details else site.archive.dashboard.sources([source_id], since)[source_id]
    if known is None and figures.last_run is None and figures.last_found is None:
        raise HTTPException(404, "This source does not exist.")
    heat = heat_map(site.archive.dashboard.publication_times(source_id, since))
    context: dict[str, Any] = {"heat": heat, "weeks": WEEKS, "figures": figures, "details": details}
    context["error"], context["saved"] = line(error), saved
    context["pushed"] = _pushed(site, [source_id]).get(source_id, "") if known else ""
    context |= _runs(site, source_id, run, 0)
    return render(request, "source.html", source=known, name=source_id, **context)


@router.get("/{source_id}/runs")
def runs(request: Request, site: SiteOf, source_id: SourceId, run: Text = "", polls: int = 0) -> Response:
    """Return the last runs; htmx polls them until the requested run has finished."""
    if not is_fragment(request):
        return RedirectResponse(f"/runs?{urlencode({'source': source_id})}", 303)
    return render(request, "_source_runs.html", name=source_id, **_runs(site, source_id, run, polls + 1))


@router.post("/{source_id}/run")
def run_now(site: SiteOf, source_id: SourceId) -> Response:
    """Request a crawl of a source from the running service."""
    _found(site, source_id)
    page = f"/sources/{source_id}"
    try:
        key = asyncio.run(request_crawl(site.redis_url, source_id, site.now()))
    except StateError as error:
        return RedirectResponse(f"{page}?{urlencode({'error': error.message})}", 303)
    return RedirectResponse(f"{page}?{urlencode({'run': key})}", 303)


@router.post("/{source_id}/pause")
def pause(request: Request, site: SiteOf, source_id: SourceId) -> Response:
    """Stop crawling the source until it is resumed."""
    return _changed(request, site, source_id, paused=True)


@router.post("/{source_id}/resume")
def resume(request: Request, site: SiteOf, source_id: SourceId) -> Response:
    """Crawl the source again."""
    return _changed(request, site, source_id, paused=None)


@router.get("/{source_id}/delete")
def confirm_delete(request: Request, site: SiteOf, source_id: SourceId) -> Response:
    """Ask for confirmation before deleting a source."""
    return render(request, "source_delete.html", source=_found(site, source_id), seen=_fingerprint(site), failure=None)


@router.post("/{source_id}/delete")
def delete(
    request: Request, site: SiteOf, source_id: SourceId, seen: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    """Remove a source from the watch file. Its articles are kept."""
    known = _found(site, source_id)
    try:
        save(site.watch_file.path, removing("sources", source_id), seen)
    except NotSavedError as failure:
        return render(request, "source_delete.html", status=409, source=known, seen=_fingerprint(site), failure=failure)
    return RedirectResponse("/sources", 303)


def _has(source: Source, word: str) -> bool:
    return word in " ".join((source.id, source.label.lower(), source.url.lower(), *source.tags))


def _found(site: Site, source_id: str) -> Source:
    known = site.watch_file.read().watch.source_by_id.get(source_id)
    if known is None:
        raise HTTPException(404, "This source is not in the watch file.")
    return known


def _changed(request: Request, site: Site, source_id: str, *, paused: bool | None) -> Response:
    _found(site, source_id)
    try:
        save(site.watch_file.path, changing("sources", source_id, {"paused": paused}))
    except NotSavedError as failure:
        return render(request, "not_saved.html", status=409, failure=failure, back=f"/sources/{source_id}")
    return RedirectResponse(f"/sources/{source_id}", 303)


def _pushed(site: Site, sources: list[str]) -> dict[str, str]:
    """Return a line per pushed source, with its hubs."""
    found = asyncio.run(pushes_of(site.redis_url, sources, site.now()))
    return {name: push_text(one) for name, one in found.items()}


def _runs(site: Site, source_id: str, requested: str, polls: int) -> dict[str, Any]:
    """Return the last runs, and whether the requested one is still pending."""
    found = site.archive.dashboard.runs(RunFilter(source=source_id), RUNS)
    pending = bool(requested) and polls < MAX_POLLS and not any(run.id == requested and run.finished for run in found)
    return {"runs": found, "requested": requested, "polls": polls, "pending": pending}


def _fingerprint(site: Site) -> str:
    return fingerprint_of(text_of(site.watch_file.path))
