"""`wirewatch rules test`: what a rule would have told, from the archive, with the matcher that runs live."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from crawler.alerts import Rule, RuleSpec, compile_rule, excerpts, explain
from crawler.alerts.backtest import Day, Found, by_day, matching, spread
from crawler.archive import Archive, ItemFilter, Order
from crawler.cli.items_filter import database_url, moment, open_archive
from crawler.cli.items_print import clock
from crawler.cli.plain import clean
from crawler.cli.rules_common import compiled, highlighted, spec_of, watch_or_none
from crawler.cli.watchfile import DEFAULT, Json, WatchFile

CHUNK = 2_500  # ids handed to a process at once
FEW = 4_000  # ids that are not worth a second process
SAMPLES = 20
MAX_DAYS = 45  # a longer time is shown by weeks
BAR = 40  # columns
_EIGHTHS = " ▏▎▍▌▋▊▉"

EPILOG = """Examples:

  wirewatch rules test '"US embassy" AND (rocket* OR attack*)' --since 30d

  wirewatch rules test us-in-iraq --since 7d --json | jq .alerts_per_day
"""

Tags = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Report:
    """What a run over the archive gave."""

    rule: Rule
    since: datetime
    until: datetime
    articles: int
    seconds: float
    found: list[Found]
    samples: list[dict[str, Any]]

    @property
    def stories(self) -> int:
        """How many different stories: so many alerts there would have been."""
        return len({one.story for one in self.found})

    @property
    def days(self) -> float:
        """The length of the time that was looked at, in days, at least one."""
        return max(1.0, (self.until - self.since).total_seconds() / 86_400)


def backtest(
    query: Annotated[str, typer.Argument(help="A query, or the id of a rule in the watch file.")],
    since: Annotated[str, typer.Option(metavar="WHEN", help="Articles found since: 7d, 30d, 2026-11-01.")] = "30d",
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Found before; written like --since.")] = None,
    as_json: Json = False,
    watch: WatchFile = DEFAULT,
) -> None:
    """Run a rule over the archive: hits and stories a day, how many alerts that makes, samples."""
    now = datetime.now(UTC)
    known = watch_or_none(watch)
    rule = compiled(spec_of(query, known))
    tags = {source.id: source.tags for source in known.sources} if known else {}
    report = run(rule, tags, moment(since, now), moment(until, now) if until else now)
    if as_json:
        typer.echo(json.dumps(report_json(report), ensure_ascii=False))
    else:
        show(report, now)


def run(rule: Rule, tags: Tags, since: datetime, until: datetime) -> Report:
    """Matches the archive's articles of that time on all cores, with a progress bar on a terminal."""
    begun = time.perf_counter()
    with open_archive() as archive:
        first, last, count = archive.id_range(since, until)
        found: list[Found] = []
        bar = Progress(
            TextColumn("matching"), BarColumn(), MofNCompleteColumn(), console=Console(stderr=True), transient=True
        )
        with bar:
            pieces = _pieces(archive, rule, first, last)
            task = bar.add_task("", total=sum(map(len, pieces)))
            for looked, some in _chunks(archive, rule.spec, tags, pieces, (since, until)):
                found += some
                bar.advance(task, looked)
        samples = [_sample(archive, rule, tags, one) for one in spread(found, SAMPLES)]
        earliest = archive.items(ItemFilter(since=since, limit=1, order=Order.OLDEST), bodies=False)
        oldest = next((row.article.found for row in earliest if row.article.found), since)
    seconds = time.perf_counter() - begun
    return Report(rule, max(since, oldest), until, count, seconds, found, samples)


def _pieces(archive: Archive, rule: Rule, first: int, last: int) -> list[Sequence[int]]:
    """The ids to look at, in pieces: those that the search index names, or all."""
    named = archive.candidates(rule, first, last)
    ids: Sequence[int] = range(first or 1, last + 1) if named is None else named
    return [ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK)]


def _chunks(
    archive: Archive, spec: RuleSpec, tags: Tags, pieces: list[Sequence[int]], times: tuple[datetime, datetime]
) -> Iterator[tuple[int, list[Found]]]:
    """What each piece of the archive gave: how many ids were looked at, and the articles that matched."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if sum(map(len, pieces)) < FEW or cores == 1:
        for piece in pieces:
            yield _search(archive, compile_rule(spec), tags, piece, times)
        return
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(_search_apart, database_url(), spec, dict(tags), piece, times) for piece in pieces]
        for job in as_completed(jobs):
            yield job.result()


def _search_apart(
    url: str, spec: RuleSpec, tags: Tags, ids: Sequence[int], times: tuple[datetime, datetime]
) -> tuple[int, list[Found]]:
    with Archive.open(url, create=False) as archive:
        return _search(archive, compile_rule(spec), tags, ids, times)


def _search(
    archive: Archive, rule: Rule, tags: Tags, ids: Sequence[int], times: tuple[datetime, datetime]
) -> tuple[int, list[Found]]:
    whole = isinstance(ids, range)
    articles = archive.texts(ids[0], ids[-1], *times) if whole else archive.texts_of(ids, *times)
    hits = [(number, article) for number, article, _ in matching(rule, articles, tags)]
    stories = archive.story_ids([number for number, _ in hits])
    found = [
        Found(number, article.found or times[0], str(stories.get(number, article.content_hash or number)))
        for number, article in hits
    ]
    return len(ids), found


def _sample(archive: Archive, rule: Rule, tags: Tags, one: Found) -> dict[str, Any]:
    (_, article), *_ = archive.texts(one.id, one.id)
    hits = list(matching(rule, [(one.id, article)], tags))
    return {
        "id": one.id,
        "found": one.found.isoformat(),
        "source": article.source,
        "title": article.title,
        "url": article.url,
        "excerpts": list(excerpts(article, hits[0][2])) if hits else [],
    }


def report_json(report: Report) -> dict[str, Any]:
    """The report for programs."""
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
    told = Text.assemble(
        f"\n{report.articles:,} articles in {report.seconds:.1f} s: ",
        (f"{hits:,} hit{'s' * (hits != 1)}", "bold"),
        f", {report.stories:,} stor{'ies' if report.stories != 1 else 'y'}. ",
        (f"{report.stories / report.days:.1f} alerts a day.", "bold"),
    )
    out.print(told)
    if not report.found:
        out.print("Nothing would have been told. `wirewatch rules suggest WORD` shows how the archive spells a name.")
        return
    step = 7 if report.days > MAX_DAYS else 1
    out.print()
    _chart(out, by_day(report.found, report.since, report.until, None, step), step)
    out.print(f"\n{len(report.samples)} of {hits:,}, over the whole time:" if hits > SAMPLES else "", style="dim")
    for sample in report.samples:
        when = clock(datetime.fromisoformat(sample["found"]), now)
        out.print(
            Text.assemble(
                (f"{when}  ", "dim"), (clean(sample["source"]), "cyan"), "  ", (clean(sample["title"]), "bold")
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
