"""Differences between two versions of a text: the changed paragraphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.archive import Revision
from crawler.dedupe.diff import Kind, Piece, diff

MAX_CHARS = 100_000  # of a text that is compared


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph with its pieces; `skipped`: number of unchanged paragraphs before it."""

    pieces: tuple[tuple[Kind, str], ...]
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions side by side. `facts`: (name, pieces) of the changed metadata."""

    facts: tuple[tuple[str, tuple[Piece, ...]], ...]
    paragraphs: tuple[Paragraph, ...]
    left: int = 0  # unchanged paragraphs after the last change


def compared(old: str, new: str) -> tuple[tuple[Paragraph, ...], int]:
    """Return the changed paragraphs and the number of unchanged ones after the last change."""
    found: list[Paragraph] = []
    skipped = 0
    for line in _lines(diff(old[:MAX_CHARS], new[:MAX_CHARS])):
        if all(kind == "same" for kind, _ in line):
            skipped += any(text.strip() for _, text in line)
        elif any(text.strip() for _, text in line):
            found.append(Paragraph(tuple(line), skipped))
            skipped = 0
    return tuple(found), skipped


def versions(old: Revision, new: Revision) -> Comparison:
    """Compare two versions of an article."""
    facts = (
        ("headline", old.title, new.title),
        ("by", ", ".join(old.authors), ", ".join(new.authors)),
        ("published", _shown(old), _shown(new)),
    )
    changed = tuple((name, tuple(diff(a[:2000], b[:2000]))) for name, a, b in facts if a != b)
    return Comparison(changed, *compared(old.text, new.text))


def _lines(pieces: Sequence[Piece]) -> list[list[tuple[Kind, str]]]:
    """Return the pieces, split at line ends."""
    lines: list[list[tuple[Kind, str]]] = [[]]
    for kind, text in pieces:
        first, *rest = text.split("\n")
        if first:
            lines[-1].append((kind, first))
        lines.extend([(kind, part)] if part else [] for part in rest)
    return lines


def _shown(revision: Revision) -> str:
    return f"{revision.published.astimezone():%Y-%m-%d %H:%M %Z}" if revision.published else ""
