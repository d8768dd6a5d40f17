"""`wirewatch demo`: the demo newspaper alone."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import Annotated

import typer

from crawler.cli.ending import ending_signals
from crawler.demo import Demo, serve_demo
from crawler.demo.calendar import happenings
from crawler.errors import WirewatchError

DEFAULT_PORT = 8642
_UNITS_S = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(ms|s|m|h|)")

EPILOG = """Examples:

  wirewatch demo                      three outlets on port 8642, or on a free port where that is taken

  wirewatch demo --port 9000          on this port, or not at all

  wirewatch demo --new-every 2s       ten times as much news
"""


def duration_s(text: str) -> float:
    """Seconds in "20s", "1.5m", "1h", "500ms" or "20". typer.BadParameter where it is none or zero."""
    match = _DURATION.fullmatch(text.strip().lower())
    seconds = float(match[1]) * _UNITS_S[match[2]] if match else 0.0
    if not seconds:
        raise typer.BadParameter(f"{text!r} is no duration above zero: write for example 20s, 2m or 500ms")
    return seconds


def demo(
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help=f"Port of the three outlets; 0 is any free one. [default: {DEFAULT_PORT}]"),
    ] = None,
    new_every: Annotated[str, typer.Option(metavar="DURATION", help="Time between two new articles.")] = "20s",
) -> None:
    """Serve the demo newspaper on this computer: three outlets that publish, edit and withdraw articles.

    It needs no network and no configuration. Ctrl-C stops it.
    """
    every_s = duration_s(new_every)
    try:
        asyncio.run(serve(port, every_s))
    except WirewatchError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


async def serve(port: int | None, every_s: float) -> None:
    """Serve until a signal ends it. None is the default port, or a free one. Raises WirewatchError."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ending_signals():
        loop.add_signal_handler(name, stop.set)
    started = datetime.now(UTC)
    wanted = DEFAULT_PORT if port is None else port
    async with serve_demo(wanted, started=started, new_every_s=every_s, or_free=port is None) as demo:
        typer.echo(welcome(demo))
        await stop.wait()
    typer.echo("The demo newspaper has stopped.")


def welcome(demo: Demo) -> str:
    """What is printed at the start: the addresses, and what will happen when."""
    lines = ["The demo newspaper is open. Ctrl-C stops it.", ""]
    lines += [f"  {outlet.name:<20} {url}" for outlet, url in demo.outlets()]
    lines += ["", "  Feeds                " + "  ".join(demo.feed_urls)]
    lines += ["  Sitemaps             " + "  ".join(demo.sitemap_urls), "", "What will happen:"]
    lines += [f"  {moment.astimezone():%H:%M:%S}  {what}" for moment, what in happenings(demo.pace)]
    return "\n".join(lines)
