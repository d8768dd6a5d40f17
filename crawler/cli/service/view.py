"""The live view of `wirewatch run` on a terminal; elsewhere one line per event."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from datetime import datetime, timedelta

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from crawler.observe.logs import event
from crawler.service.service import Service
from crawler.service.status import ServiceStatus
from crawler.text.shown import clean

REFRESH_S = 0.5
MAX_SOURCES = 20


def ago(then: datetime, now: datetime) -> str:
    """Return a relative time for people: "12 s ago", "in 3 min"."""
    seconds = (now - then).total_seconds()
    size = abs(seconds)
    if size < 1:
        return "now"
    amount = f"{size:.0f} s" if size < 90 else f"{size / 60:.0f} min" if size < 5400 else f"{size / 3600:.0f} h"  # noqa: PLR2004
    return f"{amount} ago" if seconds > 0 else f"in {amount}"


def lines(status: ServiceStatus, greeting: str, log_format: str) -> None:
    """Print a greeting and then each event as one line: with its time, or as a JSON object like those of the log."""

    def print_event(kind: str, text: str) -> None:
        print_line(f"{datetime.now().astimezone():%H:%M:%S} {kind:7} {clean(text)}")

    def print_json(kind: str, text: str) -> None:
        print_line(event(kind, clean(text)))

    is_json = log_format == "json"
    status.listeners.append(print_json if is_json else print_event)
    print_line(event("note", greeting) if is_json else greeting)


def print_line(line: str) -> None:
    """Print a line, ignoring errors such as a full disk or a closed pipe, so that the service continues."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


async def live(service: Service, console: Console) -> None:
    """Draw the state of the service until cancelled."""
    with Live(console=console, auto_refresh=False, screen=False, transient=False) as view:
        while True:
            view.update(_picture(service, console), refresh=True)
            await asyncio.sleep(REFRESH_S)


def _picture(service: Service, console: Console) -> Group:
    status, now = service.status, service.runtime.now()
    up = timedelta(seconds=int((now - status.started).total_seconds()))
    head = Text.assemble(
        ("Wirewatch", "bold"),
        f"  up {up}   {len(service.runtime.watch.sources)} sources   {status.crawls} crawls   ",
        (f"{status.articles} new articles", "green"),
        "   ",
        (f"{status.alerts} alerts", "bold yellow" if status.alerts else ""),
        "   Press Ctrl-C to stop",
        style="",
    )
    parts: list[Text | Table] = [head, _sources(service, now)]
    width = max(40, console.width - 2)
    if status.recent_alerts:
        parts.append(Text("\nAlerts", style="bold yellow"))
        parts += [_cut(f"  {clean(line)}", width) for line in reversed(status.recent_alerts)]
    if status.recent_articles:
        parts.append(Text("\nNew articles", style="bold green"))
        parts += [_cut(f"  {item.source}: {clean(item.title)}", width) for item in reversed(status.recent_articles)]
    parts += [Text(f"! {clean(note)}", style="red") for note in status.notes]
    return Group(*parts)


def _cut(text: str, width: int) -> Text:
    line = Text(text)
    line.truncate(width, overflow="ellipsis")
    return line


def _sources(service: Service, now: datetime) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("source", "kind", "last crawl", "outcome", "new", "next"):
        table.add_column(name, no_wrap=True, justify="right" if name == "new" else "left")
    sources = service.runtime.watch.sources
    for source in sources[:MAX_SOURCES]:
        run = service.status.last_runs.get(source.id)
        due = service.next_due(source.id)
        running = service.is_crawling(source.id)
        table.add_row(
            source.id,
            source.kind,
            ago(run.finished or run.started, now) if run else "-",
            Text(run.outcome if run else "-", style="red" if run and run.error else ""),
            str(service.status.new_by_source.get(source.id, 0)),
            Text("crawling", style="cyan") if running else Text(ago(due, now) if due else "paused"),
        )
    if len(sources) > MAX_SOURCES:
        table.add_row(f"... and {len(sources) - MAX_SOURCES} more", "", "", "", "", "")
    return table


def is_terminal() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout.isatty()
