"""The command line. Each command is a module; this one mounts them and turns failures into one clear line."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from crawler.cli.service.ending import Interrupted, interrupt_on_signals
from crawler.errors import ConfigError, WirewatchError
from crawler.private import set_umask

EPILOG = (
    """First time? Run `wirewatch run`: it writes a starter watch file and serves a demo newspaper on this machine."""
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
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Watch the news: scheduled crawls, clean articles, keyword alerts, item feeds."""
    del version


# name -> (module, attribute: a command, or `app` with subcommands, help text), in the order of --help, which therefore
# imports none of them. A test compares the help texts with those of the modules.
COMMANDS = {
    "run": (
        "service.run",
        "run",
        "Crawl on schedule, store new articles, send alerts and serve the web page. Press Ctrl-C to stop.",
    ),
    "web": (
        "service.web",
        "web",
        "Serve the web page only: news, search, articles and stories. `wirewatch run` also serves it.",
    ),
    "scheduler": (
        "service.roles",
        "scheduler",
        "Schedule crawls and queue them for the workers. Run several for failover: one is active, the others stand by.",
    ),
    "worker": (
        "service.roles",
        "worker",
        "Crawl the sources that are due. Run as many workers as you need, on any number of machines.",
    ),
    "deliver": (
        "service.roles",
        "deliver",
        "Send alerts. Run as many as you need: one plans the messages, all of them send.",
    ),
    "crawl": ("crawl", "crawl", "Crawl one source now, in the running service or, if there is none, in this process."),
    "try": (
        "try_page",
        "try_page",
        "Preview one page: the article, the text left out, the origin of each field, and matching rules.",
    ),
    "check": (
        "check",
        "check",
        "Check the watch file. Every mistake is reported with its line, column and a fix.",
    ),
    "sources": ("sources.commands", "app", "List, add, remove, import and export sources, and show their health."),
    "items": ("items.commands", "app", "List, read, follow and export articles."),
    "stories": ("stories.commands", "app", "List and show stories: the same report in one or more outlets."),
    "rules": ("rules.commands", "app", "Check and explain rules, and test them on a text or on the archive."),
    "alerts": ("alerts.commands", "app", "List and show alerts, replay dead deliveries, and silence alerts."),
    "channels": (
        "channels.commands",
        "app",
        "List channels with their delivery status, and send test messages.",
    ),
    "runs": ("runs", "app", "List the latest crawls, newest first, with what they found and what failed."),
    "quarantine": (
        "quarantine",
        "app",
        "List, retry and remove quarantined pages: pages that crashed or hung their reader three times.",
    ),
    "report": ("report", "app", "Report what was found, how fast, and what was missed."),
    "tokens": ("tokens", "app", "Manage access tokens for the API and for feed readers."),
    "archive": ("archive.commands", "app", "Show the archive's size, prune, back up and restore it."),
    "reextract": (
        "archive.reextract",
        "reextract",
        "Extract stored pages again with the current extractor, and update the articles that differ.",
    ),
    "state": ("state", "app", "Rebuild the state in Redis from the archive."),
    "demo": (
        "service.demo",
        "demo",
        "Serve a demo newspaper on this machine: three outlets that publish, edit and withdraw articles.",
    ),
}
FORMER = {"pages": "quarantine"}  # names of commands before 0.1, which --help does not list
COMPLETION_VARIABLES = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")  # shells pass the typed words in these


def mount(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
    """Mount the command that `argv` (without the program) starts with, otherwise all; import only the one named.

    `environ`: for shell completion, contains the words typed so far.
    """
    typed = next((text for name in COMPLETION_VARIABLES if (text := (environ or {}).get(name, ""))), "")
    words = typed.split()[1:] or argv
    named = next((word for word in words if not word.startswith("-")), "")
    alone = not typed and FORMER.get(named, named) in COMMANDS and words[0] == named
    for name, (module_name, attribute, help_text) in COMMANDS.items():
        if name == FORMER.get(named, named):
            module = import_module(f"crawler.cli.{module_name}")
            found = getattr(module, attribute)
            if isinstance(found, typer.Typer):
                app.add_typer(found, name=named)
            else:
                app.command(name, epilog=getattr(module, "EPILOG", None))(found)
        elif not alone:
            app.command(name, help=help_text)(_placeholder)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Import without the cyclic collector: nearly all of 300,000 objects stay, and it would walk them again and again.

    It never does: a start takes a third of a second less.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _placeholder() -> None:
    """Do nothing: stand in for a command of which only the name and the help text are needed."""


def _state_folder() -> Path:
    from settings import env  # noqa: PLC0415  reading the settings is not needed for --help

    return env.state_folder(os.environ)


def main() -> None:
    """Run `wirewatch`. Exit codes: 0 success, 1 failure, 2 usage error or an invalid watch file.

    A command ended by a signal, or a service ended by one during its start, exits with 128 plus the signal number.
    """
    try:
        interrupt_on_signals()
        set_umask(_state_folder)
        with _uncollected():
            mount(sys.argv[1:], os.environ)
        app()
    except ConfigError as error:
        for problem in error.problems:
            typer.echo(f"{error.subject}: {problem}", err=True)
        sys.exit(2)
    except WirewatchError as error:
        typer.echo(f"{error}", err=True)
        sys.exit(1)
    except ValueError as error:  # from the settings, about an environment variable; anything else is a bug
        if not str(error).startswith("WIREWATCH_"):
            raise
        typer.echo(str(error), err=True)
        sys.exit(2)
    except Interrupted as error:
        typer.echo(f"Stopped by {error.name}.", err=True)
        raise
