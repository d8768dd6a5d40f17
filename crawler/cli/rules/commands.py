"""`wirewatch rules`: check, explain and test rules before they notify anyone."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.cli.items.options import open_archive, since_of
from crawler.cli.rules.backtest import EPILOG as TEST_EPILOG
from crawler.cli.rules.backtest import backtest
from crawler.cli.rules.common import compiled, spec_of, watch_or_none
from crawler.cli.rules.missed import EPILOG as MISSED_EPILOG
from crawler.cli.rules.missed import missed
from crawler.cli.rules.trying import EPILOG as TRY_EPILOG
from crawler.cli.rules.trying import try_rule
from crawler.cli.watchfile import DEFAULT, Json, WatchFile, console, loaded
from crawler.rules import Rule, RuleSpec, check_examples, explain
from crawler.rules.spellings import Spelling
from crawler.text.shown import clean
from crawler.usecases.spellings import spellings

app = typer.Typer(help="Check and explain rules, and test them on a text or on the archive.", no_args_is_help=True)
app.command("try", epilog=TRY_EPILOG)(try_rule)
app.command("test", epilog=TEST_EPILOG)(backtest)
app.command("missed", epilog=MISSED_EPILOG)(missed)

QueryOrId = Annotated[str, typer.Argument(metavar="QUERY", help="A query, or the id of a rule in the watch file.")]


@app.command()
def check(
    query: Annotated[str | None, typer.Argument(help="A query. [default: every rule in the watch file]")] = None,
    as_json: Json = False,
    watch: WatchFile = DEFAULT,
) -> None:
    """Check rules and explain what they match. Exits with 1 for a mistake in the file, with 2 for one in QUERY."""
    if query is not None:
        specs = [spec_of(query, watch_or_none(watch))]
    else:
        found = loaded(watch)
        specs = [rule.spec(found.lists) for rule in found.rules]
    rules = [compiled(spec) for spec in specs]
    if as_json:
        typer.echo(json.dumps([_rule_json(rule) for rule in rules], ensure_ascii=False))
        return
    out = console()
    for rule in rules:
        examples = len(rule.spec.examples_match) + len(rule.spec.examples_not)
        passed = f"  {examples} example{'s' * (examples > 1)} passed" if examples else ""
        out.print(Text.assemble(("✓ ", "green"), (clean(rule.id), "bold"), (passed, "dim")))
        out.print(Text(f"  {clean(explain(rule))}"))
    if not rules:
        out.print(f"{watch} has no rules yet.")


@app.command("explain")
def explain_rule(query: QueryOrId, as_json: Json = False, watch: WatchFile = DEFAULT) -> None:
    """Explain in plain English when a rule matches."""
    rule = compiled(spec_of(query, watch_or_none(watch)))
    if as_json:
        typer.echo(json.dumps(_rule_json(rule), ensure_ascii=False))
    else:
        console().print(Text(clean(explain(rule))))


@app.command("suggest")
def suggest_spellings(
    term: Annotated[str, typer.Argument(help="A name or word, such as Kadhimi.")],
    since: Annotated[
        str, typer.Option(metavar="WHEN", help="Search articles found since: 7d, 30d, 2026-11-01.")
    ] = "30d",
    as_json: Json = False,
) -> None:
    """List spellings of a name in the archive, most frequent first, ready for `lists`."""
    now = datetime.now(UTC)
    with open_archive() as archive:
        found, searched = spellings(archive, term, since_of(since, now))
    if as_json:
        rows = {word: [{"word": s.word, "articles": s.count, "edits": s.edits} for s in rest] for word, rest in found}
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    out = Console(highlight=False)
    for word, likely in found:
        _print_spellings(out, word, likely, searched)


def _print_spellings(out: Console, word: str, likely: list[Spelling], searched: int) -> None:
    if not likely:
        out.print(Text(f"No spellings similar to {clean(word)} in the {searched:,} newest articles."))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("spelling")
    table.add_column("articles", justify="right")
    table.add_column("edits", justify="right")
    for one in likely:
        table.add_row(Text(clean(one.word), "bold" if not one.edits else ""), f"{one.count:,}", str(one.edits))
    out.print(table)
    name = re.sub(r"[^a-z0-9]+", "-", word.casefold()).strip("-") or "spellings"
    out.print(Text(f"\nlists: {{{name}: [{', '.join(clean(one.word) for one in likely)}]}}", "dim"))


def _rule_json(rule: Rule) -> dict[str, Any]:
    spec: RuleSpec = rule.spec
    return {
        "id": rule.id,
        "query": spec.query,
        "version": rule.version,
        "explanation": explain(rule),
        "failed_examples": [str(failure) for failure in check_examples(rule)],
    }
