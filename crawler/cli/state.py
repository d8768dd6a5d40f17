"""`wirewatch state`: what Redis keeps."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from crawler.extensions.context import places_of
from crawler.runtime import Runtime
from crawler.service.scheduler.revisits import Rebuilt, rebuild
from crawler.service.worker.once import expect_redis
from crawler.service.worker.project import project_settings

app = typer.Typer(help="Rebuild the state in Redis from the archive.", no_args_is_help=True)

EPILOG = """Examples:

  wirewatch state rebuild
"""


@app.callback()
def state() -> None:
    """Rebuild the state in Redis from the archive."""


@app.command("rebuild", epilog=EPILOG)
def rebuild_state(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Rebuild Redis from the archive: the URLs already seen and the recent stories.

    A running service does this automatically when Redis is empty.
    """
    done = asyncio.run(_rebuild())
    if as_json:
        typer.echo(json.dumps({"urls": done.urls, "articles": done.articles, "stories": done.stories}))
    else:
        typer.echo(f"{done.urls:,} URLs marked as seen; {done.articles:,} recent articles in {done.stories:,} stories")


async def _rebuild() -> Rebuilt:
    from crawler.config import Watch  # noqa: PLC0415  pydantic is not needed for --help

    places = places_of(project_settings())
    await expect_redis(places.redis_url)
    runtime = await Runtime.open(Watch(), places, owner=False, extracts=False)
    try:
        return await rebuild(runtime.archive.sync, runtime.state, datetime.now(UTC))
    finally:
        await runtime.close()
