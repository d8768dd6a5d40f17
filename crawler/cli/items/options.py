"""Options that select articles, and the articles that they select."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import typer

from crawler.archive import Archive, ArticleRow, ItemFilter
from crawler.errors import RuleError
from crawler.rules import Matcher, RuleSpec, Scanner, compile_rule
from crawler.usecases import times
from crawler.usecases.filters import article_filter
from settings import env

Since = Annotated[str | None, typer.Option(metavar="WHEN", help=f"Found since: {times.EXAMPLES}.")]
Until = Annotated[
    str | None,
    typer.Option(metavar="WHEN", help="Found before this time or by the end of this day."),
]
Sources = Annotated[list[str] | None, typer.Option("--source", "-s", help="Id of a source; repeatable.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", "-t", help="Tag; repeatable.")]
Languages = Annotated[list[str] | None, typer.Option("--language", "-l", help="Language code, such as en; repeatable.")]
Rules = Annotated[list[str] | None, typer.Option("--rule", "-r", help="Id of a rule that raised an alert; repeatable.")]
Query = Annotated[str | None, typer.Option("--query", "-q", help="Query, as in a rule: 'drone* NOT sport'.")]
Limit = Annotated[int | None, typer.Option("--limit", "-n", min=1, help="Maximum number to show.")]


def database_url() -> str:
    """Return the URL of the archive from the environment."""
    return env.database_url(os.environ)


def open_archive() -> Archive:
    """Open the archive, which must exist. Raises ArchiveError."""
    return Archive.open(database_url(), create=False)


def since_of(text: str, now: datetime) -> datetime:
    """Parse the value of --since (crawler/usecases/times.py). Raises BadParameter."""
    return _read(times.since_of, text, now)


def until_of(text: str, now: datetime) -> datetime:
    """Parse the value of --until (crawler/usecases/times.py). Raises BadParameter."""
    return _read(times.until_of, text, now)


def ahead_of(text: str, now: datetime) -> datetime:
    """Parse a future time (crawler/usecases/times.py). Raises BadParameter."""
    return _read(times.ahead_of, text, now)


def _read(read: Callable[[str, datetime], datetime], text: str, now: datetime) -> datetime:
    try:
        return read(text, now)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def item_filter(
    now: datetime,
    *,
    since: str | None = None,
    until: str | None = None,
    sources: list[str] | None = None,
    tags: list[str] | None = None,
    languages: list[str] | None = None,
    rules: list[str] | None = None,
) -> ItemFilter:
    """Return the filter for the given options. Raises BadParameter."""
    try:
        return article_filter(
            now, since=since, until=until, sources=sources, tags=tags, languages=languages, rules=rules
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def matcher_of(query: str | None) -> Matcher | None:
    """Compile a query. Raises BadParameter with the column of the mistake and a correction."""
    if not query:
        return None
    try:
        return Scanner(compile_rule(RuleSpec(id="query", query=query)))
    except RuleError as error:
        fix = f"; try: {error.fix}" if error.fix else ""
        raise typer.BadParameter(f"--query, column {error.column}: {error.message}{fix}") from error


def choose(
    archive: Archive, selection: ItemFilter, matcher: Matcher | None, limit: int | None, *, bodies: bool
) -> Iterator[ArticleRow]:
    """Stream at most `limit` articles that match the filter and the query."""
    selection = replace(selection, limit=limit)
    if matcher is None:
        return archive.items(selection, bodies=bodies)
    return (row for row, _ in archive.search(matcher, selection, bodies=bodies))
