"""`wirewatch archive pages`: the pages as they came."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from crawler.archive.export import file_errors, replacing
from crawler.archive.warc import write_warc
from crawler.cli import items_filter as choice
from crawler.errors import ArchiveError
from settings import VERSION

app = typer.Typer(
    help="The pages that articles were read from, where the watch file says `archive: {pages: true}`.",
    no_args_is_help=True,
)
EPILOG = """Examples:

  wirewatch archive pages export november.warc.gz --since 2026-11-01

  wirewatch archive pages export bbc.warc.gz --source bbc-world

  wirewatch archive pages show 17 > page.html
"""


@app.callback()
def stored() -> None:
    """The pages that articles were read from."""


@app.command(epilog=EPILOG)
def export(
    file: Annotated[Path, typer.Argument(help="NAME.warc.gz, or NAME.warc uncompressed.")],
    since: choice.Since = None,
    until: choice.Until = None,
    source: choice.Sources = None,
) -> None:
    """Write pages as a WARC file, one record for each, for web archives' tools."""
    if file.suffix != ".warc" and file.suffixes[-2:] != [".warc", ".gz"]:
        raise typer.BadParameter("the file's name must end with .warc.gz or .warc")
    now = datetime.now().astimezone()
    wanted = choice.item_filter(now, since=since, until=until, sources=source)
    with choice.open_archive() as archive, file_errors(file), replacing(file) as stream:
        kept = archive.pages.all(wanted)
        total = write_warc(kept, stream, f"Wirewatch/{VERSION}", packed=file.suffix == ".gz")
        if not total:
            raise ArchiveError(
                "no page of these articles is kept; `archive: {pages: true}` in the watch file keeps them"
            )
    typer.echo(f"{total:,} {'page' if total == 1 else 'pages'} written to {file}", err=True)


@app.command()
def show(key: Annotated[str, typer.Argument(help="An id from the list of articles, or a URL.")]) -> None:
    """Print the page of one article as it came, and its following pages behind it."""
    with choice.open_archive() as archive:
        row = archive.article(key)
        found = archive.pages.of(row.id) if row else ()
    if not found:
        raise ArchiveError("no page of this article is kept" if row else "no such article", subject=key)
    for page in found:
        sys.stdout.buffer.write(page.body)
    sys.stdout.buffer.flush()
