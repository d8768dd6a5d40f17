"""`wirewatch check`: report every mistake in the watch file with its location and a fix."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from crawler.config import Watch, json_schema, load_watch
from crawler.config.file.frame import frame
from crawler.config.file.load import read_text
from crawler.config.file.places import read_yaml
from crawler.config.file.secrets import is_exposed, secrets_path
from crawler.errors import ConfigError

EPILOG = """Examples:

  wirewatch check                         the file set by --watch or WIREWATCH_WATCH, or watch.yaml

  wirewatch check desk.yaml --json        for programs

  wirewatch check --schema > watch.schema.json    for editors
"""


def check(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The watch file.", show_default="watch.yaml")
    ] = None,
    watch: Annotated[
        Path, typer.Option("--watch", "-w", envvar="WIREWATCH_WATCH", help="The watch file, if FILE is omitted.")
    ] = Path("watch.yaml"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of the watch file and exit.")] = False,
) -> None:
    """Check the watch file. Every mistake is reported with its line, column and a fix.

    The exit code is 1 if there are mistakes. Nothing is fetched or sent; only the host names of channels are resolved.
    """
    if schema:
        typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
        return
    path = file or watch
    try:
        loaded = load_watch(path, os.environ)
        check_channels(path, loaded)
    except ConfigError as error:
        if as_json:
            typer.echo(json.dumps(_problems_json(path, error), ensure_ascii=False))
        else:
            show_problems(error, path)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps({"file": str(path), "ok": True, "problems": [], **_counts(loaded)}, ensure_ascii=False))
    else:
        Console(highlight=False).print(_summary(path, loaded), soft_wrap=True)
    if is_exposed(path):
        Console(stderr=True).print(f"Other users can read {secrets_path(path)}: run chmod 600 on it.", style="yellow")


def check_channels(path: Path, watch: Watch) -> None:
    """Raise ConfigError for channels whose deliveries would be held: an invalid URL or template, a private network."""
    from crawler.usecases.channels.checking import faults_of  # noqa: PLC0415  Apprise takes a second to import

    faults = faults_of(watch.channels)
    if not faults:
        return
    document = read_yaml(read_text(path), subject=str(path))
    for index, channel in enumerate(watch.channels):
        for fault in faults.get(channel.id, ()):
            document.report(("channels", index, fault.key), fault.found, fault.fix)
    raise ConfigError(tuple(document.problems), subject=str(path))


def show_problems(error: ConfigError, path: Path) -> None:
    """Print the mistakes in `path` to standard error: the location, the line with a caret, and a fix."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        text = read_text(path)
    except ConfigError:
        text = ""
    for problem in error.problems:
        place = f":{problem.line}:{problem.column}" if problem.line else ""
        console.print(Text(f"{path}{place}: ", "bold") + Text(problem.found, "red"))
        if shown := frame(text, problem):
            line, offset = shown
            console.print(Text(f"{problem.line:>5} | ", "dim") + Text(line))
            console.print(Text("      | ", "dim") + Text(" " * cell_len(line[:offset]) + "^", "bold red"))
        if problem.fix:
            console.print(Text("        " + problem.fix, "green"))
    count = sum(problem.line > 0 for problem in error.problems)
    if count:
        console.print(Text(f"{count} mistake{'s' * (count > 1)} in {path}", "bold"))


def _problems_json(path: Path, error: ConfigError) -> dict[str, Any]:
    problems = [{"line": p.line, "column": p.column, "found": p.found, "fix": p.fix} for p in error.problems]
    return {"file": str(path), "ok": False, "problems": problems}


def _counts(watch: Watch) -> dict[str, int]:
    return {name: len(getattr(watch, name)) for name in ("sources", "rules", "channels", "feeds")}


def _summary(path: Path, watch: Watch) -> str:
    """Return the contents of a valid file in two or three lines."""
    kinds = Counter(source.kind for source in watch.sources)
    paused = sum(source.paused for source in watch.sources)
    by_kind = ", ".join(f"{count} by {kind}" for kind, count in kinds.most_common())
    counts = ", ".join(f"{count} {name if count != 1 else name[:-1]}" for name, count in _counts(watch).items())
    lines = [f"{path}: no mistakes. {counts}."]
    if watch.sources:
        lines.append(f"Sources: {by_kind}{f'; {paused} paused' if paused else ''}.")
    silent = [rule.id for rule in watch.rules if not rule.send]
    if silent:
        lines.append(f"Rules that notify no one (no `send`): {', '.join(silent)}.")
    return "\n".join(lines)
