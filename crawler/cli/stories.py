"""`wirewatch stories`: one report in many outlets is one story."""

from __future__ import annotations

import asyncio
import json
import sys

import typer

from crawler.cli.stories_group import grouped

app = typer.Typer(help="Stories: one report, however many outlets carry it.", no_args_is_help=True)

GROUP_EPILOG = """Examples:

  wirewatch items export | jq -c '{id, title, text, site: .url}' | wirewatch stories group

  wirewatch stories group < articles.jsonl > stories.jsonl
"""


@app.command(epilog=GROUP_EPILOG)
def group() -> None:
    """Group articles of your own: JSON lines {id, title, text, site?, published?} in, {id, story} out, in order.

    Nothing is kept. `published` (ISO 8601) moves the window of 72 hours; without it all rows are of one time.
    """
    raise typer.Exit(asyncio.run(_group()))


async def _group() -> int:
    bad = 0

    def refuse(line: int, why: str) -> None:
        nonlocal bad
        bad += 1
        typer.echo(f"line {line}: {why}", err=True)

    async for name, story in grouped(sys.stdin, refuse):
        sys.stdout.write(json.dumps({"id": name, "story": story}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return 1 if bad else 0
