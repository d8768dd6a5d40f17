"""`wirewatch sources health`: the health of each source, its problems and how to fix them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.cli.watchfile import DEFAULT, Json, WatchFile, loaded
from crawler.errors import ArchiveError
from crawler.text.shown import clean

if TYPE_CHECKING:
    from crawler.usecases.source_status import HealthProblem, SourceStatus

HEALTH_EPILOG = """The exit code is 0 if no source has a problem, 1 if one has, 2 if the status cannot be read.

Examples:

  wirewatch sources health

  wirewatch sources health bbc-world

  wirewatch sources health --unhealthy --json | jq -r '.[].id'
"""

_UNKNOWN = 2  # the exit code if the status cannot be read; 1 means that a source is unhealthy
_STYLES = {"healthy": "green", "quiet": "yellow", "paused": "dim", "not crawled": "dim"}


def health(
    source: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Show only this source, with its history.")
    ] = None,
    watch: WatchFile = DEFAULT,
    only_unhealthy: Annotated[bool, typer.Option("--unhealthy", help="Show only unhealthy sources.")] = False,
    former: Annotated[bool, typer.Option("--ill", hidden=True)] = False,  # the option's name before 0.1
    as_json: Json = False,
) -> None:
    """Show the health of each source: healthy, quiet (nothing new for unusually long), or its problem.

    Problems: gone, refused, failing, certificate, robots, moved, bot-wall, consent, script-only, soft-404, empty,
    unusable, no-text, paywall, incomplete, unverified-push, frozen. Each is reported once to the channels under
    `health: {send: [...]}` in the watch file, and again when it is resolved.
    """
    from crawler.cli.items.options import open_archive  # noqa: PLC0415  SQLAlchemy takes a while to import
    from crawler.usecases.source_status import problem_history, source_statuses  # noqa: PLC0415

    only_unhealthy = only_unhealthy or former
    sources = [one for one in loaded(watch, _UNKNOWN).sources if source in {None, one.id}]
    if source is not None and not sources:
        typer.echo(f"{watch} has no source {clean(source)}: run `wirewatch sources list` to see all sources.", err=True)
        raise typer.Exit(_UNKNOWN)
    now = datetime.now().astimezone()
    try:
        with open_archive() as archive:
            statuses = source_statuses(archive, sources, now, quiet=not only_unhealthy)
            history = problem_history(archive, source) if source is not None else None
    except ArchiveError as error:
        typer.echo(f"{error}", err=True)
        raise typer.Exit(_UNKNOWN) from error
    unhealthy = [status for status in statuses if not status.healthy]
    shown = unhealthy if only_unhealthy else statuses
    if as_json:
        typer.echo(json.dumps([_json(status, history) for status in shown], ensure_ascii=False))
    elif Console().is_terminal:
        _print(shown, history or (), now, unhealthy=len(unhealthy), total=len(statuses))
    else:
        for status in shown:
            typer.echo("\t".join(_cells(status, _iso(status.since))))
    raise typer.Exit(1 if unhealthy else 0)


def _print(
    shown: Sequence[SourceStatus], history: Sequence[HealthProblem], now: datetime, *, unhealthy: int, total: int
) -> None:
    from crawler.cli.items.printing import clock  # noqa: PLC0415  as above

    console = Console(highlight=False)
    if shown:
        console.print(_table(shown, now))
    for one in history:
        period = f"{clock(one.since, now)} to {clock(one.recovered, now)}"
        console.print(Text.assemble((f"{period}  ", "dim"), one.name, "  ", (clean(one.description), "dim")))
    summary = f"{unhealthy} of {total} unhealthy." if unhealthy else f"All {total} sources are healthy."
    console.print(Text(summary, "red" if unhealthy else "green"))


def _table(shown: Sequence[SourceStatus], now: datetime) -> Table:
    from crawler.cli.items.printing import clock  # noqa: PLC0415  as above

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("source", "state", "since"):
        table.add_column(heading, no_wrap=True)
    table.add_column("problem and fix", ratio=1, overflow="fold")
    for status in shown:
        name, state, since, description, hint = _cells(status, clock(status.since, now) if status.since else "")
        text = Text.assemble(description, (f"\n{hint}" if hint else "", "cyan"))
        table.add_row(Text(name), Text(state, _STYLES.get(status.state, "red")), since, text)
    return table


def _cells(status: SourceStatus, since: str) -> list[str]:
    state = status.state if status.healthy else ", ".join(one.name for one in status.problems)
    return [status.source.id, state, since, clean(status.description), clean(status.hint)]


def _json(status: SourceStatus, history: Sequence[HealthProblem] | None) -> dict[str, Any]:
    row = {
        "id": status.source.id,
        "healthy": status.healthy,
        "state": status.state,
        "since": _iso(status.since) or None,
        "description": status.description,
        "problems": [_problem_json(one) for one in status.problems],
    }
    return row if history is None else row | {"history": [_problem_json(one) for one in history]}


def _problem_json(one: HealthProblem) -> dict[str, Any]:
    return {
        "name": one.name,
        "since": _iso(one.since),
        "detected": _iso(one.detected),
        "recovered": _iso(one.recovered) or None,
        "description": one.description,
        "hint": one.hint,
    }


def _iso(time: datetime | None) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if time else ""
