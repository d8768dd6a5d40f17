"""Functions that rule commands share: rules from a query or the watch file, query errors, highlighted excerpts."""

from __future__ import annotations

import os
import re
from pathlib import Path

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from crawler.config import Watch, load_watch
from crawler.errors import ConfigError, RuleError
from crawler.rules import Rule, RuleSpec, compile_rule
from crawler.text.shown import clean

ADHOC = "query"  # the id of a rule that is not in the watch file
_HIT = re.compile(r"«([^«»]*)»")


def watch_or_none(path: Path) -> Watch | None:
    """Return the watch file, whose lists and rules a query can name; None, with a warning, if it has mistakes."""
    if not path.exists():
        return None
    try:
        return load_watch(path, os.environ)
    except ConfigError as error:
        count = len(error.problems)
        typer.echo(
            f"{path} has {count} mistake{'s' * (count > 1)} (run `wirewatch check`): its lists are ignored", err=True
        )
        return None


def spec_of(query: str, watch: Watch | None) -> RuleSpec:
    """Return the rule of the watch file with this id, otherwise a rule for this query with the file's lists."""
    lists = watch.lists if watch else {}
    for rule in watch.rules if watch else ():
        if rule.id == query:
            return rule.spec(lists)
    return RuleSpec(ADHOC, query, lists=tuple(lists.items()))


def compiled(spec: RuleSpec) -> Rule:
    """Compile a rule; print an error with its column and correction, and exit with 2."""
    try:
        return compile_rule(spec)
    except RuleError as error:
        show_query_error(error, spec.query)
        raise typer.Exit(2) from error


def show_query_error(error: RuleError, query: str) -> None:
    """Print a query error to standard error: the message, the query with a caret, and a correction."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text(clean(error.message), "red"))
    if query and "\n" not in query:
        console.print(Text("  ") + Text(query))
        console.print(Text("  " + " " * cell_len(query[: error.column - 1]) + "^", "bold red"))
    if error.fix:
        console.print(Text(f"  try: {clean(error.fix)}", "green"))


def highlighted(excerpt: str) -> Text:
    """Return an excerpt with its «hits» highlighted by style instead of guillemets."""
    text, at = Text(), 0
    for hit in _HIT.finditer(excerpt):
        text.append(clean_keeping_ends(excerpt[at : hit.start()]))
        text.append(clean_keeping_ends(hit[1]), "bold yellow")
        at = hit.end()
    return text.append(clean_keeping_ends(excerpt[at:]))


def clean_keeping_ends(text: str) -> str:
    """Return the text without control characters, keeping a space at each end."""
    head, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{' ' * bool(head)}{clean(text)}{' ' * bool(tail and text.strip())}"
