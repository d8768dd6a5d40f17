"""`wirewatch sources add`: preview an address and add it to the watch file."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from crawler.cli.check import show_problems
from crawler.cli.watchfile import DEFAULT, Json, WatchFile, console, loaded
from crawler.config import Crawl, Watch, add_source, write_new
from crawler.config.cron import read_cron
from crawler.config.invalid_value import InvalidValue
from crawler.config.kinds import ADAPTIVE, read_duration, read_id, read_zone
from crawler.config.sources import KINDS
from crawler.errors import ConfigError, FetchError
from crawler.text.shown import clean

if TYPE_CHECKING:
    from crawler.usecases.preview import Preview

ADD_EPILOG = """Examples:

  wirewatch sources add bbc.co.uk --tag world

  wirewatch sources add https://feeds.bbci.co.uk/news/world/rss.xml --id bbc-world --every 10m

  wirewatch sources add intranet.example.org --private

  wirewatch sources add https://example.org/notices --kind page     without fetching it first
"""


def _reader(read: Callable[[str], object]) -> Callable[[str], str]:
    """Return an option parser that validates with a parser of the watch file."""

    def parse(text: str) -> str:
        try:
            read(text)
        except InvalidValue as mistake:
            raise typer.BadParameter(str(mistake)) from None
        return text

    return parse


def _every(text: str) -> object:
    return text if text == ADAPTIVE else read_duration(text)


def confirm(warning: str) -> None:
    """Ask whether to go on in spite of a warning; exit with 1 if not, or if there is no terminal to ask on."""
    if not warning:
        return
    typer.echo(warning, err=True)
    if not sys.stdin.isatty():
        typer.echo("Nothing was saved. Add --yes to crawl it this often.", err=True)
        raise typer.Exit(1)
    if not typer.confirm("Crawl it this often?", err=True):
        raise typer.Exit(1)


def _kind(text: str) -> str:
    if text not in KINDS:
        raise InvalidValue("not a source type", f"write {', '.join(KINDS)}")
    return text


SourceId = Annotated[
    str | None,
    typer.Option("--id", parser=_reader(read_id), metavar="ID", help="Id of the source; generated if omitted."),
]
Name = Annotated[str | None, typer.Option(help="Name of the source. [default: the title of its site or feed]")]
Interval = Annotated[
    str | None,
    typer.Option(parser=_reader(_every), metavar="DURATION", help="Interval between crawls: 10m, or adaptive."),
]
CronLine = Annotated[
    str | None, typer.Option(parser=_reader(read_cron), metavar="CRON", help="Fixed times, such as '0 7 * * *'.")
]
TimeZone = Annotated[str | None, typer.Option(parser=_reader(read_zone), metavar="ZONE", help="Time zone of --cron.")]
Tags = Annotated[list[str] | None, typer.Option(parser=_reader(read_id), metavar="TAG", help="Tag; repeatable.")]
KindOfSource = Annotated[
    str | None, typer.Option(parser=_reader(_kind), metavar="KIND", help=f"{', '.join(KINDS)}; skips detection.")
]
Private = Annotated[bool, typer.Option("--private", help="Allow a host on a private network (private: true).")]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Crawl a public site more than once a minute without a question.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the entry; do not write it.")]


def add(  # noqa: PLR0917  the options of one command
    address: Annotated[
        str, typer.Argument(metavar="URL", help="URL of a feed, sitemap or page, or a domain such as bbc.com.")
    ],
    source_id: SourceId = None,
    name: Name = None,
    every: Interval = None,
    cron: CronLine = None,
    timezone: TimeZone = None,
    tag: Tags = None,
    kind: KindOfSource = None,
    private: Private = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    watch: WatchFile = DEFAULT,
) -> None:
    """Preview an address, explain what it is, and add it to the watch file.

    A domain is explored: its feeds, news sitemaps and sections. robots.txt and its pauses are obeyed.
    """
    from crawler.usecases.sources.entries import entry_for, interval_warning  # noqa: PLC0415  takes a while to import

    known = loaded(watch) if watch.exists() else Watch()
    try:
        found = _previewed(address, kind, known.defaults, private=private, quiet=as_json)
        choices = {"every": every or "", "cron": cron or "", "timezone": timezone or ""}
        entry = entry_for(found, known, source_id=source_id or "", name=name, tags=tag or [], **choices)
        if not (yes or dry_run):
            confirm(interval_warning(entry, known))
        if not dry_run:
            _write(watch, entry)
    except FetchError as error:
        typer.echo(clean(str(error)), err=True)
        raise typer.Exit(1) from error
    except ConfigError as error:
        show_problems(error, watch)
        raise typer.Exit(1) from error
    _report(found, entry, watch, added=not dry_run, as_json=as_json)


def _report(found: Preview, entry: dict[str, object], watch: Path, *, added: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"source": entry, "why": found.why, "added": added, "watch": str(watch)}))
    else:
        _print(found, entry, f"Added to {watch}:" if added else f"Would be added to {watch}:")


def _previewed(address: str, kind: str | None, defaults: Crawl, *, private: bool, quiet: bool) -> Preview:
    """Return a preview of the address, fetched with the delay and user agent of the defaults unless `kind` is set.

    Raises FetchError.
    """
    from crawler.service.worker.project import project_settings  # noqa: PLC0415  as above
    from crawler.usecases.preview import Preview, inside, preview, probe_for, web_url  # noqa: PLC0415  as above
    from crawler.usecases.probe import in_reactor, redis_of  # noqa: PLC0415  as above

    if kind:
        return Preview(kind, web_url(address), "", ("set by --kind",), private=private)
    progress = Console(stderr=True, highlight=False, soft_wrap=True)

    def show_request(url: str) -> None:
        if not quiet:
            progress.print(Text(clean(f"fetching {url}"), "dim"))

    async def run() -> Preview:
        may = inside(address, private=private)
        async with probe_for(defaults, may, redis_of(project_settings())) as probe:
            return replace(await preview(probe, address, datetime.now(UTC), show_request), private=private)

    return in_reactor(run())


def _write(path: Path, entry: dict[str, object]) -> None:
    if not path.exists():
        write_new(path, "sources: []\n")
    add_source(path, entry)


def _print(found: Preview, entry: dict[str, object], heading: str) -> None:
    out = console()
    title = f" ({clean(found.title)})" if found.title else ""
    out.print(Text(clean(f"{found.url} is a {found.kind}{title}:"), "bold"))
    for line in found.why:
        out.print(Text("  " + clean(line), "dim" if line.startswith("not ") else ""))
    out.print(Text(heading, "bold"))
    for key, value in entry.items():
        shown = f"[{', '.join(map(str, value))}]" if isinstance(value, list) else value
        out.print(Text("  " + clean(f"{key}: {shown}"), "green"))
