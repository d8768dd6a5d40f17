"""Alerts: evidence, deliveries, resending and silences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from crawler.archive import Delivery, DeliveryState
from crawler.archive.queries.dashboard import AlertFilter
from crawler.items import Alert
from crawler.notify.message import headline
from crawler.usecases import silences as usecase
from crawler.usecases.cursors import cursor
from crawler.usecases.times import ahead_of, since_of
from crawler.web.forms.times import SILENT_FOR, SINCE, after_place
from crawler.web.rendering.formats import line
from crawler.web.rendering.marking import Piece, pieces
from crawler.web.rendering.views import is_fragment, render
from crawler.web.site import Site, SiteOf

LISTED = 40
MAX_COUNT = 10**9
STATES = {
    DeliveryState.SENT: "sent",
    DeliveryState.PENDING: "pending",
    DeliveryState.DEAD: "dead",
    DeliveryState.SILENCED: "silenced",
}

router = APIRouter()
Name = Annotated[str, Query(max_length=200)]
FormName = Annotated[str, Form(max_length=200)]
AlertId = Annotated[str, Path(pattern=r"^[0-9A-Za-z-]{1,64}$")]
Count = Annotated[int, Query(ge=-1, le=MAX_COUNT)]


@dataclass(frozen=True, slots=True)
class AlertItem:
    """One alert of the list."""

    alert: Alert
    title: str
    excerpts: list[list[Piece]]
    deliveries: list[Delivery]


@dataclass(frozen=True, slots=True)
class AlertForm:
    """The filters of the list."""

    rule: Name = ""
    source: Name = ""
    story: Name = ""
    since: Annotated[str, Query(max_length=40)] = ""
    state: Annotated[Literal["", "pending", "sent", "dead", "silenced"], Query()] = ""

    @property
    def address(self) -> str:
        """The query string of the address."""
        values = [(name, getattr(self, name)) for name in AlertForm.__dataclass_fields__]
        return urlencode([(name, value) for name, value in values if value])


@router.get("/alerts")
def alerts(
    request: Request,
    site: SiteOf,
    chosen: Annotated[AlertForm, Depends()],
    before: Annotated[str, Query(max_length=100)] = "",
    replayed: Count = -1,
) -> Response:
    """Return the alerts that match the filters, newest first; only the rows for htmx."""
    context: dict[str, Any] = {"chosen": chosen, "since_choices": SINCE, "states": STATES, "replayed": replayed}
    names = {rule.id for rule in site.watch_file.read().watch.rules} | {chosen.rule}
    context |= {
        "rules": sorted(names - {""}),
        "dead": site.archive.dashboard.dead(),
        "rows": [],
        "more": "",
        "error": "",
    }
    try:
        since = since_of(chosen.since, site.now()) if chosen.since.strip() else None
    except ValueError as error:
        return render(request, "alerts.html", status=422, **context | {"error": str(error)})
    state = DeliveryState(chosen.state) if chosen.state else None
    selection = AlertFilter(chosen.rule, chosen.source, chosen.story, since, state, after_place(before))
    found = site.archive.dashboard.alerts(selection, LISTED + 1)
    shown = found[:LISTED]
    more = cursor(shown[-1].matched, shown[-1].id) if len(found) > LISTED else ""
    context |= {"rows": rows_of(site, shown), "more": more}
    return render(request, "_alerts_page.html" if is_fragment(request) else "alerts.html", **context)


def rows_of(site: Site, found: list[Alert]) -> list[AlertItem]:
    """Return alerts with their titles, excerpts and deliveries."""
    deliveries = site.archive.dashboard.deliveries(found)
    return [
        AlertItem(alert, headline(alert), [pieces(excerpt) for excerpt in alert.excerpts[:2]], deliveries[alert.id])
        for alert in found
    ]


@router.post("/alerts/replay")
def replay_channel(site: SiteOf, channel: FormName = "") -> Response:
    """Send all dead deliveries of a channel again."""
    if not channel:
        raise HTTPException(422, "Specify a channel.")
    count = site.archive.outbox.replay(site.now(), channel=channel)
    return RedirectResponse(f"/alerts?replayed={count}", 303)


@router.get("/alerts/{alert_id}")
def alert(request: Request, site: SiteOf, alert_id: AlertId, replayed: Count = -1) -> Response:
    """Return one alert with its evidence, deliveries and actions."""
    one = found(site, alert_id)
    deliveries = site.archive.outbox.deliveries(alert_id=one.id)[::-1]
    watch = site.watch_file.read().watch
    active = usecase.silences(site.archive, watch, site.now())
    silences_of_alert = [silence for silence in active if _name_of(silence.what, one) == silence.name]
    return render(
        request,
        "alert.html",
        alert=one,
        title=headline(one),
        excerpts=[pieces(excerpt) for excerpt in one.excerpts],
        deliveries=deliveries,
        states=STATES,
        dead=sum(delivery.state is DeliveryState.DEAD for delivery in deliveries),
        story_id=site.archive.dashboard.story_id(one.story),
        rule=next((rule for rule in watch.rules if rule.id == one.rule), None),
        silences=silences_of_alert,
        presets=SILENT_FOR,
        replayed=replayed,
    )


@router.post("/alerts/{alert_id}/replay")
def replay(site: SiteOf, alert_id: AlertId) -> Response:
    """Send the dead deliveries of an alert again, with the same ids."""
    count = site.archive.outbox.replay(site.now(), alert_id=found(site, alert_id).id)
    return RedirectResponse(f"/alerts/{alert_id}?replayed={count}", 303)


@router.get("/silences")
def silences(request: Request, site: SiteOf) -> Response:
    """Return the active silences, including those in the watch file."""
    return _silences(request, site)


@router.post("/silences")
def silence(
    request: Request,
    site: SiteOf,
    what: FormName = "",
    name: FormName = "",
    alert: FormName = "",
    until: FormName = "",
    day: FormName = "",
) -> Response:
    """Silence a rule, a story or a source, given by name or by one of its alerts, until a time."""
    target = line(_name_of(what, found(site, alert)) if alert else name, 200)
    if what not in usecase.KINDS or not target:
        return _silences(request, site, status=422, error="Select what to silence.")
    try:
        end = ahead_of(day.strip() or until, site.now())
    except ValueError as error:
        return _silences(request, site, status=422, error=str(error))
    site.archive.outbox.add_silence(what, target, end, site.now())
    return RedirectResponse("/silences", 303)


@router.post("/silences/end")
def end_silence(request: Request, site: SiteOf, what: FormName = "", name: FormName = "") -> Response:
    """End a silence; succeed if it has already ended."""
    try:
        usecase.lift(site.archive, site.watch_file.read().watch, what, name, site.now())
    except ValueError as error:
        return _silences(request, site, status=422, error=str(error))
    return RedirectResponse("/silences", 303)


def found(site: Site, alert_id: str) -> Alert:
    """Return an alert of the archive. Raises HTTPException 404, ArchiveError."""
    one = site.archive.alert(alert_id)
    if one is None:
        raise HTTPException(404, "This alert is not in the archive.")
    return one


def _silences(request: Request, site: Site, *, status: int = 200, error: str = "") -> Response:
    watch = site.watch_file.read().watch
    return render(
        request,
        "silences.html",
        status=status,
        silences=usecase.silences(site.archive, watch, site.now()),
        rules=[rule.id for rule in watch.rules],
        sources=[source.id for source in watch.sources],
        presets=SILENT_FOR,
        error=error,
    )


def _name_of(what: str, one: Alert) -> str:
    """Return the rule, story or source of an alert."""
    return {"rule": one.rule, "story": one.story, "source": one.source}.get(what, "")
