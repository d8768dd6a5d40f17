"""`wirewatch channels`: list channels with their delivery status, test and reopen them."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from crawler.archive.queries.outbox import Outbox
from crawler.cli.items.options import open_archive
from crawler.cli.watchfile import DEFAULT, Json, WatchFile, loaded
from crawler.config import Channel
from crawler.errors import ArchiveError
from crawler.runtime import utc_now
from crawler.text.shown import clean
from crawler.usecases.channel_test import send_test_message, state_of

app = typer.Typer(help="List channels with their delivery status, and send test messages.", no_args_is_help=True)

ChannelId = Annotated[str, typer.Argument(metavar="ID", help="Id of a channel in the watch file.")]


@app.command("list")
def list_channels(as_json: Json = False, watch: WatchFile = DEFAULT) -> None:
    """List channels with their URLs (secrets hidden) and the number of waiting and dead deliveries."""
    found = loaded(watch)
    now = datetime.now(UTC)
    outbox = _outbox()
    rows = [asdict(state_of(channel, outbox, now)) for channel in found.channels]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    for row in rows:
        style = "green" if row["state"] == "open" else "yellow" if row["state"] in {"paused", "quiet"} else "red"
        counts = f"  {row['waiting']} waiting, {row['dead']} dead" if row["waiting"] or row["dead"] else ""
        console.print(Text.assemble((clean(row["address"]), "bold"), "  ", (row["state"], style), (counts, "dim")))
        if row["reason"]:
            console.print(Text(f"  {clean(row['reason'])}", "red"))
    if not rows:
        console.print(f"{watch} has no channels yet.")


@app.command("test")
def send_test(channel_id: ChannelId, as_json: Json = False, watch: WatchFile = DEFAULT) -> None:
    """Send a test message to a channel now, bypassing digests and quiet hours. Exits with 1 if delivery fails."""
    channel = _channel(channel_id, watch)
    test = send_test_message(channel, lambda: open_archive().outbox, lambda text: typer.echo(text, nl=False), utc_now)
    if as_json:
        outcome = {"error": test.error} if test.error else {"seconds": round(test.seconds, 3)}
        typer.echo(json.dumps({"channel": channel.id, "delivered": not test.error, **outcome}))
    elif test.error:
        typer.echo(f"Not delivered: {test.error}", err=True)
    else:
        reopened = " The channel is open again." if test.reopened else ""
        typer.echo(f"Delivered to {clean(test.label)} in {test.seconds:.1f} s.{reopened}")
    raise typer.Exit(int(bool(test.error)))


@app.command("open")
def reopen(channel_id: ChannelId, watch: WatchFile = DEFAULT) -> None:
    """Reopen a channel that was closed because its receiver answered 410 Gone."""
    channel, outbox = _channel(channel_id, watch), _outbox()
    opened = outbox is not None and outbox.enable(channel.id)
    typer.echo(f"{channel.id} {'is open again' if opened else 'was not closed'}.")


def _channel(channel_id: str, watch: Any) -> Channel:
    known = loaded(watch).channel_by_id
    if channel_id not in known:
        raise typer.BadParameter(f"no channel {clean(channel_id)!r}; expected one of: {', '.join(known) or '(none)'}")
    return known[channel_id]


def _outbox() -> Outbox | None:
    """Return the outbox, or None if there is no archive yet."""
    try:
        return open_archive().outbox
    except ArchiveError:
        return None
