"""Alerts: listing with deliveries, resending, silences."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from crawler.archive import DeliveryState
from crawler.archive.queries.dashboard import AlertFilter
from crawler.archive.tables.rows import clean
from crawler.usecases import silences as usecase
from crawler.usecases.cursors import cursor as cursor_at
from crawler.usecases.times import ahead_of, since_of
from crawler.web.api import models
from crawler.web.api.access import READ, WRITE
from crawler.web.api.filters import TimeText
from crawler.web.api.models import AlertOut, SilenceOut
from crawler.web.api.paging import DEFAULT_LIMIT, Limit, NameCursor, Page, following, row_place
from crawler.web.api.problems import responses
from crawler.web.site import SiteOf

router = APIRouter(tags=["alerts"])
Name = Annotated[str, Query(max_length=200)]
AlertId = Annotated[str, Path(pattern=r"^[0-9A-Za-z._-]{1,100}$", description="Alert id.")]
What = Literal["rule", "story", "source"]


class ReplayRequest(BaseModel):
    """The dead deliveries to resend: of one alert, of one channel, or all if neither is given."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"channel": "desk"}]})
    alert: str | None = Field(None, max_length=100, description="Alert id.")
    channel: str | None = Field(None, max_length=100, description="Channel id.")


class ReplayResult(BaseModel):
    """The number of deliveries queued for another attempt. The running service sends them within seconds."""

    deliveries: int


class SilenceRequest(BaseModel):
    """A silence to create."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"what": "rule", "name": "us-in-iraq", "until": "8h"}]}
    )
    what: What = Field(description="The kind of object to silence.")
    name: str = Field(min_length=1, max_length=200, description="Id of the rule or source, or key of the story.")
    until: TimeText = Field(description="Duration (8h, 2d), or the time or day at whose beginning the silence ends.")


class SilencesEnded(BaseModel):
    """The number of silences that were ended."""

    silences: int


@router.get("/alerts", dependencies=[READ], responses=responses())
def alerts(
    *,
    request: Request,
    response: Response,
    site: SiteOf,
    rule: Annotated[Name, Query(description="Rule id.")] = "",
    source: Annotated[Name, Query(description="Source id.")] = "",
    story: Annotated[Name, Query(description="Story key.")] = "",
    since: Annotated[TimeText | None, Query(description="Matched at or after this time.")] = None,
    state: Annotated[
        Literal["pending", "sent", "dead", "silenced"] | None,
        Query(description="Alerts with a delivery in this state."),
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: NameCursor = None,
) -> Page[AlertOut]:
    """List alerts, newest first, with their deliveries."""
    since_when = since_of(since, site.now()) if since else None
    delivery_state = DeliveryState(state) if state else None
    selection = AlertFilter(clean(rule), clean(source), clean(story), since_when, delivery_state, row_place(cursor))
    found = site.archive.dashboard.alerts(selection, limit + 1)
    shown = found[:limit]
    more = cursor_at(shown[-1].matched, shown[-1].id) if len(found) > limit else None
    deliveries = site.archive.dashboard.deliveries(shown)
    items = [models.alert_out(one, deliveries[one.id]) for one in shown]
    return Page(items=items, cursor=more, next=following(request, response, more))


@router.get("/alerts/{alert_id}", dependencies=[READ], responses=responses(404))
def alert(site: SiteOf, alert_id: AlertId) -> AlertOut:
    """Return one alert with its evidence and deliveries."""
    found = site.archive.alert(alert_id)
    if found is None:
        raise HTTPException(404, "This alert does not exist.")
    return models.alert_out(found, site.archive.dashboard.deliveries([found])[found.id])


@router.post("/alerts/replay", dependencies=[WRITE], responses=responses(400, 404, 413))
def replay(site: SiteOf, request: ReplayRequest) -> ReplayResult:
    """Resend dead deliveries with their original message ids."""
    if request.alert is not None and site.archive.alert(clean(request.alert)) is None:
        raise HTTPException(404, "This alert does not exist.")
    channel = clean(request.channel) if request.channel is not None else None
    return ReplayResult(deliveries=site.archive.outbox.replay(site.now(), alert_id=request.alert, channel=channel))


@router.get("/silences", dependencies=[READ], responses=responses())
def silences(site: SiteOf) -> list[SilenceOut]:
    """List the active silences, including those of the watch file."""
    found = usecase.silences(site.archive, site.watch_file.read().watch, site.now())
    return [SilenceOut.model_validate(one, from_attributes=True) for one in found]


@router.post("/silences", dependencies=[WRITE], status_code=201, responses=responses(400, 409, 413))
def silence(site: SiteOf, request: SilenceRequest) -> SilenceOut:
    """Silence a rule, a story or a source until a given time. Alerts are still raised and listed, but not sent."""
    now: datetime = site.now()
    name = clean(request.name)
    try:
        until = ahead_of(request.until, now)
    except ValueError as error:
        raise HTTPException(409, str(error)) from error
    site.archive.outbox.add_silence(request.what, name, until, now)
    return SilenceOut(what=request.what, name=name, until=until, created=now, in_watch_file=False)


@router.delete("/silences/{what}/{name}", dependencies=[WRITE], responses=responses(404, 409))
def end_silence(
    site: SiteOf,
    what: What,
    name: Annotated[
        str, Path(min_length=1, max_length=200, description="Id of the rule or source, or key of the story.")
    ],
) -> SilencesEnded:
    """End the silences of a rule, a story or a source. Silences of the watch file can only be ended there: 409."""
    try:
        ended = usecase.lift(site.archive, site.watch_file.read().watch, what, name, site.now())
    except ValueError as error:
        raise HTTPException(409, str(error)) from error
    if not ended:
        raise HTTPException(404, "No silence is active for it.")
    return SilencesEnded(silences=ended)
