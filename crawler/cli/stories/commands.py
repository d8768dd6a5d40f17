"""`wirewatch stories`: list and show stories, and group your own articles into stories."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from crawler.cli.items import options
from crawler.cli.stories.grouping import grouped
from crawler.cli.stories.printing import print_stories, print_story, shares, story_json
from crawler.errors import ArchiveError

app = typer.Typer(help="List and show stories: the same report in one or more outlets.", no_args_is_help=True)

LISTED = 50
LIST_EPILOG = """Examples:

  wirewatch stories list --since 24h --outlets 3

  wirewatch stories list --json | jq '.[].title'
"""
GROUP_EPILOG = """Examples:

  wirewatch items export | jq -c '{id, title, text, site: .url}' | wirewatch stories group

  wirewatch stories group < articles.jsonl > stories.jsonl
"""


AsJson = Annotated[bool, typer.Option("--json", help="JSON.")]


@app.command("list", epilog=LIST_EPILOG)
def list_stories(
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="With a copy found since: 30m, 2h, 7d, today.")
    ] = None,
    outlets: Annotated[int, typer.Option(min=1, help="Minimum number of outlets.")] = 1,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Maximum number to show.")] = LISTED,
    as_json: AsJson = False,
) -> None:
    """List stories, by newest copy first."""
    now = datetime.now().astimezone()
    with options.open_archive() as archive:
        rows = archive.stories.listed(since=options.since_of(since, now) if since else None, sites=outlets, limit=limit)
    if as_json:
        typer.echo(json.dumps([story_json(row) for row in rows], ensure_ascii=False))
    elif rows:
        print_stories(Console(highlight=False), rows, now)
    else:
        typer.echo("No matching stories. Lower --outlets or search further back with --since 7d.", err=True)


@app.command()
def show(
    story: Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="An id from the list.")], as_json: AsJson = False
) -> None:
    """Show one story: its outlets in order of publication, and how much of the text each one shares."""
    with options.open_archive() as archive:
        row = archive.stories.one(story)
        if row is None:
            raise ArchiveError("no such story; run `wirewatch stories list` to see ids", subject=str(story))
        copies = shares(row, archive.stories.copies(story))
    if as_json:
        typer.echo(json.dumps(story_json(row, copies), ensure_ascii=False))
    else:
        print_story(Console(highlight=False), row, copies, datetime.now().astimezone())


@app.command(epilog=GROUP_EPILOG)
def group() -> None:
    """Group your own articles: reads JSON Lines {id, title, text, site?, published?}, prints {id, story} in order.

    Nothing is stored. `published` (ISO 8601) moves the 72-hour window; rows without it share one timestamp.
    """
    raise typer.Exit(asyncio.run(_group()))


async def _group() -> int:
    bad = 0

    def report(line: int, error: str) -> None:
        nonlocal bad
        bad += 1
        typer.echo(f"line {line}: {error}", err=True)

    async for name, story in grouped(sys.stdin, report):
        sys.stdout.write(json.dumps({"id": name, "story": story}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return 1 if bad else 0
