"""The options that choose articles, and the stream of articles that they choose."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from crawler.alerts import Matcher, RuleSpec, Scanner, compile_rule
from crawler.archive import Archive, ArticleRow, ItemFilter
from crawler.errors import RuleError
from settings import env

Since = Annotated[
    str | None, typer.Option(metavar="WHEN", help="Found since: 30m, 2h, 7d, today, yesterday or 2026-11-01.")
]
Until = Annotated[str | None, typer.Option(metavar="WHEN", help="Found before; same format as --since.")]
Sources = Annotated[list[str] | None, typer.Option("--source", "-s", help="Id of a source; repeatable.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", "-t", help="Tag; repeatable.")]
Languages = Annotated[list[str] | None, typer.Option("--language", "-l", help="Language code, such as en; repeatable.")]
Rules = Annotated[list[str] | None, typer.Option("--rule", "-r", help="Id of a rule that raised an alert; repeatable.")]
Query = Annotated[str | None, typer.Option("--query", "-q", help="Query, as in a rule: 'drone* NOT sport'.")]
Limit = Annotated[int | None, typer.Option("--limit", "-n", min=1, help="Maximum number to show.")]

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(r"(\d{1,6})([smhdw])")


def database_url() -> str:
    """The archive's URL, from the environment."""
    return env.database_url(os.environ)


def open_archive() -> Archive:
    """The archive, which must exist. Raises ArchiveError."""
    return Archive.open(database_url(), create=False)


def moment(text: str, now: datetime) -> datetime:
    """`2h` (ago), `today`, `yesterday`, a date or a time; local time unless it names a zone. Raises BadParameter."""
    word = text.strip().lower()
    if word in {"today", "yesterday"}:
        word = (now.astimezone() - timedelta(days=int(word == "yesterday"))).date().isoformat()
    try:
        if ago := _AGO.fullmatch(word):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        return datetime.fromisoformat(word.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = f"{text!r} is not a time: write 30m, 2h, 7d, today, yesterday, 2026-11-01 or 2026-11-01T08:00"
        raise typer.BadParameter(message) from error


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
    """The filter that the options ask for. Raises BadParameter."""
    return ItemFilter(
        since=moment(since, now) if since else None,
        until=moment(until, now) if until else None,
        sources=tuple(sources or ()),
        tags=tuple(tags or ()),
        languages=tuple(languages or ()),
        rules=tuple(rules or ()),
    )


def matcher_of(query: str | None) -> Matcher | None:
    """The query, compiled. Raises BadParameter with the place of the mistake and what would be right."""
    if not query:
        return None
    try:
        return Scanner(compile_rule(RuleSpec(id="query", query=query)))
    except RuleError as error:
        fix = f"; try: {error.fix}" if error.fix else ""
        raise typer.BadParameter(f"--query, column {error.column}: {error.message}{fix}") from error


def choose(
    archive: Archive, wanted: ItemFilter, matcher: Matcher | None, limit: int | None, *, bodies: bool
) -> Iterator[ArticleRow]:
    """Articles that fit the filter and the query, at most `limit`, streamed."""
    wanted = replace(wanted, limit=limit)
    if matcher is None:
        return archive.items(wanted, bodies=bodies)
    return (row for row, _ in archive.search(matcher, wanted, bodies=bodies))
