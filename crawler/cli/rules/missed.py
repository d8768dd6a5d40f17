"""`wirewatch rules missed`: list the near misses of a rule, with wider rules that match them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from crawler.archive import Archive
from crawler.cli.items.options import open_archive, since_of
from crawler.cli.items.printing import clock
from crawler.cli.rules.common import compiled, spec_of, watch_or_none
from crawler.cli.watchfile import DEFAULT, Json, WatchFile
from crawler.text.shown import clean
from crawler.usecases.near_misses import LIMIT, Missed, Report, describe, dismiss, near_misses

_ALL = 10_000  # near misses, to find one to dismiss among them

EPILOG = """Examples:

  wirewatch rules missed us-in-iraq

  wirewatch rules missed 'Kadhimi AND embassy' --since 7d --limit 5

  wirewatch rules missed us-in-iraq --dismiss 4711

  wirewatch rules missed us-in-iraq --json | jq -r '.missed[].query' | sort | uniq -c
"""


def missed(
    query: Annotated[str, typer.Argument(help="The id of a rule in the watch file, or a query.")],
    since: Annotated[str, typer.Option(metavar="WHEN", help="Articles found since: 7d, 30d, 2026-11-01.")] = "30d",
    limit: Annotated[int, typer.Option(min=1, max=200, help="Maximum number of articles, nearest first.")] = LIMIT,
    dismiss_id: Annotated[
        int | None,
        typer.Option("--dismiss", metavar="ID", help="Leave out near misses like that of this article for a year."),
    ] = None,
    as_json: Json = False,
    watch: WatchFile = DEFAULT,
) -> None:
    """List articles that match all but one part of a rule, with a wider rule that matches them."""
    now = datetime.now(UTC)
    known = watch_or_none(watch)
    rule = compiled(spec_of(query, known))
    tags = known.tags_by_source if known else {}
    with open_archive() as archive:
        shown = limit if dismiss_id is None else _ALL
        report = near_misses(archive, rule, since_of(since, now), tags=tags, limit=shown)
        if dismiss_id is not None:
            _dismiss(archive, report, dismiss_id, now)
            return
    if as_json:
        typer.echo(json.dumps(_report_json(report), ensure_ascii=False))
    else:
        _show(report, now)


def _dismiss(archive: Archive, report: Report, article_id: int, now: datetime) -> None:
    miss = next((one.miss for one in report.missed if one.id == article_id), None)
    if miss is None:
        typer.echo(f"Article {article_id} is not a near miss of this rule.", err=True)
        raise typer.Exit(1)
    dismiss(archive, report.rule.id, miss.kind, miss.part, miss.found, now)
    typer.echo(f"Dismissed for a year: {clean(describe(miss))}")


def _report_json(report: Report) -> dict[str, Any]:
    return {
        "rule": report.rule.id,
        "since": report.since.isoformat(),
        "examined": report.examined,
        "complete": report.complete,
        "seconds": round(report.seconds, 2),
        "missed": [
            {
                "id": one.id,
                "url": one.article.url,
                "title": one.article.title,
                "source": one.article.source,
                "found": one.article.found.isoformat() if one.article.found else None,
                "kind": one.miss.kind,
                "part": one.miss.part,
                "instead": one.miss.found,
                "reason": describe(one.miss),
                "query": one.miss.query,
                "score": round(one.score, 2),
            }
            for one in report.missed
        ],
    }


def _show(report: Report, now: datetime) -> None:
    out = Console(highlight=False)
    if not report.missed:
        out.print(f"No near misses among the {report.examined:,} articles that come closest.")
        return
    for one in report.missed:
        _show_one(out, one, now)
    if not report.complete:
        out.print(
            f"\nThe newest {report.examined:,} candidates were examined. To see older ones, use a shorter period "
            "or a narrower rule.",
            style="dim",
        )
    wider = next((one.miss.query for one in report.missed if one.miss.query), "")
    if wider:
        out.print(Text.assemble(("\nTest a wider rule: ", "dim"), f"wirewatch rules test '{clean(wider)}'"))


def _show_one(out: Console, one: Missed, now: datetime) -> None:
    when = clock(one.article.found, now) if one.article.found else ""
    out.print(
        Text.assemble(
            (f"{when}  ", "dim"), (clean(one.article.source), "cyan"), "  ", (clean(one.article.title), "bold")
        )
    )
    out.print(Text.assemble("    ", (clean(describe(one.miss)), "yellow"), (f"  #{one.id}", "dim")))
