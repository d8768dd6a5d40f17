"""Runs of three words: whether one text holds a line of another, give or take small changes."""

from __future__ import annotations

from crawler.extract.words import words

SIZE = 3

Shingle = tuple[str, ...]


def shingles(text: str) -> frozenset[Shingle]:
    """All runs of three folded words; the whole text where it has fewer."""
    return frozenset(_runs(text))


def coverage(line: str, known: frozenset[Shingle]) -> float:
    """The share of the line's shingles that are in `known`; 1.0 for a line without words or shorter than a shingle."""
    found = _runs(line)
    if not found or len(found[0]) < SIZE:
        return 1.0
    return sum(run in known for run in found) / len(found)


def _runs(text: str) -> list[Shingle]:
    found = words(text)
    return [tuple(found[at : at + SIZE]) for at in range(max(1, len(found) - SIZE + 1))] if found else []
