"""The command line. Each command is a module; this one mounts them and turns failures into one clear line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
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


# name -> (module, its attribute): a command, or `app` with commands of its own. In the order of --help.
COMMANDS = {
    "run": ("run", "run"),
    "web": ("web", "web"),
    "scheduler": ("roles", "scheduler"),
    "worker": ("roles", "worker"),
    "deliver": ("roles", "deliver"),
    "crawl": ("crawl", "crawl"),
    "try": ("try_page", "try_page"),
    "check": ("check", "check"),
    "sources": ("sources", "app"),
    "items": ("items", "app"),
    "stories": ("stories", "app"),
    "rules": ("rules", "app"),
    "alerts": ("alerts", "app"),
    "channels": ("channels", "app"),
    "runs": ("runs", "runs"),
    "pages": ("pages", "app"),
    "report": ("report", "app"),
    "tokens": ("tokens", "app"),
    "archive": ("archive", "app"),
    "reextract": ("reextract", "reextract"),
    "state": ("state", "app"),
    "demo": ("demo", "demo"),
}


def mount(argv: Sequence[str]) -> None:
    """Mounts the command that `argv` (without the program) begins with, or all: what is not needed is not imported."""
    wanted = argv[:1] if argv and argv[0] in COMMANDS else COMMANDS
    for name in wanted:
        module_name, attribute = COMMANDS[name]
        module = import_module(f"crawler.cli.{module_name}")
        found = getattr(module, attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name, epilog=getattr(module, "EPILOG", None))(found)


def main() -> None:
    """Entry point of `wirewatch`. Exit codes: 0 done, 1 failed, 2 wrong usage or a mistake in the watch file."""
    try:
        mount(sys.argv[1:])
        app()
    except ConfigError as error:
        for problem in error.problems:
            typer.echo(f"{error.subject}: {problem}", err=True)
        sys.exit(2)
    except WirewatchError as error:
        typer.echo(f"{error}", err=True)
        sys.exit(1)
    except ValueError as error:  # what the settings say of a variable; anything else is a bug
        if not str(error).startswith("WIREWATCH_"):
            raise
        typer.echo(str(error), err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
