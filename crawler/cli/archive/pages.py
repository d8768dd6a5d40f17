"""`wirewatch archive pages`: export and show stored pages."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from crawler.archive.files.export import file_errors, replacing
from crawler.archive.files.warc import write_warc
from crawler.cli.items import options
from crawler.errors import ArchiveError
from settings import VERSION

app = typer.Typer(
    help="Export and show the stored pages of articles (`archive: {pages: true}` in the watch file).",
    no_args_is_help=True,
)
EPILOG = """Examples:

  wirewatch archive pages export november.warc.gz --since 2026-11-01

  wirewatch archive pages export bbc.warc.gz --source bbc-world

  wirewatch archive pages show 17 > page.html
"""


@app.callback()
def stored() -> None:
    """Export and show the stored pages of articles."""


@app.command(epilog=EPILOG)
def export(
    file: Annotated[Path, typer.Argument(help="NAME.warc.gz, or NAME.warc for an uncompressed file.")],
    since: options.Since = None,
    until: options.Until = None,
    source: options.Sources = None,
) -> None:
    """Export pages as a WARC file for web-archive tools, one record per page."""
    if file.suffix != ".warc" and file.suffixes[-2:] != [".warc", ".gz"]:
        raise typer.BadParameter("the file name must end in .warc.gz or .warc")
    now = datetime.now().astimezone()
    selection = options.item_filter(now, since=since, until=until, sources=source)
    with options.open_archive() as archive, file_errors(file), replacing(file) as stream:
        pages = archive.pages.all(selection)
        total = write_warc(pages, stream, f"Wirewatch/{VERSION}", packed=file.suffix == ".gz")
        if not total:
            raise ArchiveError(
                "no pages of these articles are stored; set `archive: {pages: true}` in the watch file to store them"
            )
    typer.echo(f"{total:,} {'page' if total == 1 else 'pages'} written to {file}", err=True)


@app.command()
def show(key: Annotated[str, typer.Argument(help="An article id from `items list`, or a URL.")]) -> None:
    """Print the stored page of one article as received, followed by its continuation pages."""
    with options.open_archive() as archive:
        row = archive.article(key)
        found = archive.pages.of(row.id) if row else ()
    if not found:
        raise ArchiveError("no page of this article is stored" if row else "no such article", subject=key)
    for page in found:
        sys.stdout.buffer.write(page.body)
    sys.stdout.buffer.flush()
