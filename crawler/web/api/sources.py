"""Sources: listing, status, pausing, resuming and crawling; and a webhook that requests a crawl."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit, urlunsplit

from fastapi import APIRouter, HTTPException, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from crawler.config import Source, set_source
from crawler.config.kinds import show_duration
from crawler.dedupe.urls import canonical_url, registered_domain
from crawler.errors import ConfigError, StateError
from crawler.usecases.crawl_requests import request_crawl, request_fetch
from crawler.usecases.source_status import HealthProblem, source_details
from crawler.web.api import models
from crawler.web.api.access import CRAWL, READ, WRITE
from crawler.web.api.models import RunOut
from crawler.web.api.paging import DEFAULT_LIMIT, Limit, Page, PlaceCursor, following
from crawler.web.api.problems import responses
from crawler.web.rendering.formats import host
from crawler.web.site import Site, SiteOf

DAY = timedelta(days=1)
FETCH_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The article is already in the archive; no crawl was requested."},
    **responses(400, 404, 409, 413),
}

router = APIRouter(tags=["sources"])
SourceId = Annotated[str, Path(max_length=100, description="Source id.")]


class SourceOut(BaseModel):
    """A source of the watch file."""

    id: str = Field(examples=["bbc-world"])
    name: str = Field(description="Name of the source; its id if it has none.", examples=["BBC News"])
    kind: str = Field(description="site, feed, sitemap, section or page.", examples=["feed"])
    url: str = Field(description="Address without credentials and query string.")
    every: str | None = Field(
        description="Crawl interval. If `cron` is null too, the source is crawled by its publishing pattern.",
        examples=["10m"],
    )
    cron: str | None
    timezone: str | None
    language: str | None
    tags: list[str]
    paused: bool


class HealthProblemOut(BaseModel):
    """A health problem of a source."""

    name: str = Field(description="Name of the problem, as in `wirewatch sources health`.", examples=["frozen"])
    since: datetime = Field(description="When the problem began.")
    detected: datetime = Field(description="When the problem was detected.")
    recovered: datetime | None = Field(description="When the problem was resolved; null while it lasts.")
    description: str = Field(description="What was observed, in one sentence.")
    hint: str = Field(description="Suggested fix.")


class SourceDetailsOut(SourceOut):
    """A source with its status."""

    healthy: bool = Field(description="False if the source has a problem and is not paused.")
    state: str = Field(
        description="healthy, quiet, paused, not crawled, or the name of the first problem.", examples=["healthy"]
    )
    description: str = Field(description="What was observed, in one sentence; empty if there is nothing to report.")
    problems: list[HealthProblemOut] = Field(description="Current health problems.")
    history: list[HealthProblemOut] = Field(description="Resolved health problems, latest first; at most 20.")
    last_run: RunOut | None
    last_found: datetime | None = Field(description="When the latest article was found.")
    recent: int = Field(description="Articles found in the last 24 hours, at most 10,000.")
    next_crawl: datetime | None = Field(description="When the source is due next; null if it is paused.")


class CrawlRequested(BaseModel):
    """A requested crawl."""

    source: str
    task: str = Field(description="Id of the run under /runs; empty if the article is already in the archive.")
    article: int | None = Field(None, description="Id of the article, if it is already in the archive.")


class CrawlRequest(BaseModel):
    """What to crawl: a source by its id, or one page by its address."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"source": "bbc-world"}]})
    source: str = Field("", max_length=100, description="Source id.")
    url: str = Field("", max_length=2083, description="Address of one article on the site of a source.")


@router.get("/sources", dependencies=[READ], responses=responses())
def sources(
    request: Request, response: Response, site: SiteOf, limit: Limit = DEFAULT_LIMIT, cursor: PlaceCursor = None
) -> Page[SourceOut]:
    """List the sources in the order of the watch file."""
    known = site.watch_file.read().watch.sources
    start = int(cursor or 0)
    more = str(start + limit) if len(known) > start + limit else None
    items = [_out(source) for source in known[start : start + limit]]
    return Page(items=items, cursor=more, next=following(request, response, more))


@router.get("/sources/{source_id}", dependencies=[READ], responses=responses(404))
def source(site: SiteOf, source_id: SourceId) -> SourceDetailsOut:
    """Return one source with its status."""
    found = _known(site, source_id)
    now = site.now()
    details = source_details(site.archive, found, now - DAY, now)
    figures, status = details.figures, details.status
    return SourceDetailsOut(
        **_out(found).model_dump(),
        healthy=status.healthy,
        state=status.state,
        description=status.description,
        problems=[_problem(one) for one in status.problems],
        history=[_problem(one) for one in details.history],
        last_run=models.run_out(figures.last_run) if figures.last_run else None,
        last_found=figures.last_found,
        recent=figures.recent,
        next_crawl=details.next_crawl,
    )


@router.post("/sources/{source_id}/pause", dependencies=[WRITE], responses=responses(404, 409))
def pause(site: SiteOf, source_id: SourceId) -> SourceOut:
    """Pause a source: set `paused: true` in the watch file. Comments and order are preserved."""
    return _set_paused(site, source_id, paused=True)


@router.post("/sources/{source_id}/resume", dependencies=[WRITE], responses=responses(404, 409))
def resume(site: SiteOf, source_id: SourceId) -> SourceOut:
    """Resume a paused source."""
    return _set_paused(site, source_id, paused=False)


@router.post("/sources/{source_id}/run", dependencies=[CRAWL], status_code=202, responses=responses(404))
def run(site: SiteOf, source_id: SourceId) -> CrawlRequested:
    """Ask the running service to crawl a source now. If a crawl is already running, one more is queued."""
    found = _known(site, source_id)
    return CrawlRequested(source=found.id, task=_requested(request_crawl(site.redis_url, found.id, site.now())))


@router.post("/articles/fetch", dependencies=[CRAWL], status_code=202, responses=FETCH_RESPONSES)
def fetch(site: SiteOf, request: CrawlRequest, response: Response) -> CrawlRequested:
    """Request a crawl of a source or of exactly one page, for example from a webhook of another system.

    The page is fetched as an article of the source with the same site; its run belongs to the source `fetch:ID`. If the
    article is already in the archive, the response is 200 with its id and nothing is fetched. Addresses on sites of no
    source are rejected.
    """
    if bool(request.source) == bool(request.url):
        raise HTTPException(409, "Specify either a source or an address.")
    if request.source:
        return run(site, request.source)
    found = _source_of(site, request.url)
    known = _article_at(site, request.url)
    if known is not None:
        response.status_code = 200
        return CrawlRequested(source=found.id, task="", article=known)
    return CrawlRequested(
        source=found.id, task=_requested(request_fetch(site.redis_url, found.id, request.url, site.now()))
    )


def _requested(call: Coroutine[Any, Any, str]) -> str:
    try:
        return asyncio.run(call)
    except StateError as error:
        raise HTTPException(503, str(error), headers={"Retry-After": "30"}) from error


def _problem(one: HealthProblem) -> HealthProblemOut:
    return HealthProblemOut.model_validate(one, from_attributes=True)


def _known(site: Site, source_id: str) -> Source:
    found = site.watch_file.read().watch.source_by_id.get(source_id)
    if found is None:
        raise HTTPException(404, "This source is not in the watch file.")
    return found


def _article_at(site: Site, url: str) -> int | None:
    """Return the id of the archived article with an address. Raises HTTPException 404 for an invalid web address."""
    try:
        addresses = (url, canonical_url(url))
    except ValueError as error:
        raise HTTPException(404, f"This is not a web address: {error}") from error
    if not url.startswith(("http://", "https://")):
        raise HTTPException(404, "The address must start with http:// or https://.")
    found = (site.archive.article(address) for address in addresses)
    return next((row.id for row in found if row is not None), None)


def _source_of(site: Site, url: str) -> Source:
    """Return the source on the same host, otherwise one on the same registered domain. Raises HTTPException 404."""
    sources = [source for source in site.watch_file.read().watch.sources if not source.paused]
    for same in (host, _domain):
        where = same(url)
        for source in sources:
            if where and same(source.url) == where:
                return source
    raise HTTPException(404, "No source of the watch file is on this site.")


def _domain(url: str) -> str:
    return registered_domain(url) if host(url) else ""


def _set_paused(site: Site, source_id: str, *, paused: bool) -> SourceOut:
    if _known(site, source_id).paused is not paused:
        try:
            set_source(site.watch_file.path, source_id, "paused", value=True if paused else None)
        except ConfigError as error:
            raise HTTPException(409, str(error)) from error
    return _out(_known(site, source_id))


def _out(source: Source) -> SourceOut:
    parts = urlsplit(source.url)
    return SourceOut(
        id=source.id,
        name=source.label,
        kind=source.kind,
        url=urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")),
        every=show_duration(source.every) if source.every else None,
        cron=source.cron,
        timezone=source.timezone,
        language=source.language,
        tags=list(source.tags),
        paused=source.paused,
    )
