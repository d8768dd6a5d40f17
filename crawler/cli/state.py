"""`wirewatch state`: rebuild Redis from the archive."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from crawler.extensions.context import places_of
from crawler.service.worker.project import project_settings
from crawler.usecases.rebuilding import rebuild_state

app = typer.Typer(help="Rebuild the state in Redis from the archive.", no_args_is_help=True)

EPILOG = """Examples:

  wirewatch state rebuild
"""


@app.callback()
def state() -> None:
    """Rebuild the state in Redis from the archive."""


@app.command("rebuild", epilog=EPILOG)
def rebuild(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Rebuild Redis from the archive: the URLs already seen and the recent stories.

    A running service does this automatically when Redis is empty.
    """
    done = asyncio.run(rebuild_state(places_of(project_settings()), datetime.now(UTC)))
    if as_json:
        typer.echo(json.dumps({"urls": done.urls, "articles": done.articles, "stories": done.stories}))
    else:
        typer.echo(f"{done.urls:,} URLs marked as seen; {done.articles:,} recent articles in {done.stories:,} stories")
