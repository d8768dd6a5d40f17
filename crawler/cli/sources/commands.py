"""`wirewatch sources`: list, add, suggest, remove, import and export sources. Edits preserve comments and order."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.cli.check import show_problems
from crawler.cli.sources.add import ADD_EPILOG, add
from crawler.cli.sources.boilerplate import BOILERPLATE_EPILOG, boilerplate
from crawler.cli.sources.health import HEALTH_EPILOG, health
from crawler.cli.sources.suggest import SUGGEST_EPILOG, suggest
from crawler.cli.watchfile import DEFAULT, Json, WatchFile, console, loaded
from crawler.config import Source, add_source, remove_source, set_source
from crawler.config.opml import MAX_BYTES, read_opml, write_opml
from crawler.errors import ConfigError, FeedError
from crawler.private import apply_user_umask
from crawler.text.shown import clean
from settings import env

if TYPE_CHECKING:
    from crawler.state import Pushed


def pushes_now(sources: Collection[str]) -> dict[str, Pushed]:
    """Return the sources that are pushed, at least in part; none if no service is running."""
    url, folder = env.redis_url(os.environ), env.state_folder(os.environ)
    if not sources or not (url or folder.is_dir()):
        return {}
    from crawler.state import answers, socket_path  # noqa: PLC0415
    from crawler.usecases.pushes import pushes_of  # noqa: PLC0415  redis-py takes a while to load

    path = socket_path(folder)
    return asyncio.run(pushes_of(url or (f"unix://{path}" if answers(path) else ""), sources, datetime.now(UTC)))


def line_of(one: Pushed) -> str:
    """Return the push line of a source, as the page shows it."""
    from crawler.usecases.pushes import push_text  # noqa: PLC0415  as above

    return push_text(one)


EPILOG = """Examples:

  wirewatch sources list

  wirewatch sources add bbc.co.uk --tag world --every 10m

  wirewatch sources health

  wirewatch sources import feeds.opml
"""

app = typer.Typer(
    no_args_is_help=True,
    epilog=EPILOG,
    help="List, add, remove, import and export sources, and show their health.",
)


@app.command("list")
def list_sources(watch: WatchFile = DEFAULT, as_json: Json = False) -> None:
    """List sources with their type, schedule, push hub (if the service runs) and tags."""
    sources = loaded(watch).sources
    pushes = pushes_now([source.id for source in sources])
    if as_json:
        listed = [_as_json(source) | _pushed(pushes.get(source.id)) for source in sources]
        typer.echo(json.dumps(listed, ensure_ascii=False))
        return
    if not sources:
        console().print(f"{watch} has no sources. Add one: wirewatch sources add bbc.co.uk")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("id", "kind", "address", "when", "tags"):
        table.add_column(heading, overflow="fold")
    for source in sources:
        address = Text(clean(source.url))
        tags = Text(" ".join(source.tags))
        when = Text(source.when)
        shown = Text(source.id)
        if source.name:
            shown.append(f"\n{clean(source.name)}", "dim")
        if source.id in pushes:
            when.append(f"\n{clean(line_of(pushes[source.id]))}", "dim")
        table.add_row(shown, source.kind, address, when, tags, style="dim" if source.paused else "")
    Console(highlight=False).print(table)


def _as_json(source: Source) -> dict[str, object]:
    """Return the entry of a source for programs, with its type and address as `kind` and `url`."""
    entry = source.model_dump(mode="json", exclude_none=True)
    del entry[source.kind]
    return {"id": source.id, "kind": source.kind, "url": source.url, **entry}


def _pushed(one: Pushed | None) -> dict[str, object]:
    if one is None:
        return {}
    return {"pushed_by": one.hubs, "pushed_feeds": one.feeds, "feeds": one.of}


app.command("add", epilog=ADD_EPILOG)(add)
app.command(epilog=BOILERPLATE_EPILOG)(boilerplate)
app.command("furniture", hidden=True)(boilerplate)  # its name before 0.1
app.command(epilog=HEALTH_EPILOG)(health)
app.command(epilog=SUGGEST_EPILOG)(suggest)


SourceId = Annotated[str, typer.Argument(metavar="ID", help="Id of the source.")]


@app.command("remove")
def remove(source_id: SourceId, watch: WatchFile = DEFAULT) -> None:
    """Remove a source from the watch file. Its articles stay in the archive."""
    _edited(watch, lambda: remove_source(watch, source_id), f"Removed {source_id} from {watch}.")


@app.command("pause")
def pause(source_id: SourceId, watch: WatchFile = DEFAULT) -> None:
    """Stop crawling a source until `resume`."""
    _edited(watch, lambda: set_source(watch, source_id, "paused", value=True), f"{source_id} is paused.")


@app.command("resume")
def resume(source_id: SourceId, watch: WatchFile = DEFAULT) -> None:
    """Resume crawling a paused source."""
    _edited(watch, lambda: set_source(watch, source_id, "paused", value=None), f"{source_id} is resumed.")


def _edited(watch: Path, edit: Callable[[], None], message: str) -> None:
    """Edit the watch file and print a message, or print the problems and exit with 1."""
    try:
        edit()
    except ConfigError as error:
        show_problems(error, watch)
        raise typer.Exit(1) from error
    console().print(Text(clean(message)))


@app.command("import")
def import_opml(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE.opml", help="OPML file exported from a feed reader.", exists=True, dir_okay=False),
    ],
    watch: WatchFile = DEFAULT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be added; add nothing.")] = False,
) -> None:
    """Add the feeds of an OPML file. Folders become tags; feeds already in the watch file are skipped and listed."""
    known = loaded(watch).sources
    try:
        with file.open("rb") as opened:
            found = read_opml(opened.read(MAX_BYTES + 1), known, subject=str(file))
        if found.sources and not dry_run:
            add_source(watch, *found.sources)
    except FeedError as error:
        typer.echo(clean(str(error)), err=True)
        raise typer.Exit(1) from error
    except ConfigError as error:
        show_problems(error, watch)
        raise typer.Exit(1) from error
    out = console()
    for source in found.sources:
        out.print(Text(clean(f"+ {source['id']}  {source['feed']}"), "green"))
    for line in found.skipped:
        out.print(Text(clean(f"- skipped {line}"), "yellow"))
    verb = "would be added to" if dry_run else "added to"
    out.print(Text(f"{len(found.sources)} {verb} {watch}, {len(found.skipped)} skipped."))


@app.command("export")
def export_opml(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE.opml", help="File to write. [default: standard output]")
    ] = None,
    watch: WatchFile = DEFAULT,
) -> None:
    """Export feed sources as OPML for a feed reader. Sources of other types are skipped and counted."""
    sources = loaded(watch).sources
    text = write_opml(sources)
    if file is None:
        typer.echo(text, nl=False)
        return
    try:
        is_new = not file.exists()
        file.write_text(text, encoding="utf-8")
        if is_new:
            apply_user_umask(file)
    except OSError as error:
        typer.echo(f"{file}: {error.strerror}", err=True)
        raise typer.Exit(1) from error
    feeds = sum(source.kind == "feed" for source in sources)
    console().print(
        Text(f"Wrote {feeds} feeds to {file}; {len(sources) - feeds} sources that are not feeds were skipped.")
    )
