"""`wirewatch rules try`: match a text against a query, or many pairs as JSON Lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from crawler.cli.rules.common import compiled, highlighted, spec_of, watch_or_none
from crawler.cli.watchfile import DEFAULT, Json, WatchFile
from crawler.errors import RuleError
from crawler.items import Article, Hit
from crawler.rules import Rule, RuleSpec, compile_rule, excerpts, match_text
from crawler.rules.language.spec import Lists
from crawler.rules.match.document import Document
from crawler.rules.match.matcher import accepts_language, hit_of

MAX_CHARS = 5_000_000  # of a text on standard input, or a line of a batch
CACHED_RULES = 20_000
CACHED_TEXTS = 64  # rows about the same text are often adjacent
_TEXTS = ("query", "title", "text", "language", "site")

EPILOG = """Examples:

  echo "Rockets hit the green zone" | wirewatch rules try '"green zone" AND rocket*'

  wirewatch rules try us-in-iraq --title "Rockets in Baghdad" < article.txt

  wirewatch rules try --batch rows.jsonl    rows of {id, query, title, text, language?, site?}; - is standard input
"""


def try_rule(
    query: Annotated[str | None, typer.Argument(help="A query, or the id of a rule in the watch file.")] = None,
    title: Annotated[str, typer.Option("--title", help="Headline of the text.")] = "",
    language: Annotated[str, typer.Option("--language", "-l", help="Language code of the text, such as en.")] = "",
    site: Annotated[str, typer.Option("--site", help="Site of the text, such as bbc.co.uk.")] = "",
    batch: Annotated[Path | None, typer.Option("--batch", help="A file of rows to test; - is standard input.")] = None,
    as_json: Json = False,
    watch: WatchFile = DEFAULT,
) -> None:
    """Show whether and where a query matches the text on standard input. Exits with 0 or 1; 2 for a mistake."""
    lists = tuple(known.lists.items()) if (known := watch_or_none(watch)) else ()
    if batch is not None:
        _run_batch(batch, lists)
        return
    if query is None:
        raise typer.BadParameter("expected a QUERY or --batch FILE")
    rule = compiled(spec_of(query, known))
    text = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read(MAX_CHARS)
    hit = match_text(rule, title, text, language, site)
    if as_json:
        typer.echo(json.dumps({"match": hit is not None, "spans": _spans(hit)}))
    else:
        _show(hit, title, text)
    raise typer.Exit(0 if hit else 1)


def _show(hit: Hit | None, title: str, text: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if hit is None:
        console.print("No match.")
        return
    count = len(hit.spans)
    console.print(f"Matches{f' in {count} place' + 's' * (count > 1) if count else ''}.")
    for excerpt in excerpts(Article(url="", title=title, text=text), hit, limit=10):
        console.print(Text("  ") + highlighted(excerpt))


def _spans(hit: Hit | None) -> list[list[object]]:
    return [[span.field, span.start, span.end] for span in hit.spans] if hit else []


def _run_batch(path: Path, lists: Lists) -> None:
    try:
        source = sys.stdin.buffer if str(path) == "-" else path.open("rb")
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read: {error.strerror}") from error
    with source:
        for answer in answers(iter(lambda: source.readline(MAX_CHARS), b""), lists):
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")


def answers(lines: Iterable[bytes], lists: Lists) -> Iterator[dict[str, Any]]:
    """Yield a result per non-empty line: {id, match, spans}, or {id, error, column} (column 0: the row is invalid)."""
    rule_of = lru_cache(CACHED_RULES)(_compile)
    document_of = lru_cache(CACHED_TEXTS)(_document)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row = _row(line)
        if isinstance(row, str):
            yield {"id": None, "error": f"line {number}: {row}", "column": 0}
            continue
        texts = {name: row.get(name) or "" for name in _TEXTS}
        wrong = [name for name, value in texts.items() if not isinstance(value, str)]
        if wrong:
            yield {"id": row.get("id"), "error": f"{wrong[0]} is not a string", "column": 0}
            continue
        try:
            rule = rule_of(texts.pop("query"), lists)
        except RuleError as error:
            fix = {"fix": error.fix} if error.fix else {}
            yield {"id": row.get("id"), "error": error.message, "column": error.column} | fix
            continue
        document = document_of(**texts)
        hit = hit_of(rule, document) if accepts_language(rule, document) else None
        yield {"id": row.get("id"), "match": hit is not None, "spans": _spans(hit)}


def _row(line: bytes) -> dict[str, Any] | str:
    """Return the row of a line, or its error."""
    if len(line) >= MAX_CHARS:
        return f"more than {MAX_CHARS:,} bytes"
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"invalid JSON: {error}"
    return row if isinstance(row, dict) else "not a JSON object"


def _compile(query: str, lists: Lists) -> Rule:
    return compile_rule(RuleSpec("query", query, lists=lists))


def _document(title: str, text: str, language: str, site: str) -> Document:
    return Document(Article(url=f"https://{site}/" if site else "", title=title, text=text, language=language))
