"""Articles for people, in local time: a table on a terminal, plain lines elsewhere, one article to read.

All text is made harmless.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from crawler.archive import ArticleRow
from crawler.cli.plain import clean

READING_WIDTH = 88  # columns


def print_list(console: Console, rows: Iterable[ArticleRow], now: datetime) -> int:
    """Print a table of articles, or one line of tab-separated fields for each where it is piped; how many."""
    if not console.is_terminal:
        total = 0
        for total, row in enumerate(rows, start=1):  # noqa: B007 - counts
            typer.echo(plain_line(row))
        return total
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("id", justify="right", style="dim")
    table.add_column("found", no_wrap=True)
    table.add_column("source", no_wrap=True, max_width=20, overflow="ellipsis")
    table.add_column("headline", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("rules", style="yellow", no_wrap=True, max_width=24, overflow="ellipsis")
    for row in rows:
        article = row.article
        cells = (clock(article.found, now), clean(article.source), headline(row), ", ".join(map(clean, row.rules)))
        table.add_row(str(row.id), *(Text(cell) for cell in cells))
    if table.row_count:
        console.print(table)
    return table.row_count


def plain_line(row: ArticleRow) -> str:
    """Id, time found, source, headline, link and rules, separated by tabs."""
    article = row.article
    found = article.found.astimezone().isoformat(timespec="seconds") if article.found else ""
    fields = (str(row.id), found, article.source, headline(row), article.url, ",".join(row.rules))
    return "\t".join(clean(field) for field in fields)


def tail_line(row: ArticleRow) -> Text:
    """One article as one line of a log."""
    article = row.article
    time = f"{article.found.astimezone():%H:%M:%S}" if article.found else ""
    line = Text.assemble((time, "dim"), "  ", (clean(article.source), "cyan"), "  ", headline(row))
    if row.rules:
        line.append(f"  [{', '.join(map(clean, row.rules))}]", "yellow")
    return line.append(f"  {clean(article.url)}", "dim")


def print_article(console: Console, row: ArticleRow) -> None:
    """Print one article to be read: headline, facts, link, paragraphs."""
    width = min(console.width, READING_WIDTH) if console.is_terminal else None
    soft = width is None
    console.print(Text(headline(row), "bold"), width=width, soft_wrap=soft)
    for name, value in _facts(row):
        console.print(Text.assemble((f"{name:<10}", "dim"), value), width=width, soft_wrap=soft)
    for paragraph in _paragraphs(row):
        console.print()
        console.print(Padding(paragraph, 0) if width else paragraph, width=width, soft_wrap=soft)


def clock(moment: datetime | None, now: datetime) -> str:
    """A time as short as it is clear: 08:15, or 21 Nov 08:15, or 2025-11-21."""
    if moment is None:
        return ""
    local = moment.astimezone()
    if local.date() == now.astimezone().date():
        return f"{local:%H:%M}"
    return f"{local:%d %b %H:%M}" if local.year == now.astimezone().year else f"{local:%Y-%m-%d}"


def headline(row: ArticleRow) -> str:
    """The headline, or a word for its absence."""
    return clean(row.article.title) or "(no headline)"


def _facts(row: ArticleRow) -> list[tuple[str, str]]:
    article = row.article
    uncertain = " (time zone uncertain)" if article.published_uncertain else ""
    facts = [
        ("source", article.source),
        ("by", ", ".join(article.authors)),
        ("agency", article.agency),
        ("published", _time(article.published) + uncertain if article.published else ""),
        ("modified", _time(article.modified)),
        ("found", _time(article.found)),
        ("language", article.language),
        ("tags", ", ".join(article.tags)),
        ("rules", ", ".join(row.rules)),
        ("link", article.url),
        ("id", str(row.id)),
    ]
    return [(name, clean(value)) for name, value in facts if value]


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M %Z}" if moment else ""


def _paragraphs(row: ArticleRow) -> list[Text]:
    article = row.article
    lead = [Text(clean(article.lead), "italic")] if article.lead and article.lead not in article.text else []
    lines = (clean(line) for line in article.text.splitlines())
    return lead + [Text(line) for line in lines if line]
