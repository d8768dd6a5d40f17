"""`wirewatch items`: list, read, follow and export articles."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from crawler.archive import Archive, ArticleRow, ItemFilter, Order
from crawler.archive.files.export import export_to_file, export_to_stream, format_of
from crawler.archive.files.formats import Format, json_line
from crawler.cli.items import options
from crawler.cli.items.printing import headline, local_time, print_article, print_history, print_list, tail_line
from crawler.cli.items.revisions import print_revisions, revisions_json
from crawler.cli.service.ending import Interrupted
from crawler.errors import ArchiveError
from crawler.rules import Matcher
from crawler.text.shown import clean

POLL_S = 1.0  # between two polls for new articles
DEFAULT_LIMIT = 50  # articles

app = typer.Typer(help="List, read, follow and export articles.", no_args_is_help=True)

LIST_EPILOG = """Examples:

  wirewatch items list --since 2h

  wirewatch items list --source bbc-world --query '"green zone" OR embassy'

  wirewatch items list --rule us-in-iraq --json | jq '.[].title'
"""
TAIL_EPILOG = """Examples:

  wirewatch items tail

  wirewatch items tail --source bbc-world --json | jq .title
"""
EXPORT_EPILOG = """Examples:

  wirewatch items export --since 7d --output week.csv

  wirewatch items export --tag east-africa --output articles.parquet

  wirewatch items export --since 2026-11-01 --format jsonl | gzip > november.jsonl.gz
"""


class Shape(StrEnum):
    """Output formats of a list."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON array.")]
Raw = Annotated[
    bool,
    typer.Option("--raw", help="Write CSV cells unescaped; by default, cells that look like formulas get a leading '."),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file; - is standard output.")]


@app.command("list", epilog=LIST_EPILOG)
def list_items(
    *,
    since: options.Since = None,
    until: options.Until = None,
    source: options.Sources = None,
    tag: options.Tags = None,
    language: options.Languages = None,
    rule: options.Rules = None,
    query: options.Query = None,
    limit: options.Limit = DEFAULT_LIMIT,
    shape: Annotated[Shape | None, typer.Option("--format", "-f", help="Output format.")] = None,
    as_json: AsJson = False,
    raw: Raw = False,
    output: Output = None,
) -> None:
    """List articles, newest first."""
    now = _now()
    selection = options.item_filter(
        now, since=since, until=until, sources=source, tags=tag, languages=language, rules=rule
    )
    matcher = options.matcher_of(query)
    kind = Shape.JSON if as_json else shape or _shape_of(output) or Shape.TABLE
    with options.open_archive() as archive:
        rows = options.choose(archive, selection, matcher, limit, bodies=kind is not Shape.TABLE)
        if kind is not Shape.TABLE:
            _write(rows, Format(kind.value), output, raw=raw)
        elif not print_list(Console(highlight=False), rows, now):
            _hint(archive, selection)


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="An id from the list, a URL, or the beginning of a content hash.")],
    revisions: Annotated[bool, typer.Option("--revisions", help="Show the article's revisions.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what each version changed, word by word.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with every field.")] = False,
) -> None:
    """Show one article, with --revisions or --diff its changes."""
    with options.open_archive() as archive:
        row = archive.article(key)
        if row is None:
            raise ArchiveError("no such article; run `wirewatch items list` to see ids", subject=clean(key))
        changes = archive.visits.revisions(row.id) if revisions or diff else []
        removed = archive.visits.removed(row.id)
        story = archive.stories.of_article(row.id)
    console = Console(highlight=False)
    if as_json:
        more = revisions_json(row, story, changes, removed) if revisions or diff else None
        typer.echo(json.dumps(more, ensure_ascii=False) if more else json_line(row))
    elif revisions or diff:
        console.print(Text(headline(row), "bold"), soft_wrap=True)
        print_revisions(console, changes, local_time(removed), with_diff=diff)
    else:
        print_article(console, row)
        print_history(console, row, story, removed)


@app.command(epilog=TAIL_EPILOG)
def tail(
    source: options.Sources = None,
    tag: options.Tags = None,
    language: options.Languages = None,
    rule: options.Rules = None,
    query: options.Query = None,
    last: Annotated[int, typer.Option("--last", "-n", min=0, help="Number of older articles to show first.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """Print new articles as they arrive. Press Ctrl-C to stop."""
    selection = options.item_filter(_now(), sources=source, tags=tag, languages=language, rules=rule)
    matcher = options.matcher_of(query)
    console = Console(highlight=False, soft_wrap=True)
    with options.open_archive() as archive, suppress(KeyboardInterrupt, Interrupted):
        for row in follow(archive, selection, matcher, last, lambda: time.sleep(POLL_S)):
            if as_json:
                typer.echo(json_line(row))
            else:
                console.print(tail_line(row))
            sys.stdout.flush()


@app.command("export", epilog=EXPORT_EPILOG)
def export_items(
    *,
    since: options.Since = None,
    until: options.Until = None,
    source: options.Sources = None,
    tag: options.Tags = None,
    language: options.Languages = None,
    rule: options.Rules = None,
    query: options.Query = None,
    limit: options.Limit = None,
    kind: Annotated[
        Format | None, typer.Option("--format", "-f", help="Output format. [default: from the file name, else jsonl]")
    ] = None,
    raw: Raw = False,
    output: Output = None,
) -> None:
    """Export articles with all fields, oldest first, as JSON Lines, JSON, CSV or Parquet; a `.gz` name compresses."""
    selection = options.item_filter(
        _now(), since=since, until=until, sources=source, tags=tag, languages=language, rules=rule
    )
    matcher = options.matcher_of(query)
    shape = _shape_of(output)
    chosen = kind or (Format(shape.value) if shape else Format.JSONL)
    with options.open_archive() as archive:
        oldest_first = replace(selection, order=Order.OLDEST)
        _write(options.choose(archive, oldest_first, matcher, limit, bodies=True), chosen, output, raw=raw)


def follow(
    archive: Archive, selection: ItemFilter, matcher: Matcher | None, last: int, pause: Callable[[], None]
) -> Iterator[ArticleRow]:
    """Yield the `last` articles, oldest first, and then every new one, forever; `pause` is called between polls.

    An outage of the database only delays the next poll. Raises ArchiveError for permanent errors.
    """
    position = archive.last_id()
    yield from reversed(list(options.choose(archive, selection, matcher, last, bodies=True)) if last else [])
    while True:
        pause()
        try:
            newest = archive.last_id()
            fresh = replace(selection, order=Order.STORED, after_id=position)
            for row in options.choose(archive, fresh, matcher, None, bodies=True) if newest > position else ():
                yield row
                position = row.id
            position = max(position, newest)
        except ArchiveError as error:
            if not error.transient:
                raise


def _write(rows: Iterator[ArticleRow], kind: Format, output: Path | None, *, raw: bool) -> None:
    if output is not None and str(output) != "-":
        total = export_to_file(rows, output, kind, raw=raw)
        typer.echo(f"{total:,} {'article' if total == 1 else 'articles'} written to {output}", err=True)
        return
    if kind is Format.PARQUET and sys.stdout.isatty():
        raise typer.BadParameter("Parquet cannot be printed to a terminal: use --output FILE or a pipe")
    export_to_stream(rows, sys.stdout.buffer, kind, raw=raw)
    sys.stdout.buffer.flush()


def _shape_of(output: Path | None) -> Shape | None:
    kind = format_of(output) if output is not None else None
    return Shape(kind.value) if kind else None


def _hint(archive: Archive, selection: ItemFilter) -> None:
    """Suggest what to do about an empty list, on standard error."""
    if not archive.last_id():
        typer.echo("No articles yet. `wirewatch run` crawls the sources of the watch file.", err=True)
        return
    known = {stats.source for stats in archive.source_stats(_now()) if stats.articles}
    unknown = sorted(set(selection.sources) - known)
    if unknown:
        names = ", ".join(sorted(clean(name) for name in known)[:12])
        typer.echo(f"No articles from {', '.join(map(clean, unknown))}. Sources with articles: {names}", err=True)
    else:
        typer.echo("No matching articles. Remove a filter, or search further back with --since 30d.", err=True)


def _now() -> datetime:
    return datetime.now().astimezone()
