"""Printing articles in local time: a table on a terminal, plain lines elsewhere, one article in full.

All text is cleaned of control characters.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.archive import ArticleRow, StoryRow
from crawler.schedule.revisit_plan import entries
from crawler.text.shown import clean

READING_WIDTH = 88  # columns
_COLUMNS = (  # name, maximum share of the terminal's width (0: the rest), style
    ("id", 1 / 5, "dim"),
    ("found", 1 / 5, ""),
    ("source", 1 / 6, ""),
    ("headline", 0, ""),
    ("rules", 1 / 5, "yellow"),
)


def print_list(console: Console, rows: Iterable[ArticleRow], now: datetime) -> int:
    """Print a table of articles, or tab-separated lines if the output is not a terminal; return their number."""
    if not console.is_terminal:
        total = 0
        for total, row in enumerate(rows, start=1):  # noqa: B007 - counts
            typer.echo(plain_line(row))
        return total
    lines = [_cells(row, now) for row in rows]
    if lines:
        console.print(_table(lines, console.width))
    return len(lines)


def _cells(row: ArticleRow, now: datetime) -> list[Text]:
    rules = ", ".join(map(clean, row.rules))
    texts = (str(row.id), clock(row.article.found, now), clean(row.article.source), headline(row), rules)
    return [Text(text) for text in texts]


def _table(lines: list[list[Text]], width: int) -> Table:
    """Return the table; the headline gets the remaining width, because Rich would shrink all columns alike."""
    widths = [max(len(name), *(line[at].cell_len for line in lines)) for at, (name, _, _) in enumerate(_COLUMNS)]
    widths = [min(wide, int(share * width)) for wide, (_, share, _) in zip(widths, _COLUMNS, strict=True)]
    rest = width - sum(widths) - 2 * len(widths)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for (name, _, style), wide in zip(_COLUMNS, widths, strict=True):
        shown = wide or max(rest, 20)
        align: Literal["left", "right"] = "right" if name == "id" else "left"
        table.add_column(name, width=shown, style=style, justify=align, no_wrap=True, overflow="ellipsis")
    for line in lines:
        table.add_row(*line)
    return table


def plain_line(row: ArticleRow) -> str:
    """Return the id, time found, source, headline, link and rules, separated by tabs."""
    article = row.article
    found = article.found.astimezone().isoformat(timespec="seconds") if article.found else ""
    fields = (str(row.id), found, article.source, headline(row), article.url, ",".join(row.rules))
    return "\t".join(clean(field) for field in fields)


def tail_line(row: ArticleRow) -> Text:
    """Return an article as one line of a log."""
    article = row.article
    time = f"{article.found.astimezone():%H:%M:%S}" if article.found else ""
    line = Text.assemble((time, "dim"), "  ", (clean(article.source), "cyan"), "  ", headline(row))
    if row.rules:
        line.append(f"  [{', '.join(map(clean, row.rules))}]", "yellow")
    return line.append(f"  {clean(article.url)}", "dim")


def print_article(console: Console, row: ArticleRow) -> None:
    """Print an article in full: headline, metadata, link, paragraphs."""
    width = min(console.width, READING_WIDTH) if console.is_terminal else None
    soft = width is None
    console.print(Text(headline(row), "bold"), width=width, soft_wrap=soft)
    for name, value in _facts(row):
        console.print(Text.assemble((f"{name:<11}", "dim"), value), width=width, soft_wrap=soft)
    for paragraph in _paragraphs(row):
        console.print()
        console.print(paragraph, width=width, soft_wrap=soft)


def print_history(console: Console, row: ArticleRow, story: StoryRow | None, removed: datetime | None) -> None:
    """Print the removal of an article, the other outlets that carry it, and the entries of a live blog."""
    if removed is not None:
        console.print(f"\nRemoved by the publisher: found permanently gone at {local_time(removed)}", style="bold red")
    if story is not None and story.copies > 1:
        more = f"{story.copies} articles from {story.sites} outlets: wirewatch stories show {story.id}"
        console.print(f"\nstory {story.id}: {more}", style="dim")
    updates = entries(row.article)
    if updates:
        console.print(f"\nlive blog with {len(updates)} entries:", style="dim")
    for entry in updates:
        console.print(f"  {clean(entry.heading)}", style="dim", soft_wrap=True)


def clock(time: datetime | None, now: datetime) -> str:
    """Return the shortest unambiguous local time: 08:15, 21 Nov 08:15 or 2025-11-21."""
    if time is None:
        return ""
    local = time.astimezone()
    if local.date() == now.astimezone().date():
        return f"{local:%H:%M}"
    return f"{local:%d %b %H:%M}" if local.year == now.astimezone().year else f"{local:%Y-%m-%d}"


def headline(row: ArticleRow) -> str:
    """Return the headline, or "(no headline)"."""
    return clean(row.article.title) or "(no headline)"


def _facts(row: ArticleRow) -> list[tuple[str, str]]:
    article = row.article
    uncertain = " (uncertain)" if article.published_uncertain else ""
    facts = [
        ("source", article.source),
        ("by", ", ".join(article.authors)),
        ("agency", article.agency),
        ("published", local_time(article.published) + uncertain if article.published else ""),
        ("modified", local_time(article.modified)),
        ("found", local_time(article.found)),
        ("language", article.language),
        ("tags", ", ".join(article.tags)),
        ("rules", ", ".join(row.rules)),
        ("link", article.url),
        ("id", str(row.id)),
    ]
    return [(name, clean(value)) for name, value in facts if value]


def local_time(time: datetime | None) -> str:
    """Return a time in full, in local time; "" for None."""
    return f"{time.astimezone():%Y-%m-%d %H:%M %Z}" if time else ""


def _paragraphs(row: ArticleRow) -> list[Text]:
    article = row.article
    lead = [Text(clean(article.lead), "italic")] if article.lead and article.lead not in article.text else []
    lines = (clean(line) for line in article.text.splitlines())
    return lead + [Text(line) for line in lines if line]
