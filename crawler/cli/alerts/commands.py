"""`wirewatch alerts`: list and show alerts, replay dead deliveries, manage silences."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from crawler.archive import Archive, Delivery, DeliveryState
from crawler.cli.alerts.silence import EPILOG as SILENCE_EPILOG
from crawler.cli.alerts.silence import silence
from crawler.cli.items.options import open_archive, since_of
from crawler.cli.items.printing import clock
from crawler.cli.rules.common import highlighted
from crawler.cli.watchfile import Json
from crawler.errors import ArchiveError
from crawler.items import Alert
from crawler.notify import alert_json
from crawler.notify.message import headline, origin, rfc3339
from crawler.text.shown import clean

app = typer.Typer(help="List and show alerts, replay dead deliveries, and silence alerts.", no_args_is_help=True)
app.command("silence", epilog=SILENCE_EPILOG)(silence)

_SHORTEST_ID = 4  # characters of an id prefix
_SIGNS = {
    DeliveryState.SENT: ("✓", "green"),
    DeliveryState.PENDING: ("…", "yellow"),
    DeliveryState.DEAD: ("✗", "red"),
    DeliveryState.SILENCED: ("–", "dim"),
}
LIST_EPILOG = """Examples:

  wirewatch alerts list --rule us-in-iraq --since 7d

  wirewatch alerts list --json | jq '.[].title'
"""
AlertId = Annotated[str, typer.Argument(metavar="ID", help="An alert id, or the beginning of one.")]
Channel = Annotated[str | None, typer.Option("--channel", "-c", help="Id of a channel.")]


@app.command("list", epilog=LIST_EPILOG)
def list_alerts(
    rule: Annotated[str | None, typer.Option("--rule", "-r", help="Id of a rule.")] = None,
    since: Annotated[str | None, typer.Option(metavar="WHEN", help="Matched since: 2h, 7d, today, 2026-11-01.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="Maximum number to show.")] = 30,
    as_json: Json = False,
) -> None:
    """List alerts, newest first, with their recipients."""
    now = datetime.now(UTC)
    with open_archive() as archive:
        found = archive.alerts(rule=rule, since=since_of(since, now) if since else None, limit=limit)
        rows = [(alert, archive.outbox.deliveries(alert_id=alert.id)) for alert in found]
    if as_json:
        typer.echo(json.dumps([alert_with(alert, deliveries) for alert, deliveries in rows], ensure_ascii=False))
        return
    console = Console(highlight=False)
    if not rows:
        typer.echo("No alerts yet. `wirewatch rules test` shows what a rule would have matched.", err=True)
    elif console.is_terminal:
        console.print(_table(rows, now))
    else:
        for alert, deliveries in rows:
            when = alert.matched.astimezone().isoformat(timespec="seconds")
            states = ",".join(f"{one.channel}:{one.state.value}" for one in deliveries)
            fields = (alert.id, when, alert.rule, alert.source, headline(alert), alert.url, states)
            typer.echo("\t".join(clean(field) for field in fields))


@app.command()
def show(key: AlertId, as_json: Json = False) -> None:
    """Show one alert: why it was raised, and the status of each delivery."""
    with open_archive() as archive:
        alert = find(archive, key)
        deliveries = archive.outbox.deliveries(alert_id=alert.id)
    if as_json:
        typer.echo(json.dumps(alert_with(alert, deliveries), ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(clean(headline(alert)), "bold"))
    for excerpt in alert.excerpts:
        console.print(Text.assemble("  ", highlighted(excerpt)))
    facts = {
        "rule": f"{alert.rule} ({alert.rule_version})",
        "source": origin(alert),
        "published": _time(alert.published),
        "listed": _time(alert.listed),
        "fetched": _time(alert.fetched),
        "matched": _time(alert.matched),
        "story": alert.story,
        "article": str(alert.article_id),
        "revision": f"{alert.revision}, {alert.content_hash}" if alert.content_hash else "",
        "link": alert.url,
        "id": alert.id,
    }
    for name, value in facts.items():
        if value:
            console.print(Text.assemble((f"{name:<11}", "dim"), clean(value)))
    for one in deliveries:
        console.print(_delivery_line(one))
    if not deliveries:
        console.print("No one is notified: the rule has no `send`.", style="dim")


@app.command()
def dead(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="Maximum number to show.")] = 50,
    as_json: Json = False,
) -> None:
    """List dead deliveries: not sent after the last retry or a final error. `replay` resends them."""
    with open_archive() as archive:
        found = archive.outbox.deliveries(state=DeliveryState.DEAD, limit=limit)
    if as_json:
        typer.echo(json.dumps([{"alert": one.alert.id, **delivery_json(one)} for one in found], ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    for one in found:
        console.print(Text.assemble((clean(one.alert.id), "dim"), "  ", clean(headline(one.alert))))
        console.print(Padding(_delivery_line(one), (0, 0, 0, 2)))
    if not found:
        console.print("No dead deliveries.")


@app.command()
def replay(
    key: Annotated[str | None, typer.Argument(metavar="ID", help="An alert id; use --all for all alerts.")] = None,
    channel: Channel = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead deliveries.")] = False,
) -> None:
    """Requeue dead deliveries with the same ids. The running service sends them within seconds."""
    if key is None and channel is None and not everything:
        raise typer.BadParameter("expected an ID, --channel or --all")
    with open_archive() as archive:
        alert_id = find(archive, key).id if key else None
        count = archive.outbox.replay(datetime.now(UTC), alert_id=alert_id, channel=channel)
    typer.echo(f"{count} deliver{'ies' if count != 1 else 'y'} queued for another attempt.")


def find(archive: Archive, key: str) -> Alert:
    """Return the alert with this id or id prefix. Raises ArchiveError if none or several match."""
    alert = archive.alert(key)
    if alert is not None:
        return alert
    fits = [one for one in archive.alerts(limit=None) if one.id.startswith(key)] if len(key) >= _SHORTEST_ID else []
    if len(fits) != 1:
        problem = (
            "the id is ambiguous: several alerts begin with it"
            if fits
            else "no such alert; run `wirewatch alerts list` to see ids"
        )
        raise ArchiveError(problem, subject=clean(key))
    return fits[0]


def alert_with(alert: Alert, deliveries: Iterable[Delivery]) -> dict[str, Any]:
    """Return an alert with its deliveries for programs."""
    return alert_json(alert) | {"deliveries": [delivery_json(one) for one in deliveries]}


def delivery_json(one: Delivery) -> dict[str, Any]:
    """Return a delivery for programs."""
    return {
        "channel": one.channel,
        "state": one.state.value,
        "message": one.message,
        "form": one.form,
        "attempts": one.attempts,
        "next_attempt": rfc3339(one.next_attempt) if one.state is DeliveryState.PENDING else None,
        "settled": rfc3339(one.settled) if one.settled else None,
        "error": one.last_error,
    }


def _table(rows: list[tuple[Alert, list[Delivery]]], now: datetime) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name, style in (("id", "dim"), ("matched", ""), ("rule", "yellow"), ("source", "")):
        table.add_column(name, style=style, no_wrap=True)
    table.add_column("headline", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("sent to", no_wrap=True)
    for alert, deliveries in rows:
        cells = (alert.id[:8], clock(alert.matched, now), alert.rule, alert.source, headline(alert))
        signs = Text(" ").join(
            Text.assemble((_SIGNS[one.state][0], _SIGNS[one.state][1]), f" {clean(one.channel)}") for one in deliveries
        )
        table.add_row(*(Text(clean(cell)) for cell in cells), signs)
    return table


def _delivery_line(one: Delivery) -> Text:
    sign, style = _SIGNS[one.state]
    attempts = f" after {one.attempts} attempts" if one.attempts > 1 else ""
    state = {
        DeliveryState.SENT: f"sent {_time(one.settled)}{attempts}",
        DeliveryState.DEAD: f"dead since {_time(one.settled)}{attempts}",
        DeliveryState.SILENCED: "silenced",
        DeliveryState.PENDING: f"next attempt {_time(one.next_attempt)}" if one.attempts else "waiting",
    }[one.state]
    form = f" in a {one.form}" if one.form not in {"", "alert"} else ""
    error = f": {clean(one.last_error)}" if one.last_error else ""
    return Text.assemble((f"{sign} ", style), (clean(one.channel), "bold"), f"  {state}{form}{error}")


def _time(when: datetime | None) -> str:
    return f"{when.astimezone():%Y-%m-%d %H:%M:%S %Z}" if when else ""
