"""Adding a source: preview its address in the background, show its latest headlines, then save it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from crawler.config import Crawl
from crawler.config.file.edit import adding
from crawler.errors import FetchError
from crawler.pool import reading
from crawler.usecases.preview import Preview, inside, preview, probe_for, reader_in
from crawler.usecases.probe import in_reactor
from crawler.usecases.sources.entries import entry_for, interval_warning, proposed_name
from crawler.web.forms.editing import NotSavedError, save
from crawler.web.forms.schedule import proposed_schedule, schedule_context
from crawler.web.forms.sources import SubmittedSource
from crawler.web.jobs import Job, Jobs, TooManyJobs
from crawler.web.rendering.views import is_fragment, render
from crawler.web.server.addresses import LOOPBACK, is_loopback
from crawler.web.site import Site, SiteOf

TIMEOUT_S = 90.0
MAX_ADDRESS = 2083

router = APIRouter()
JobId = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,40}$")]


@router.get("/new-source")
def new(request: Request, site: SiteOf, address: Annotated[str, Query(max_length=MAX_ADDRESS)] = "") -> Response:
    """Return the form for an address, which a link to it may fill in."""
    return _form(request, site, address=address)


@router.post("/previews")
def begin(
    request: Request,
    site: SiteOf,
    address: Annotated[str, Form(max_length=MAX_ADDRESS)] = "",
    private: Annotated[bool, Form()] = False,
) -> Response:
    """Start a preview of an address."""
    target = address.strip()
    if not target:
        error = "Enter an address: a domain such as bbc.co.uk, or a feed, sitemap or page."
        return _form(request, site, status=422, error=error)
    defaults = site.watch_file.read().watch.defaults
    hosts = inside(target, private=private) if is_local(site) else frozenset[str]()

    def work(job: Job[object]) -> Preview:
        return replace(in_reactor(_preview(job, site, target, defaults, hosts)), private=bool(hosts) and private)

    try:
        job = _jobs(request).start(work)
    except TooManyJobs:
        raise HTTPException(429, "Too many previews are running. Try again in a moment.") from None
    return RedirectResponse(f"/previews/{job.id}", 303)


@router.get("/previews/{job_id}")
def show(request: Request, site: SiteOf, job_id: JobId) -> Response:
    """Return the progress or result of a preview; for htmx only the fragment, which polls."""
    return _shown(request, site, _job(request, job_id))


@router.post("/previews/{job_id}/add")
def add(request: Request, site: SiteOf, job_id: JobId, sent: Annotated[SubmittedSource, Form()]) -> Response:
    """Add the previewed source to the watch file; accept nothing else."""
    job = _job(request, job_id)
    if not isinstance(job.result, Preview):
        raise HTTPException(422, "Preview an address first.")
    if sent.action == "preview":
        return _shown(request, site, job, sent=sent)
    try:
        watch = site.watch_file.read().watch
        entry = entry_for(job.result, watch, source_id=sent.id.strip(), name=sent.name.strip(), **sent.choices())
        if not sent.confirmed and (warning := interval_warning(entry, watch)):
            return _shown(request, site, job, status=422, warning=warning, sent=sent)
        save(site.watch_file.path, adding("sources", entry))
    except FetchError as error:
        return _shown(request, site, job, status=409, error=error.message, sent=sent)
    except NotSavedError as failure:
        return _shown(request, site, job, status=422, failure=failure, sent=sent)
    return RedirectResponse(f"/sources?{urlencode({'added': str(entry['id'])})}", 303)


def is_local(site: Site) -> bool:
    """Return whether only this machine can reach the page; if so, private networks may be previewed, as in the CLI."""
    addresses = site.addresses
    return is_loopback(addresses.host) and not addresses.url and addresses.names <= LOOPBACK


async def _preview(
    job: Job[object], site: Site, address: str, defaults: Crawl, private_hosts: frozenset[str]
) -> Preview:
    """Preview an address with the delay and user agent of the watch file's defaults. Raises FetchError.

    `private_hosts`: the hosts that may be on a private network.
    """

    def on_request(url: str) -> None:
        job.add_line(url)
        if not job.report_progress(len(job.lines), 0):
            raise FetchError("the preview was canceled", subject=address)

    try:
        fetching = probe_for(defaults, private_hosts, site.redis_url)
        async with asyncio.timeout(TIMEOUT_S), fetching as probe, reading() as pool:
            return await preview(probe, address, site.now(), on_request, reader_in(pool))
    except TimeoutError as error:
        raise FetchError(f"the preview did not finish within {TIMEOUT_S:.0f} s", subject=address) from error


def _shown(
    request: Request,
    site: Site,
    job: Job[object],
    *,
    status: int = 200,
    sent: SubmittedSource | None = None,
    **more: Any,
) -> Response:
    snapshot = job.snapshot()
    found = snapshot.result if isinstance(snapshot.result, Preview) else None
    context: dict[str, Any] = {
        "job": snapshot,
        "found": found,
        "failure": None,
        "error": "",
        "entry": {},
        "warning": "",
    }
    watch = site.watch_file.read().watch
    if found:
        name = proposed_name(found.title, found.url)
        sent = sent or SubmittedSource(name=name, schedule=proposed_schedule(watch.defaults))
        try:
            context["entry"] = entry_for(found, watch)
        except FetchError as error:
            context["error"] = error.message
        context |= schedule_context(sent, watch, site.now())
    template = "_preview.html" if is_fragment(request) else "preview.html"
    return render(request, template, status=status, **context | {"sent": sent} | more)


def _form(request: Request, site: Site, *, status: int = 200, error: str = "", address: str = "") -> Response:
    return render(request, "source_new.html", status=status, error=error, address=address, is_local=is_local(site))


def _job(request: Request, job_id: str) -> Job[object]:
    jobs: Jobs = request.app.state.jobs
    job = jobs.find(job_id)
    if job is None:
        raise HTTPException(404, "This preview has expired. Preview the address again.")
    return job


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs
