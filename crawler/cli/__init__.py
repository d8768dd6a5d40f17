"""The command line. Each command is a module; this one mounts them and turns failures into one clear line."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from crawler.errors import ConfigError, WirewatchError

EPILOG = (
    """First time? `wirewatch run` needs nothing: it writes a watch file and opens a demo newspaper on this machine."""
)

app = typer.Typer(
    help="Watch the news: scheduled crawls, clean articles, keyword alerts, item feeds.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _version(value: bool) -> None:
    if value:
        from settings import VERSION  # noqa: PLC0415  reading the settings is not needed for --help

        typer.echo(f"wirewatch {VERSION}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Watch the news: scheduled crawls, clean articles, keyword alerts, item feeds."""
    del version


def mount() -> None:
    """Mounts every command."""
    from crawler.cli import check, crawl, demo, items, run, runs, sources, try_page  # noqa: PLC0415

    app.command()(run.run)
    app.command(epilog=crawl.EPILOG)(crawl.crawl)
    app.command("try", epilog=try_page.EPILOG)(try_page.try_page)
    app.command()(check.check)
    app.add_typer(sources.app, name="sources")
    app.add_typer(items.app, name="items")
    app.command()(runs.runs)
    app.command(epilog=demo.EPILOG)(demo.demo)


def main() -> None:
    """Entry point of `wirewatch`. Exit codes: 0 done, 1 failed, 2 wrong usage or a mistake in the watch file."""
    mount()
    try:
        app()
    except ConfigError as error:
        for problem in error.problems:
            typer.echo(f"{error.subject}: {problem}", err=True)
        sys.exit(2)
    except WirewatchError as error:
        typer.echo(f"{error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
