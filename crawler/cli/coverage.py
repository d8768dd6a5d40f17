"""`wirewatch report coverage`: what sources and rules found, and the canary's last days."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.archive import Archive
from crawler.archive.coverage.overview import MOST_HITS
from crawler.archive.coverage.sightings import SourceWeek
from crawler.cli.items.options import open_archive
from crawler.cli.items.printing import clock
from crawler.cli.watchfile import DEFAULT, Json, WatchFile, loaded
from crawler.config import Watch
from crawler.errors import ArchiveError
from crawler.text.shown import clean
from crawler.usecases.coverage.overview import (
    WEEKS,
    Coverage,
    NearMissCount,
    RuleCoverage,
    Rules,
    Show,
    SourceCoverage,
    canary_days,
    canary_median_s,
    coverage,
    rule_coverage,
)
from crawler.usecases.coverage.texts import found_text, listing_text, percent_text, summary_text, unknown_text
from crawler.usecases.service_state import CanaryHistory, canary_history
from crawler.usecases.times import duration

EPILOG = """The exit code is 0 if no source is known to miss more than a tenth of the articles of its site, none has a
problem and the last canary came out; otherwise 1; 2 if the figures cannot be read.

Examples:

  wirewatch report coverage

  wirewatch report coverage bbc --show missing

  wirewatch report coverage --near-misses

  wirewatch report coverage --json | jq -r '.sources[] | select((.week.highest_share // 1) < 0.9).source'
"""
LIMIT = 100
_UNKNOWN = 2  # the exit code if the figures cannot be read; 1 means that something is missed
_BARS = "▁▂▃▄▅▆▇█"


def coverage_report(
    words: Annotated[str, typer.Argument(metavar="[TEXT]", help="A part of an id; of a source, also of a tag.")] = "",
    show: Annotated[Show, typer.Option(help="Sources to list.")] = Show.ALL,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Maximum number of sources, and of rules.")] = LIMIT,
    near_misses: Annotated[
        bool, typer.Option("--near-misses", help="Count the near misses of each rule: up to 2 s per rule.")
    ] = False,
    watch: WatchFile = DEFAULT,
    as_json: Json = False,
) -> None:
    """Show what each source found of what its site published, worst first; the hits of rules; and the canary.

    The number of published articles is an estimate, an interval that holds in nine of ten cases. Where it cannot be
    told, the reason is shown. docs/coverage.md explains the figures.
    """
    now, known = datetime.now(UTC), loaded(watch, _UNKNOWN)
    try:
        with open_archive() as archive:
            found = coverage(archive, known.sources, now, words=words, show=show, limit=limit)
            rules = _rules(archive, known, now, words, limit, count=near_misses)
            canary = canary_history(archive, now)
    except ArchiveError as error:
        typer.echo(f"{error}", err=True)
        raise typer.Exit(_UNKNOWN) from error
    if as_json:
        typer.echo(json.dumps(_json(found, rules, canary, now), ensure_ascii=False))
    elif Console().is_terminal:
        _print(found, rules, canary, now)
    else:
        for one in found.sources:
            typer.echo("\t".join(_plain(one)))
    raise typer.Exit(1 if found.is_missing or canary.problem else 0)


def _rules(archive: Archive, watch: Watch, now: datetime, words: str, limit: int, *, count: bool) -> Rules:
    counted = [rule.id for rule in watch.rules if not rule.paused] if count else []
    return rule_coverage(archive, watch, now, words=words, count=counted, limit=limit)


def _print(found: Coverage, rules: Rules, canary: CanaryHistory, now: datetime) -> None:
    console = Console(highlight=False)
    console.print(f"Week from {found.monday:%Y-%m-%d} (UTC). {summary_text(found)}\n")
    if found.sources:
        console.print(_source_table(found.sources))
    if found.matches > len(found.sources):
        console.print(f"{len(found.sources):,} of {found.matches:,} sources: use --limit to see more.", style="dim")
    if rules.rules:
        console.print()
        console.print(_rule_table(rules.rules, now))
    if rules.matches > len(rules.rules):
        console.print(f"{len(rules.rules):,} of {rules.matches:,} rules: use --limit to see more.", style="dim")
    console.print()
    console.print(Text(_canary_text(canary), "red" if canary.problem else ""))


def _source_table(sources: Sequence[SourceCoverage]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("source", overflow="fold")
    table.add_column("found", ratio=1, overflow="fold")
    table.add_column("delay", justify="right", no_wrap=True)
    table.add_column(f"{WEEKS} weeks", no_wrap=True)
    for one in sources:
        recall = one.recall
        text = Text(found_text(recall))
        if recall and (percent := percent_text(recall)):
            text.append(f"  {percent}", "bold")
        if unknown := unknown_text(recall):
            text.append(f"  {unknown}", "dim")
        text.append(f"\n{', '.join(problem.name for problem in one.problems)}" if one.problems else "", "red")
        for share in one.week.shares if one.week else ():
            if share.alone:
                left_out = f"{share.alone:,} left out by its own listings"
                text.append(f"\n{listing_text(share)} {clean(share.listing.address)}: {left_out}", "dim")
        delay = duration(one.freshness.p50) if one.freshness else "?"
        name = Text(one.source.id, "dim" if one.source.paused else "")
        table.add_row(name, text, delay, "".join(map(_bar, one.trend)))
    return table


def _bar(week: SourceWeek | None) -> str:
    """Return a bar for the lower limit of a share, "?" if it cannot be told, a space if there were no articles."""
    if week is None:
        return " "
    share = week.recall.lowest_share
    return "?" if share is None else _BARS[min(len(_BARS) - 1, int(share * len(_BARS)))]


def _rule_table(rules: Sequence[RuleCoverage], now: datetime) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("rule", "hits in 7 days", "last hit", "near misses"):
        table.add_column(heading, overflow="fold", justify="left" if heading == "rule" else "right")
    for one in rules:
        hits = f"{one.hits.count:,}{' or more' if one.hits.count >= MOST_HITS else ''}"
        last = clock(one.hits.last, now) if one.hits.last else "never"
        name = Text(one.rule.id, "dim" if one.rule.paused else "")
        table.add_row(name, hits, last, _count_text(one.near_misses))
    return table


def _count_text(counted: NearMissCount | None) -> str:
    return f"{counted.count:,}{'' if counted.complete else ' or more'}" if counted else ""


def _canary_text(canary: CanaryHistory) -> str:
    if not canary.results:
        return "No canary yet: `wirewatch run` publishes one within an hour of its start."
    took = canary_median_s(canary)
    median = f", median {duration(took)}" if took is not None else ""
    text = f"Canary, last 7 days: {len(canary.results):,} published, {canary.late:,} late{median}."
    return f"{text} The last one is late. {canary.problem}" if canary.problem else text


def _plain(one: SourceCoverage) -> list[str]:
    """Return a source as cells: id, named, least, most, delay in seconds, problems, why there is no estimate."""
    recall = one.recall
    most = "" if recall is None or recall.most is None else str(recall.most)
    figures = ["0", "0", ""] if recall is None else [str(recall.named), str(recall.least), most]
    delay = f"{one.freshness.p50:.0f}" if one.freshness else ""
    return [one.source.id, *figures, delay, ", ".join(problem.name for problem in one.problems), unknown_text(recall)]


def _json(found: Coverage, rules: Rules, canary: CanaryHistory, now: datetime) -> dict[str, Any]:
    names = ("sources", "estimated", "incomplete", "named", "least", "most")
    return {
        "week": _iso(found.monday),
        "matches": found.matches,
        "totals": {name: getattr(found.totals, name) for name in names} | {"with_problems": found.with_problems},
        "sources": [_source_json(one, found) for one in found.sources],
        "rules": [_rule_json(one) for one in rules.rules],
        "canary": {
            "passed": len(canary.results) - canary.late,
            "late": canary.late,
            "median_s": canary_median_s(canary),
            "problem": canary.problem,
            "days": [
                {"day": one.day.isoformat(), "passed": one.passed, "late": one.late} for one in canary_days(canary, now)
            ],
        },
    }


def _source_json(one: SourceCoverage, found: Coverage) -> dict[str, Any]:
    took = one.freshness
    return {
        "source": one.source.id,
        "paused": one.source.paused,
        "is_whole": one.week is not None and one.week.week == found.monday,
        "week": _week_json(one.week),
        "listings": [
            {
                "kind": share.listing.kind,
                "address": share.listing.address,
                "own": share.listing.own,
                "articles": share.articles,
                "alone": share.alone,
            }
            for share in (one.week.shares if one.week else ())
        ],
        "trend": [_week_json(week) for week in one.trend],
        "freshness": {"articles": took.count, "median_s": took.p50, "p95_s": took.p95} if took else None,
        "problems": [problem.name for problem in one.problems],
    }


def _week_json(one: SourceWeek | None) -> dict[str, Any] | None:
    if one is None:
        return None
    recall = one.recall
    return {
        "week": _iso(one.week),
        "named": recall.named,
        "seen": recall.seen,
        "least": recall.least,
        "most": recall.most,
        "unknown": recall.unknown.value if recall.unknown else "",
        "lowest_share": recall.lowest_share,
        "highest_share": recall.highest_share,
    }


def _rule_json(one: RuleCoverage) -> dict[str, Any]:
    return {
        "rule": one.rule.id,
        "paused": one.rule.paused,
        "hits": one.hits.count,
        "last_hit": _iso(one.hits.last) if one.hits.last else None,
        "near_misses": one.near_misses.count if one.near_misses else None,
        "near_misses_complete": one.near_misses.complete if one.near_misses else None,
    }


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
