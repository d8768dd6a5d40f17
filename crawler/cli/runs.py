"""`wirewatch runs`: list the latest crawls, and show one in detail."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.archive.queries.dashboard import RunFilter
from crawler.cli.items.options import open_archive
from crawler.cli.items.printing import clock
from crawler.errors import ArchiveError
from crawler.items import Outcome, ReadListing, Run
from crawler.text.shown import clean
from crawler.usecases.run_details import answer_text, left_over_text, run_details

EPILOG = """Examples:

  wirewatch runs

  wirewatch runs show crawl:bbc-world:20261123T080000

  wirewatch runs --source bbc-world --limit 100 --json | jq '.[] | select(.outcome == "failed")'
"""

_STYLES = {Outcome.DONE: "green", Outcome.PARTIAL: "yellow", Outcome.FAILED: "red", Outcome.STOPPED: "dim"}
_NUMBERS = ("found", "new", "unchanged", "failed")


app = typer.Typer(
    help="List the latest crawls, newest first, with what they found and what failed.",
    invoke_without_command=True,
    epilog=EPILOG,
)


@app.callback()
def runs(
    context: typer.Context,
    source: Annotated[str | None, typer.Option("--source", "-s", help="Id of a source.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="Maximum number to show.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """List the latest crawls, newest first, with what they found and what failed."""
    if context.invoked_subcommand:
        return
    with open_archive() as archive:
        latest = archive.dashboard.runs(RunFilter(source or ""), limit)
    console = Console(highlight=False)
    if as_json:
        typer.echo(json.dumps([run_json(run) for run in latest], ensure_ascii=False))
    elif not latest:
        of = f" of {clean(source)}" if source else ""
        typer.echo(
            f"No runs{of} yet. `wirewatch run` crawls on schedule, `wirewatch crawl SOURCE` crawls now.", err=True
        )
    elif console.is_terminal:
        console.print(_table(latest, datetime.now().astimezone()))
    else:
        for run in latest:
            typer.echo("\t".join(_cells(run, run.started.astimezone().isoformat(timespec="seconds"))))


@app.command()
def show(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Run ids, as shown by `wirewatch runs --json`.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per run and line.")] = False,
) -> None:
    """Show crawls in detail: each listing that was read, and the outcome of its candidates."""
    console = Console(highlight=False)
    with open_archive() as archive:
        for run_id in ids:
            found = run_details(archive, run_id)
            if found is None:
                raise ArchiveError("no such run; run `wirewatch runs --json` to see ids", subject=clean(run_id))
            if as_json:
                listings = [listing_json(one) for one in found.listings]
                typer.echo(json.dumps(run_json(found.run) | {"listings": listings}, ensure_ascii=False))
            else:
                console.print(_table([found.run], datetime.now().astimezone()))
                console.print(_listings(found.listings) if found.listings else "No listing was read.", "")


def listing_json(one: ReadListing) -> dict[str, Any]:
    """Return a listing for programs."""
    return asdict(one) | {"read": _rfc3339(one.read), "left_over": dict(one.left_over)}


def run_json(run: Run) -> dict[str, Any]:
    """Return a run for programs, with times in RFC 3339 (UTC)."""
    values = {name: getattr(run, name) for name in Run.__dataclass_fields__}
    seen = {name: value for name, value in asdict(run.observed).items() if value}
    values["observed"] = seen | ({"newest": _rfc3339(run.observed.newest)} if run.observed.newest else {})
    times = {"started": _rfc3339(run.started), "finished": _rfc3339(run.finished) if run.finished else None}
    return values | times | {"outcome": run.outcome.value, "seconds": round(run.seconds, 3)}


def size(count: int) -> str:
    """Return a number of bytes for people: 0 B, 12 kB, 3.4 MB."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:  # noqa: PLR2004 - SI
            return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"  # noqa: PLR2004
        value /= 1000
    return f"{value:.1f} TB"


def _table(latest: list[Run], now: datetime) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("started", "source", "outcome"):
        table.add_column(name, no_wrap=True)
    for name in (*_NUMBERS, "size", "took"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("first failure", ratio=1, overflow="ellipsis", no_wrap=True)
    for run in latest:
        cells = [Text(cell) for cell in _cells(run, clock(run.started, now))]
        cells[2].stylize(_STYLES[run.outcome] if run.finished else "cyan")
        table.add_row(*cells)
    return table


def _listings(read: Sequence[ReadListing]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("listing", "answer"):
        table.add_column(name, no_wrap=True)
    for name in ("listed", "new", "seen"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("left over", no_wrap=True)
    table.add_column("address", overflow="fold")
    for one in read:
        numbers = [str(number) for number in (one.named, one.new, one.known)]
        cells = [one.kind, clean(answer_text(one)), *numbers, left_over_text(one), clean(one.address)]
        table.add_row(*map(Text, cells))
    return table


def _cells(run: Run, started: str) -> list[str]:
    outcome = run.outcome.value if run.finished else "running"
    numbers = [str(getattr(run, name)) for name in _NUMBERS]
    took = f"{run.seconds:.1f} s" if run.finished else ""
    return [started, clean(run.source), outcome, *numbers, size(run.bytes), took, clean(run.error)]


def _rfc3339(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
