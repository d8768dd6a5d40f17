"""Options and functions that commands share: the watch file, JSON output, a console."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from crawler.cli.check import show_problems
from crawler.config import Watch, load_watch
from crawler.errors import ConfigError

WatchFile = Annotated[Path, typer.Option("--watch", "-w", envvar="WIREWATCH_WATCH", help="The watch file.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DEFAULT = Path("watch.yaml")


def console() -> Console:
    """Return a console for the current standard output; plain if it is not a terminal."""
    return Console(highlight=False, soft_wrap=True)


def loaded(path: Path, code: int = 1) -> Watch:
    """Return the watch file, or print its mistakes and exit with `code`."""
    try:
        return load_watch(path, os.environ)
    except ConfigError as error:
        show_problems(error, path)
        raise typer.Exit(code) from error
