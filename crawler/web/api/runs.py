"""Runs and channels: results of crawls, and the status of channels."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel, Field

from crawler.archive.queries.dashboard import RunFilter
from crawler.archive.tables.rows import clean
from crawler.items import Outcome
from crawler.usecases.channel_test import state_of
from crawler.usecases.cursors import cursor as cursor_at
from crawler.usecases.run_details import run_details
from crawler.usecases.service_state import canary_history
from crawler.web.api import models
from crawler.web.api.access import READ
from crawler.web.api.models import RunDetails, RunOut
from crawler.web.api.paging import DEFAULT_LIMIT, Limit, NameCursor, Page, following, row_place
from crawler.web.api.problems import responses
from crawler.web.site import SiteOf

router = APIRouter(dependencies=[READ])


class ChannelOut(BaseModel):
    """A channel that receives alerts, without its secrets."""

    id: str = Field(examples=["desk"])
    address: str = Field(description="Kind and host, without secrets.", examples=["desk (slack://...)"])
    state: str = Field(description="open, quiet, paused, closed or invalid.", examples=["open"])
    reason: str = Field(description="Why the channel is closed.")
    waiting: int = Field(description="Number of pending deliveries.")
    dead: int = Field(description="Number of dead deliveries.")


class CanaryOut(BaseModel):
    """One canary: a page that Wirewatch publishes for itself, which must come out as an alert."""

    published: datetime = Field(description="When it was published.")
    judged: datetime = Field(description="When it came out, or was found to be late.")
    stopped: str | None = Field(description="The stage that it did not reach in time; null if it came out.")
    recovered: datetime | None = Field(description="When a canary came out again after a late one.")
    seconds: float = Field(description="From publication to receipt, or until it was found to be late.")


@router.get("/canaries", tags=["sources"], responses=responses())
def canaries(site: SiteOf) -> list[CanaryOut]:
    """List the canaries of the last seven days, newest first."""
    found = canary_history(site.archive, site.now()).results
    return [
        CanaryOut(
            published=one.published,
            judged=one.judged,
            stopped=one.stopped.value if one.stopped else None,
            recovered=one.recovered,
            seconds=one.took.total_seconds(),
        )
        for one in found
    ]


@router.get("/runs", tags=["sources"], responses=responses())
def runs(
    request: Request,
    response: Response,
    site: SiteOf,
    source: Annotated[str, Query(max_length=200, description="Source id.")] = "",
    outcome: Annotated[
        Literal["done", "partial", "failed", "stopped"] | None, Query(description="Runs with this outcome.")
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: NameCursor = None,
) -> Page[RunOut]:
    """List crawls, newest first."""
    selection = RunFilter(clean(source), Outcome(outcome) if outcome else None, row_place(cursor))
    found = site.archive.dashboard.runs(selection, limit + 1)
    shown = found[:limit]
    more = cursor_at(shown[-1].started, shown[-1].id) if len(found) > limit else None
    items = [models.run_out(run) for run in shown]
    return Page(items=items, cursor=more, next=following(request, response, more))


@router.get("/runs/{run_id}", tags=["sources"], responses=responses(404))
def run(site: SiteOf, run_id: Annotated[str, Path(max_length=300, description="Run id.")]) -> RunDetails:
    """Return one crawl with the listings that it read."""
    found = run_details(site.archive, run_id)
    if found is None:
        raise HTTPException(404, f"Run {run_id} does not exist.")
    return models.run_details(found.run, found.listings)


@router.get("/channels", tags=["alerts"], responses=responses())
def channels(site: SiteOf) -> list[ChannelOut]:
    """List the channels of the watch file with their status."""
    outbox, now = site.archive.outbox, site.now()
    found = [state_of(channel, outbox, now) for channel in site.watch_file.read().watch.channels]
    return [ChannelOut.model_validate(state, from_attributes=True) for state in found]
