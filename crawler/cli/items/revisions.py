"""Printing the versions of an article and their word diffs, coloured on a terminal, with markers elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from rich.console import Console
from rich.text import Text

from crawler.archive import ArticleRow, Revision, StoryRow
from crawler.archive.files.flat import rfc3339
from crawler.archive.files.formats import jsonable
from crawler.cli.items.printing import READING_WIDTH, local_time
from crawler.dedupe.diff import Piece, diff
from crawler.schedule.revisit_plan import entries
from crawler.text.shown import clean

_STYLES = {"same": "", "removed": "strike red", "added": "green"}
_MARKS = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}  # as in `git diff --word-diff`


def print_revisions(console: Console, revisions: Sequence[Revision], removed: str, *, with_diff: bool) -> None:
    """Print the versions, oldest first; optionally with the diff from the previous one."""
    width = min(console.width, READING_WIDTH) if console.is_terminal else None
    if not revisions:
        console.print("\nNo changes found.", style="dim")
    for revision in revisions:
        console.print(_line(revision), width=width, soft_wrap=width is None)
        if with_diff and revision.number:
            before = next(r for r in reversed(revisions) if r.number < revision.number)
            for text in _differences(console, before, revision):
                console.print(text, width=width, soft_wrap=width is None)
    if removed:
        console.print(f"\nRemoved by the publisher: found permanently gone at {removed}", style="bold red")


def revisions_json(
    row: ArticleRow, story: StoryRow | None, revisions: Sequence[Revision], removed: Any
) -> dict[str, Any]:
    """Return an article for programs, with `story`, `revisions` (each with its diff), `removed` and `entries`."""
    before = [None, *revisions]
    return jsonable(row) | {
        "story": story.id if story else None,
        "removed": rfc3339(removed) if removed else None,
        "revisions": [_revision(old, new) for old, new in pairwise(before) if new is not None],
        "entries": [entry._asdict() for entry in entries(row.article)],
    }


def _revision(old: Revision | None, new: Revision) -> dict[str, Any]:
    return {
        "number": new.number,
        "seen": rfc3339(new.seen),
        "last_seen": rfc3339(new.last_seen),
        "times": new.times,
        "stealth": not new.admitted,
        "changed": list(new.changed),
        "title": new.title,
        "authors": list(new.authors),
        "published": rfc3339(new.published) if new.published else None,
        "modified": rfc3339(new.modified) if new.modified else None,
        "text": new.text,
        "diff": [list(piece) for piece in diff(old.text, new.text)] if old else [],
    }


def _line(revision: Revision) -> Text:
    if revision.number == 0:
        return Text.assemble("\n", ("version 0", "bold"), f"  {local_time(revision.seen)}  as first found")
    how = ("", "") if revision.admitted else ("  not marked as updated by the page", "bold yellow")
    often = f"  {revision.times} times, last {local_time(revision.last_seen)}" if revision.times > 1 else ""
    head = (f"version {revision.number}", "bold")
    return Text.assemble(
        "\n", head, f"  {local_time(revision.seen)}  {', '.join(revision.changed)} changed{often}", how
    )


def _differences(console: Console, old: Revision, new: Revision) -> list[Text]:
    shown = []
    if "title" in new.changed:
        shown.append(Text("headline: ") + _shown(console, diff(clean(old.title), clean(new.title))))
    for name, before, after in (
        ("by", ", ".join(old.authors), ", ".join(new.authors)),
        ("published", local_time(old.published), local_time(new.published)),
    ):
        if before != after:
            shown.append(
                Text(f"{name}: ") + _shown(console, [Piece("removed", clean(before)), Piece("added", clean(after))])
            )
    pieces = diff(*("\n".join(map(clean, text.splitlines())) for text in (old.text, new.text)))
    return shown + [line for line in _changed_lines(_shown(console, pieces), pieces) if line.plain.strip()]


def _changed_lines(text: Text, pieces: Sequence[Piece]) -> list[Text]:
    """Return only the paragraphs that changed."""
    touched, at = set(), 0
    for kind, part in pieces:
        lines = part.count("\n")
        if kind != "same":
            touched |= set(range(at, at + lines + 1))
        at += lines
    return [line for number, line in enumerate(text.split("\n", allow_blank=True)) if number in touched]


def _shown(console: Console, pieces: Sequence[Piece]) -> Text:
    text = Text()
    for kind, part in pieces:
        left, right = ("", "") if console.is_terminal else _MARKS[kind]
        body = part.rstrip("\n") if kind != "same" else part
        rest = part[len(body) :]
        text.append(f"{left}{body}{right}" if body else "", _STYLES[kind])
        text.append(rest)
    return text
