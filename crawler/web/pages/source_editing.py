"""The form of a source: all of its keys, with the next times of its schedule, saved to the watch file."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Path, Request, Response
from fastapi.responses import RedirectResponse

from crawler.config.file.edit import changing
from crawler.usecases.sources.entries import has_interval, interval_warning, merged
from crawler.web.forms.editing import NotSavedError, entry_of, fingerprint_of, save, text_of
from crawler.web.forms.schedule import schedule_context
from crawler.web.forms.sources import SourceForm, SubmittedSource
from crawler.web.rendering.views import render
from crawler.web.site import Site, SiteOf

router = APIRouter()
SourceId = Annotated[str, Path(max_length=200)]


@router.get("/sources/{source_id}/edit")
def edit(request: Request, site: SiteOf, source_id: SourceId) -> Response:
    """Return the form of a source."""
    text = text_of(site.watch_file.path)
    form = SourceForm.of(_entry(text, source_id), has_default=_has_default(site))
    sent = SubmittedSource(**form.model_dump(), seen=fingerprint_of(text))
    return _form(request, site, source_id, sent)


@router.post("/sources/{source_id}/edit")
def change(request: Request, site: SiteOf, source_id: SourceId, sent: Annotated[SubmittedSource, Form()]) -> Response:
    """Write the keys that were changed; comments, order and all other keys stay."""
    if sent.action == "preview":
        return _form(request, site, source_id, sent)
    text, has_default = text_of(site.watch_file.path), _has_default(site)
    raw = _entry(text, source_id)
    before = SourceForm.of(raw, has_default=has_default)
    changes = sent.model_copy(update={"id": source_id}).changes(before, has_default=has_default)
    if changes.keys() & {"every", "site", "feed", "sitemap", "section", "page"} and not sent.confirmed:
        warning = interval_warning(merged(raw, changes), site.watch_file.read().watch)
        if warning:
            return _form(request, site, source_id, sent, status=422, warning=warning)
    if changes:
        try:
            save(site.watch_file.path, changing("sources", source_id, changes), sent.seen)
        except NotSavedError as failure:
            fresh = sent.model_copy(update={"seen": fingerprint_of(text_of(site.watch_file.path))})
            return _form(request, site, source_id, fresh, status=409 if failure.changed else 422, failure=failure)
    return RedirectResponse(f"/sources/{source_id}?saved=1", 303)


@router.post("/source-schedule")
def schedule(request: Request, site: SiteOf, sent: Annotated[SubmittedSource, Form()]) -> Response:
    """Return the next times of a schedule, for htmx while it is typed."""
    return render(request, "_next_crawls.html", **schedule_context(sent, site.watch_file.read().watch, site.now()))


def _form(
    request: Request, site: Site, source_id: str, sent: SubmittedSource, *, status: int = 200, **more: Any
) -> Response:
    context: dict[str, Any] = {"failure": None, "warning": "", "sent": sent, "source_id": source_id}
    raw = _entry(text_of(site.watch_file.path), source_id)
    context["by_hand"] = [key for key in ("headers", "cookies", "spider") if key in raw]
    context |= schedule_context(sent, site.watch_file.read().watch, site.now())
    return render(request, "source_edit.html", status=status, **context | more)


def _entry(text: str, source_id: str) -> dict[str, Any]:
    raw = entry_of(text, "sources", source_id)
    if raw is None:
        raise HTTPException(404, "This source is not in the watch file.")
    return dict(raw)


def _has_default(site: Site) -> bool:
    return has_interval(site.watch_file.read().watch.defaults)
