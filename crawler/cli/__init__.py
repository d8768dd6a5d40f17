"""The command line. Each command is a module; this one mounts them and turns failures into one clear line."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from crawler.cli.ending import Interrupted, interrupt_on_signals
from crawler.errors import ConfigError, WirewatchError
from crawler.private import set_umask

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


# name -> (module, its attribute: a command, or `app` with commands of its own, what --help says of it). In the order
# of --help, which so imports none of them; a test compares with what the modules say.
COMMANDS = {
    "run": ("run", "run", "Crawl on schedule, store new articles, send alerts, serve the web page. Ctrl-C stops it."),
    "web": ("web", "web", "Serve the web page: what is new, search, articles, stories. `wirewatch run` does so too."),
    "scheduler": (
        "roles",
        "scheduler",
        "Decide when each source is due, and hand the crawls to workers. Several may run: one leads, the others wait.",
    ),
    "worker": ("roles", "worker", "Crawl what is due. As many workers as there is work, on as many machines."),
    "deliver": ("roles", "deliver", "Send the alerts. Several may run: one plans the messages, all send them."),
    "crawl": ("crawl", "crawl", "Crawl one source now: by the running service, or here where none runs."),
    "try": (
        "try_page",
        "try_page",
        "Show what one page gives: the article, what of the page is not in it, where each field came from, rule hits.",
    ),
    "check": (
        "check",
        "check",
        "Read the watch file and tell every mistake at once, each with its line and what would be right.",
    ),
    "sources": ("sources", "app", "List, add, remove, import and export what is watched; how each source fares."),
    "items": ("items", "app", "The scraped articles: list, read, follow and export them."),
    "stories": ("stories", "app", "Stories: one report, however many outlets carry it."),
    "rules": ("rules", "app", "Rules: check, explain and try them, on a text or on the archive."),
    "alerts": ("alerts", "app", "Alerts: what was found and told, dead deliveries, silences."),
    "channels": ("channels", "app", "Channels: where alerts go, how that fares, and a test message."),
    "runs": ("runs", "app", "List the latest crawls, the newest first: what each found, and what failed."),
    "quarantine": ("quarantine", "app", "Pages in quarantine: reading them failed badly, three times."),
    "report": ("report", "app", "Figures about the service."),
    "tokens": ("tokens", "app", "Tokens for the API and for feed readers."),
    "archive": ("archive", "app", "The archive: what it holds, what is kept, backups."),
    "reextract": (
        "reextract",
        "reextract",
        "Read kept pages again with today's extractor, and correct the articles that come out otherwise.",
    ),
    "state": ("state", "app", "What Redis keeps: all of it can be rebuilt from the archive."),
    "demo": (
        "demo",
        "demo",
        "Serve the demo newspaper on this computer: three outlets that publish, edit and withdraw articles.",
    ),
}
FORMER = {"pages": "quarantine"}  # commands by their names before 0.1, which --help does not list
COMPLETING = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")  # variables in which shells hand over what was typed


def mount(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
    """Mounts the command that `argv` (without the program) begins with, else all: only the one named is imported.

    `environ`: where a shell asks how a line may go on, it stands there.
    """
    typed = next((text for name in COMPLETING if (text := (environ or {}).get(name, ""))), "")
    words = typed.split()[1:] or argv
    named = next((word for word in words if not word.startswith("-")), "")
    alone = not typed and FORMER.get(named, named) in COMMANDS and words[0] == named
    for name, (module_name, attribute, said) in COMMANDS.items():
        if name == FORMER.get(named, named):
            module = import_module(f"crawler.cli.{module_name}")
            found = getattr(module, attribute)
            if isinstance(found, typer.Typer):
                app.add_typer(found, name=named)
            else:
                app.command(name, epilog=getattr(module, "EPILOG", None))(found)
        elif not alone:
            app.command(name, help=said)(_only_listed)


def _only_listed() -> None:
    """Stands for a command of which only the name and a line are asked for."""


def _state_folder() -> Path:
    from settings import env  # noqa: PLC0415  reading the settings is not needed for --help

    return env.state_folder(os.environ)


def main() -> None:
    """Entry point of `wirewatch`. Exit codes: 0 done, 1 failed, 2 wrong usage, or nothing to begin with.

    The latter: a service, or a crawl, whose watch file has a mistake. 128 and the number of the signal that ended it
    where that came before a service was open, or ended a command.
    """
    try:
        interrupt_on_signals()
        set_umask(_state_folder)
        mount(sys.argv[1:], os.environ)
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
    except Interrupted as error:
        typer.echo(f"Stopped by {error.name}.", err=True)
        raise
