"""`wirewatch report`: what was found, how fast, and what was missed."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from crawler.archive.queries.latency import Stage
from crawler.cli.coverage import EPILOG as COVERAGE_EPILOG
from crawler.cli.coverage import coverage_report
from crawler.cli.items.options import open_archive, since_of
from crawler.cli.watchfile import Json
from crawler.text.shown import clean
from crawler.usecases.service_state import canary_history
from crawler.usecases.times import duration

app = typer.Typer(help="Report what was found, how fast, and what was missed.", no_args_is_help=True)
app.command("coverage", epilog=COVERAGE_EPILOG)(coverage_report)

EPILOG = """Examples:

  wirewatch report latency

  wirewatch report latency --since 7d --source bbc-world

  wirewatch report latency --by-source

  wirewatch report canary

  wirewatch report latency --json | jq '.[] | select(.name == "listed to sent").p95'
"""


@app.callback()
def report() -> None:
    """Report what was found, how fast, and what was missed."""


@app.command(epilog=EPILOG)
def latency(
    since: Annotated[str, typer.Option(metavar="WHEN", help="Found since: 2h, 7d, today, 2026-11-01.")] = "1d",
    source: Annotated[str, typer.Option("--source", "-s", help="Id of a source. [default: all sources]")] = "",
    by_source: Annotated[bool, typer.Option("--by-source", help="Print one line per source.")] = False,
    as_json: Json = False,
) -> None:
    """Show the latency of articles, from publication to listing, fetch, extraction, match and delivery."""
    begin = since_of(since, datetime.now(UTC))
    if by_source:
        _print_sources(begin, source, as_json=as_json)
        return
    with open_archive() as archive:
        stages = archive.latency(begin, source)
    if not any(stage.count for stage in stages):
        _report_no_articles(begin, source)
    if as_json:
        typer.echo(json.dumps([_as_json(stage) for stage in stages]))
        return
    table = _table("stage", "count", "p50", "p95", "p99")
    for stage in stages:
        table.add_row(stage.name, f"{stage.count:,}", *(_cells(stage)))
    Console(highlight=False).print(table)


@app.command()
def canary(as_json: Json = False) -> None:
    """Show the canaries of the last seven days: pages of our own that must come out as alerts."""
    with open_archive() as archive:
        history = canary_history(archive, datetime.now(UTC))
    if as_json:
        rows = [
            {
                "published": one.published.isoformat(),
                "stopped": one.stopped,
                "recovered": one.recovered.isoformat() if one.recovered else None,
                "seconds": one.took.total_seconds(),
            }
            for one in history.results
        ]
        typer.echo(json.dumps(rows))
        return
    if not history.results:
        typer.echo("No canary yet: `wirewatch run` publishes one within an hour of its start.", err=True)
        return
    table = _table("published", "took", "result")
    for one in history.results:
        table.add_row(
            f"{one.published:%Y-%m-%d %H:%M} UTC", duration(one.took.total_seconds()), one.stopped or "came out"
        )
    Console(highlight=False).print(table)
    if history.problem:
        typer.echo(f"The last canary is late. {history.problem}")


def _report_no_articles(begin: datetime, source: str) -> None:
    of = f" from {clean(source)} (run `wirewatch sources list` to see all sources)" if source else ""
    typer.echo(f"No articles{of} found since {begin:%Y-%m-%d %H:%M} UTC.", err=True)


def _print_sources(begin: datetime, source: str, *, as_json: bool) -> None:
    """Print the stages of each source; in a table, the 95th percentile."""
    with open_archive() as archive:
        found = archive.latency_by_source(begin)
    shown = {name: stages for name, stages in found.items() if source in {"", name}}
    if not shown:
        _report_no_articles(begin, source)
    if as_json:
        rows = [{"source": name, **_as_json(stage)} for name, stages in shown.items() for stage in stages]
        typer.echo(json.dumps(rows))
        return
    names = [stage.name for stage in next(iter(shown.values()), [])]
    table = _table("p95 by source", "articles", *names, longest=max(map(len, shown), default=0))
    for name, stages in shown.items():
        took = (duration(stage.p95) if stage.count else "" for stage in stages)
        table.add_row(name, f"{max(stage.count for stage in stages):,}", *took)
    Console(highlight=False).print(table)


def _as_json(stage: Stage) -> dict[str, object]:
    """Return a stage for programs; the percentiles of an empty stage are null."""
    row = dataclasses.asdict(stage)
    return row if stage.count else row | dict.fromkeys(("p50", "p95", "p99"))


def _table(first: str, *others: str, longest: int = 0) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first, overflow="fold", min_width=min(20, longest))
    for name in others:
        table.add_column(name, justify="right", overflow="fold")
    return table


def _cells(stage: Stage) -> tuple[str, ...]:
    return tuple(duration(seconds) if stage.count else "" for seconds in (stage.p50, stage.p95, stage.p99))
