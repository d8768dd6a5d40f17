"""`wirewatch rules test`: back-test a rule on the archive."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from crawler.cli.items.options import database_url, open_archive, since_of, until_of
from crawler.cli.items.printing import clock
from crawler.cli.rules.common import compiled, highlighted, spec_of, watch_or_none
from crawler.cli.watchfile import DEFAULT, Json, WatchFile
from crawler.rules import Rule, explain
from crawler.rules.backtest import Day, by_day
from crawler.text.shown import clean
from crawler.usecases.backtesting import SAMPLES, Backtest, Report, Tags

MAX_DAYS = 45  # a longer period is shown by week
BAR = 40  # columns
_EIGHTHS = " ▏▎▍▌▋▊▉"

EPILOG = """Examples:

  wirewatch rules test '"US embassy" AND (rocket* OR attack*)' --since 30d

  wirewatch rules test us-in-iraq --since 7d --json | jq .alerts_per_day
"""


def backtest(
    query: Annotated[str, typer.Argument(help="A query, or the id of a rule in the watch file.")],
    since: Annotated[str, typer.Option(metavar="WHEN", help="Articles found since: 7d, 30d, 2026-11-01.")] = "30d",
    until: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Found before this time or by the end of this day."),
    ] = None,
    as_json: Json = False,
    watch: WatchFile = DEFAULT,
) -> None:
    """Run a rule over the archive: hits and stories per day, number of alerts, samples."""
    now = datetime.now(UTC)
    known = watch_or_none(watch)
    rule = compiled(spec_of(query, known))
    tags = known.tags_by_source if known else {}
    report = run(rule, tags, since_of(since, now), until_of(until, now) if until else now)
    if as_json:
        typer.echo(json.dumps(report_json(report), ensure_ascii=False))
    else:
        show(report, now)


def run(rule: Rule, tags: Tags, since: datetime, until: datetime) -> Report:
    """Match the archived articles of a period on all cores, with a progress bar on a terminal."""
    bar = Progress(
        TextColumn("matching"), BarColumn(), MofNCompleteColumn(), console=Console(stderr=True), transient=True
    )
    with open_archive() as archive, bar:
        task = bar.add_task("", total=None)

        def show_progress(done: int, total: int) -> bool:
            bar.update(task, completed=done, total=total)
            return True

        return Backtest(archive, database_url(), rule, since, until, tags).run(show_progress)


def report_json(report: Report) -> dict[str, Any]:
    """Return the report for programs."""
    days = by_day(report.found, report.since, report.until, None)
    return {
        "rule": report.rule.id,
        "query": report.rule.spec.query,
        "explanation": explain(report.rule),
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "articles": report.articles,
        "seconds": round(report.seconds, 2),
        "hits": len(report.found),
        "stories": report.stories,
        "alerts": report.stories,
        "alerts_per_day": round(report.stories / report.days, 2),
        "days": [{"day": day.first.isoformat(), "hits": day.hits, "stories": day.stories} for day in days],
        "samples": report.samples,
    }


def show(report: Report, now: datetime) -> None:
    """Print the report for a person."""
    out = Console(highlight=False)
    out.print(Text(clean(explain(report.rule)), "italic"))
    hits = len(report.found)
    summary = Text.assemble(
        f"\n{report.articles:,} articles in {report.seconds:.1f} s: ",
        (f"{hits:,} hit{'s' * (hits != 1)}", "bold"),
        f", {report.stories:,} stor{'ies' if report.stories != 1 else 'y'}. ",
        (f"{report.stories / report.days:.1f} alerts per day.", "bold"),
    )
    out.print(summary)
    if not report.found:
        out.print("No matches. Run `wirewatch rules suggest WORD` to see how the archive spells a name.")
        return
    step = 7 if report.days > MAX_DAYS else 1
    out.print()
    _chart(out, by_day(report.found, report.since, report.until, None, step), step)
    out.print(
        f"\n{len(report.samples)} samples of {hits:,}, spread over the period:" if hits > SAMPLES else "", style="dim"
    )
    for sample in report.samples:
        when = clock(datetime.fromisoformat(sample["found"]), now)
        out.print(
            Text.assemble(
                (f"{when}  ", "dim"),
                (clean(sample["source"]), "cyan"),
                "  ",
                (clean(sample["title"]), "bold"),
            )
        )
        for excerpt in sample["excerpts"]:
            out.print(Padding(highlighted(excerpt), (0, 0, 0, 4)))


def _chart(out: Console, days: list[Day], step: int) -> None:
    most = max(day.hits for day in days)
    for day in days:
        eighths = round(day.hits / most * BAR * 8)
        full, rest = divmod(max(eighths, 1 if day.hits else 0), 8)
        bar = "█" * full + (_EIGHTHS[rest] if rest else "")
        stories = f"{day.hits:>6,}  {day.stories:,} stor{'ies' if day.stories != 1 else 'y'}" if day.hits else "     ·"
        name = f"{day.first:%a %d %b}" if step == 1 else f"from {day.first:%d %b}"
        out.print(Text.assemble((f"{name}  ", "dim"), (f"{bar:<{BAR}}", "green"), stories), soft_wrap=True)
