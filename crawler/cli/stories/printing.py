"""Printing stories, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.archive import ArticleRow, StoryRow
from crawler.archive.files.flat import rfc3339
from crawler.cli.items.printing import clock, headline
from crawler.dedupe.sketch import share
from crawler.text.shown import clean


def print_stories(console: Console, rows: Sequence[StoryRow], now: datetime) -> None:
    """Print a table on a terminal, tab-separated lines elsewhere."""
    if not console.is_terminal:
        for row in rows:
            print("\t".join(map(str, (row.id, rfc3339(row.last_seen), row.sites, row.copies, clean(row.title)))))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("id", "first seen", "last copy", "outlets", "copies"):
        table.add_column(name, no_wrap=True, justify="right" if name in {"id", "outlets", "copies"} else "left")
    table.add_column("headline", no_wrap=True, overflow="ellipsis")
    for row in rows:
        times = clock(row.first_seen, now), clock(row.last_seen, now)
        table.add_row(str(row.id), *times, str(row.sites), str(row.copies), Text(clean(row.title) or "(no headline)"))
    console.print(table)


def shares(story: StoryRow, copies: Iterable[ArticleRow]) -> list[tuple[ArticleRow, float]]:
    """Return each copy with the share of its text that is also in the main article of the story."""
    listed = list(copies)
    whole = next((row.article.text for row in listed if row.id == story.article_id), "")
    return [(row, share(row.article.text, whole)) for row in listed]


def print_story(console: Console, story: StoryRow, copies: Sequence[tuple[ArticleRow, float]], now: datetime) -> None:
    """Print a story: its outlets in order of appearance, and the share of the text that each has."""
    console.print(Text(clean(story.title) or "(no headline)", "bold"), soft_wrap=True)
    console.print(Text(f"story {story.id}: {story.copies} articles from {story.sites} outlets", "dim"))
    for row, part in copies:
        mark = "*" if row.id == story.article_id else " "
        facts = f"{mark} {clock(row.article.found, now):<13} {part:>4.0%}  {clean(row.article.source):<20} "
        line = Text.assemble(facts, headline(row), (f"  {clean(row.article.url)}", "dim"), (f"  [{row.id}]", "dim"))
        console.print(line, soft_wrap=True)
    console.print(
        Text("* represents the story. The percentage is the share of each text that also appears in it.", "dim")
    )


def story_json(story: StoryRow, copies: Iterable[tuple[ArticleRow, float]] = ()) -> dict[str, Any]:
    """Return a story for programs, with its copies in order of appearance if given."""
    found: dict[str, Any] = {
        "id": story.id,
        "key": story.key,
        "first_seen": rfc3339(story.first_seen),
        "last_seen": rfc3339(story.last_seen),
        "title": story.title,
        "article": story.article_id,
        "outlets": story.sites,
        "copies": story.copies,
    }
    listed = [
        {
            "article": row.id,
            "found": rfc3339(row.article.found) if row.article.found else None,
            "source": row.article.source,
            "url": row.article.url,
            "title": row.article.title,
            "share": round(part, 3),
        }
        for row, part in copies
    ]
    return found | ({"articles": listed} if listed else {})
