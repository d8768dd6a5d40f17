"""`wirewatch sources health`: which sources are in trouble, since when, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.cli.plain import clean
from crawler.cli.watchfile import DEFAULT, Json, WatchFile, loaded
from crawler.errors import ArchiveError
from crawler.health import hint, sentence

if TYPE_CHECKING:
    from crawler.archive.queries.health import SourceProblem
    from crawler.usecases.health_view import Bill

HEALTH_EPILOG = """The exit code is 0 if no source has a problem, 1 if one has, 2 if the status cannot be read.

Examples:

  wirewatch sources health

  wirewatch sources health bbc-world

  wirewatch sources health --ill --json | jq -r '.[].id'
"""

_UNTOLD = 2  # nothing can be told; 1 says that a source is in trouble
_STYLES = {"well": "green", "quiet": "yellow", "paused": "dim", "not crawled": "dim"}


def health(
    source: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Show only this source, with its history.")
    ] = None,
    watch: WatchFile = DEFAULT,
    only_ill: Annotated[bool, typer.Option("--ill", help="Show only unhealthy sources.")] = False,
    as_json: Json = False,
) -> None:
    """Show the health of each source: well, quiet (nothing new for unusually long), or its problem.

    Problems: gone, refused, failing, certificate, robots, moved, bot-wall, consent, script-only, soft-404, empty,
    unusable, no-text, paywall, incomplete, unverified-push, frozen. Each is reported once to the channels under
    `health: {send: [...]}` in the watch file, and again when it is resolved.
    """
    from crawler.cli.items.options import open_archive  # noqa: PLC0415  SQLAlchemy: only who asks for health waits for it
    from crawler.usecases.health_view import bills  # noqa: PLC0415

    sources = [one for one in loaded(watch, _UNTOLD).sources if source in {None, one.id}]
    if source is not None and not sources:
        typer.echo(f"{watch} has no source {clean(source)}: run `wirewatch sources list` to see all sources.", err=True)
        raise typer.Exit(_UNTOLD)
    now = datetime.now().astimezone()
    try:
        with open_archive() as archive:
            found = bills(archive, sources, now, quiet=not only_ill)
            past = archive.health.past_problems(source) if source is not None else []
    except ArchiveError as error:
        typer.echo(f"{error}", err=True)
        raise typer.Exit(_UNTOLD) from error
    ill = [bill for bill in found if bill.is_ill]
    shown = ill if only_ill else found
    if as_json:
        typer.echo(json.dumps([_json(bill) for bill in shown], ensure_ascii=False))
    elif Console().is_terminal:
        _print(shown, past, now, ill=len(ill), of=len(found))
    else:
        for bill in shown:
            typer.echo("\t".join(_cells(bill, _iso(bill.since))))
    raise typer.Exit(1 if ill else 0)


def _print(shown: Sequence[Bill], past: Sequence[SourceProblem], now: datetime, *, ill: int, of: int) -> None:
    from crawler.cli.items.printing import clock  # noqa: PLC0415  as above

    console = Console(highlight=False)
    if shown:
        console.print(_table(shown, now))
    for one in past:
        until = f"{clock(one.since, now)} to {clock(one.recovered, now)}" if one.recovered else ""
        console.print(Text.assemble((f"{until}  ", "dim"), one.condition.value, "  ", (clean(one.detail), "dim")))
    said = f"{ill} of {of} unhealthy." if ill else f"All {of} sources are healthy."
    console.print(Text(said, "red" if ill else "green"))


def _table(shown: Sequence[Bill], now: datetime) -> Table:
    from crawler.cli.items.printing import clock  # noqa: PLC0415  as above

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("source", "state", "since"):
        table.add_column(heading, no_wrap=True)
    table.add_column("problem and fix", ratio=1, overflow="fold")
    for bill in shown:
        name, state, since, seen, advice = _cells(bill, clock(bill.since, now) if bill.since else "")
        said = Text.assemble(seen, (f"\n{advice}" if advice else "", "cyan"))
        table.add_row(Text(name), Text(state, _STYLES.get(bill.state, "red")), since, said)
    return table


def _cells(bill: Bill, since: str) -> list[str]:
    states = ", ".join(one.condition.value for one in bill.illnesses) if bill.is_ill else bill.state
    return [bill.source.id, states, since, clean(bill.seen), clean(bill.hint)]


def _json(bill: Bill) -> dict[str, Any]:
    return {
        "id": bill.source.id,
        "state": bill.state,
        "since": _iso(bill.since) or None,
        "troubles": [
            {
                "name": one.condition.value,
                "since": _iso(one.since),
                "told": _iso(one.reported),
                "seen": sentence(one.condition, one.detail),
                "hint": hint(one.condition, one.source),
            }
            for one in bill.illnesses
        ],
    }


def _iso(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else ""
