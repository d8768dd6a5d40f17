"""`wirewatch try`: preview what is extracted from one page."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from crawler.config import Watch, load_watch
from crawler.dedupe.urls import registered_domain
from crawler.extract import Hints, Overrides, clean_text, examine, validate_overrides
from crawler.extract.body.omitted import REASON
from crawler.items import Extraction
from crawler.networks import host_of
from crawler.rules import Matcher, compile_rule, excerpts
from crawler.service.worker.project import project_settings
from crawler.text.shown import clean
from crawler.usecases.page_inspection import hints_for
from crawler.usecases.probe import Probe

EPILOG = """Examples:

  wirewatch try https://www.bbc.co.uk/news/articles/c1234

  wirewatch try page.html --url https://example.org/news/1 --json

  wirewatch try https://example.org/news/1 --select div.story --remove .related

  wirewatch try --text raw.txt
"""
_WATCH_HELP = "Watch file; its rules and source settings are applied to the page."


def try_page(  # noqa: PLR0917  Typer's shape: one argument for each option
    page: Annotated[str, typer.Argument(help="A URL, or a file with HTML.")] = "",
    text: Annotated[Path | None, typer.Option("--text", help="A file with raw text, including boilerplate.")] = None,
    url: Annotated[str, typer.Option("--url", help="URL of the page in the file.")] = "",
    select: Annotated[list[str] | None, typer.Option(help="CSS or XPath of the element with the article.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="CSS or XPath of elements to remove first.")] = None,
    title: Annotated[list[str] | None, typer.Option(help="CSS or XPath of the headline.")] = None,
    date: Annotated[list[str] | None, typer.Option(help="CSS or XPath of the date.")] = None,
    watch: Annotated[Path, typer.Option("--watch", "-w", envvar="WIREWATCH_WATCH", help=_WATCH_HELP)] = Path(
        "watch.yaml"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Preview one page: the article, the text left out, the origin of each field, and matching rules.

    The exit code is 1 if the page is not an article.
    """
    if bool(page) == bool(text):
        raise typer.BadParameter("expected a URL, a file or --text FILE")
    loaded = load_watch(watch, os.environ) if watch.exists() else Watch()
    overrides = _overrides(select, remove, title, date)
    if text is not None:
        extraction = clean_text(_read(text).decode("utf-8", "replace"), Hints(now=datetime.now(UTC)))
    else:
        body, where, content_type = asyncio.run(_fetch(page)) if "://" in page else (_read(Path(page)), url, "")
        extraction = examine(body, where, _hints(loaded, where, content_type, overrides))
    report = _report(extraction, loaded)
    if as_json:
        typer.echo(json.dumps(report, default=str, ensure_ascii=False, indent=2))
    else:
        _print(Console(highlight=False), extraction, report)
    raise typer.Exit(int(extraction.article is None))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}") from error


def _overrides(
    select: list[str] | None, remove: list[str] | None, title: list[str] | None, date: list[str] | None
) -> Overrides | None:
    selectors = [tuple(some or ()) for some in (select, remove, title, date)]
    overrides = Overrides(*selectors)
    try:
        validate_overrides(overrides)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    return overrides if any(selectors) else None


async def _fetch(url: str) -> tuple[bytes, str, str]:
    """Return the body, the final URL and the Content-Type of a page, on a private network too: the user named it."""
    async with Probe(project_settings()["USER_AGENT"], inside=(host_of(url),)) as probe:
        answer = await probe.get(url)
    return answer.body, answer.url, answer.content_type


def _hints(watch: Watch, url: str, content_type: str, overrides: Overrides | None) -> Hints:
    """Return the hints of the source that this page belongs to, if the watch file has one."""
    own = (source for source in watch.sources if url and registered_domain(source.url) == registered_domain(url))
    return hints_for(next(own, None), content_type, datetime.now(UTC), overrides=overrides)


def _print_removed(console: Console, extraction: Extraction) -> None:
    removed = [block for block in extraction.removed if block.reason != REASON]
    others = [block for block in extraction.removed if block.reason == REASON]
    for heading, blocks in (("Removed boilerplate", removed), ("Also left out", others)):
        if blocks:
            console.print(f"\n[bold]{heading}[/bold] ({len(blocks)} blocks)")
        for block in blocks:
            reason = "" if block.reason == REASON else f"  [dim]{escape(block.reason)}[/dim]"
            console.print(f"  [red]-[/red] {escape(clean(block.text)[:100])}{reason}")


def _report(extraction: Extraction, watch: Watch) -> dict[str, object]:
    article = extraction.article
    matcher = Matcher([compile_rule(rule.spec(watch.lists)) for rule in watch.rules])
    hits = matcher.match(article) if article else []
    return {
        "article": asdict(article) if article else None,
        "reason": extraction.reason,
        "found_in": dict(extraction.found_in),
        "removed": [asdict(block) for block in extraction.removed],
        "next_page": extraction.next_page,
        "hits": [{"rule": hit.rule, "excerpts": excerpts(article, hit)} for hit in hits] if article else [],
    }


def _print(console: Console, extraction: Extraction, report: dict[str, object]) -> None:
    article = extraction.article
    if article is None:
        console.print(f"[red]Not an article:[/red] {escape(extraction.reason)}")
    else:
        console.print(f"[bold]{escape(clean(article.title))}[/bold]\n")
        found_in = dict(extraction.found_in)
        facts = asdict(article)
        for name in ("authors", "agency", "published", "modified", "language", "section", "tags", "image", "captions"):
            value = facts[name]
            if value:
                shown = ", ".join(value) if isinstance(value, tuple) else str(value)
                where = found_in.get(name) or facts.get(f"{name}_from") or ""
                guess = "  (uncertain)" if name == "published" and article.published_uncertain else ""
                source = f"  [dim]{escape(where)}[/dim]" if where else ""
                console.print(f"  {name:10} {escape(clean(shown))}{guess}{source}")
        flags = [name for name in ("paywalled", "live") if facts[name]]
        console.print(f"  {'words':10} {article.word_count}  {' '.join(flags)}\n")
        for paragraph in article.text.split("\n"):
            console.print(escape(clean(paragraph)))
    _print_removed(console, extraction)
    for hit in report["hits"] if isinstance(report["hits"], list) else []:
        console.print(f"\n[yellow]Rule {escape(hit['rule'])} matches[/yellow]")
        for excerpt in hit["excerpts"]:
            console.print(f"  {escape(clean(excerpt))}")
