"""`wirewatch sources suggest`: list outlets that articles of alerting stories cite and that are not watched."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from crawler.cli.watchfile import DEFAULT, Json, WatchFile, loaded
from crawler.config import Watch
from crawler.text.shown import clean

if TYPE_CHECKING:
    from crawler.usecases.source_suggestions import Suggestion, Suggestions

SUGGEST_EPILOG = """Examples:

  wirewatch sources suggest

  wirewatch sources suggest --since 7d --limit 5

  wirewatch sources suggest --dismiss reuters.com

  wirewatch sources suggest --json | jq -r '.items[].address'
"""


def suggest(
    since: Annotated[str, typer.Option(metavar="WHEN", help="Stories with an alert since: 7d, 2026-11-01.")] = "30d",
    limit: Annotated[int, typer.Option(min=1, max=200, help="Maximum number of outlets.")] = 20,
    dismissed: Annotated[
        str | None,
        typer.Option("--dismiss", metavar="DOMAIN", help="Leave out a domain, or a name without one, for a year."),
    ] = None,
    as_json: Json = False,
    watch: WatchFile = DEFAULT,
) -> None:
    """List outlets that articles of alerting stories link to, name or credit, and that are not watched."""
    from crawler.cli.items.options import open_archive, since_of  # noqa: PLC0415  SQLAlchemy takes a while to import
    from crawler.usecases.source_suggestions import dismiss, suggestions  # noqa: PLC0415

    now = datetime.now(UTC)
    known = loaded(watch) if watch.exists() else Watch()
    start = since_of(since, now)
    with open_archive() as archive:
        if dismissed is not None:
            if not dismissed.strip():
                raise typer.BadParameter("name a domain, such as reuters.com", param_hint="--dismiss")
            typer.echo(f"Dismissed for a year: {clean(dismiss(archive, dismissed, now))}")
            return
        report = suggestions(archive, known.sources, start, limit=limit)
    if as_json:
        typer.echo(json.dumps(_report_json(report), ensure_ascii=False))
    else:
        _show(report, now)


def _report_json(report: Suggestions) -> dict[str, Any]:
    from crawler.usecases.source_suggestions import describe  # noqa: PLC0415

    items = [
        asdict(one) | {"last": one.last.isoformat(), "address": one.address, "reason": describe(one)}
        for one in report.items
    ]
    return {
        "since": report.since.isoformat(),
        "complete": report.complete,
        "seconds": round(report.seconds, 2),
        "items": items,
    }


def _show(report: Suggestions, now: datetime) -> None:
    out = Console(highlight=False)
    if not report.items:
        out.print("No outlet is cited by the articles of alerting stories that is not watched.")
        return
    for one in report.items:
        _show_one(out, one, now)
    if not report.complete:
        out.print("\nOnly the newest alerts were read. Choose a shorter period to see all of it.", style="dim")
    first = next((one for one in report.items if one.address), None)
    if first is not None:
        out.print(Text.assemble(("\nPreview and add one: ", "dim"), f"wirewatch sources add {clean(first.address)}"))
    out.print(
        Text.assemble(
            ("Leave one out:       ", "dim"), f"wirewatch sources suggest --dismiss '{clean(report.items[0].key)}'"
        )
    )


def _show_one(out: Console, one: Suggestion, now: datetime) -> None:
    from crawler.cli.items.printing import clock  # noqa: PLC0415
    from crawler.usecases.source_suggestions import describe, no_address  # noqa: PLC0415

    shown = one.name if one.name == one.domain or not one.domain else f"{one.name} ({one.domain})"
    out.print(Text.assemble((clean(shown), "bold"), f"  {describe(one)}", (f"  {clock(one.last, now)}", "dim")))
    if missing := no_address(one):
        out.print(Text(f"    {missing}", "yellow"))
    for example in one.examples:
        evidence = Text(f"    {clean(example.evidence)}")
        out.print(evidence + Text(f"  #{example.article_id} {clean(example.source)}", "dim"))
