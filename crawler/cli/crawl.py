"""`wirewatch crawl`: crawl one source now."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from crawler.config import load_watch
from crawler.extensions.context import places_of
from crawler.items import Outcome, Run
from crawler.service.worker.once import crawl_now
from crawler.service.worker.project import project_settings
from crawler.spiders.base import find_source
from crawler.text.shown import clean

EPILOG = """Examples:

  wirewatch crawl bbc-world

  wirewatch crawl bbc-world --json | jq .new
"""


def crawl(
    source: Annotated[str, typer.Argument(help="Id of a source in the watch file.")],
    watch: Annotated[Path, typer.Option("--watch", "-w", envvar="WIREWATCH_WATCH", help="The watch file.")] = Path(
        "watch.yaml"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Crawl one source now, in the running service or, if there is none, in this process.

    The exit code is 0 if the source could be read, otherwise 1.
    """
    loaded = load_watch(watch, os.environ)
    find_source(loaded, source)
    project = project_settings()
    places = places_of(project)

    def print_progress(line: str) -> None:
        if not as_json:
            typer.echo(line, err=True)

    run = asyncio.run(crawl_now(loaded, places, project, source, print_progress))
    if run is None:
        raise typer.Exit(1)
    typer.echo(json.dumps(asdict(run), default=str) if as_json else summary(run))
    raise typer.Exit(int(run.outcome is Outcome.FAILED))


def summary(run: Run) -> str:
    """Return a run as one line, and its first error as a second one."""
    line = f"{run.source}: {run.outcome}: {run.found} listed, {run.new} new, {run.unchanged} unchanged, "
    line += f"{run.failed} failed in {run.seconds:.1f} s, {run.bytes / 1000:.0f} kB"
    return f"{line}\n  {clean(run.error)}" if run.error else line
