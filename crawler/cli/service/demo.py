"""`wirewatch demo`: serve the demo newspaper alone."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import Annotated

import typer

from crawler.cli.service.ending import ending_signals
from crawler.demo import Demo, serve_demo
from crawler.demo.calendar import happenings
from crawler.errors import WirewatchError

DEFAULT_PORT = 8642
_UNITS_S = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(ms|s|m|h|)")

EPILOG = """Examples:

  wirewatch demo                      use port 8642, or a free port if that is taken

  wirewatch demo --port 9000          use this port or fail

  wirewatch demo --new-every 2s       publish ten times as fast
"""


def duration_s(text: str) -> float:
    """Return the seconds in "20s", "1.5m", "1h", "500ms" or "20". Raises BadParameter if invalid or zero."""
    match = _DURATION.fullmatch(text.strip().lower())
    seconds = float(match[1]) * _UNITS_S[match[2]] if match else 0.0
    if not seconds:
        raise typer.BadParameter(f"{text!r} is not a duration above zero: write for example 20s, 2m or 500ms")
    return seconds


def demo(
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help=f"Port of the three outlets; 0 picks a free port. [default: {DEFAULT_PORT}]"
        ),
    ] = None,
    new_every: Annotated[str, typer.Option(metavar="DURATION", help="Interval between new articles.")] = "20s",
) -> None:
    """Serve a demo newspaper on this machine: three outlets that publish, edit and withdraw articles.

    It needs no network and no configuration. Press Ctrl-C to stop.
    """
    every_s = duration_s(new_every)
    try:
        asyncio.run(serve(port, every_s))
    except WirewatchError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


async def serve(port: int | None, every_s: float) -> None:
    """Serve until a signal. `port` None: the default port, or a free one if it is taken. Raises WirewatchError."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ending_signals():
        loop.add_signal_handler(name, stop.set)
    started = datetime.now(UTC)
    preferred = DEFAULT_PORT if port is None else port
    async with serve_demo(preferred, started=started, new_every_s=every_s, or_free=port is None) as demo:
        typer.echo(welcome(demo))
        await stop.wait()
    typer.echo("The demo newspaper has stopped.")


def welcome(demo: Demo) -> str:
    """Return the text printed at the start: the addresses and the scheduled events."""
    lines = ["The demo newspaper is running. Press Ctrl-C to stop.", ""]
    lines += [f"  {outlet.name:<20} {url}" for outlet, url in demo.outlets()]
    lines += ["", "  Feeds                " + "  ".join(demo.feed_urls)]
    lines += ["  Sitemaps             " + "  ".join(demo.sitemap_urls), "", "Scheduled events:"]
    lines += [f"  {time.astimezone():%H:%M:%S}  {event}" for time, event in happenings(demo.pace)]
    return "\n".join(lines)
