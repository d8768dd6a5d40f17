"""Differences between two texts, word by word. Bounded: texts that are too long to compare count as replaced."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Final, Literal, NamedTuple

Kind = Literal["same", "removed", "added"]

MAX_CELLS: Final = 4_000_000
"""Words of the old text times words of the new text that are compared; about a second."""
_PARTS: Final = re.compile(r"\s+|\d+(?:[.,:]\d+)+|[^\s\w]|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7fb\u0e00-\u0e7f]|\w+")
_CONTEXT: Final = 6  # words around a change in a summary
_LONGEST: Final = 160  # characters of one side in a summary


class Piece(NamedTuple):
    """A part of a diff. All pieces but the added ones form the old text, all but the removed ones the new text."""

    kind: Kind
    text: str


def diff(old: str, new: str) -> list[Piece]:
    """Return the pieces of both texts in order: paragraphs are aligned first, then the words of those that differ."""
    if old == new:
        return [Piece("same", old)] if old else []
    pieces = _aligned(_paragraphs(old), _paragraphs(new), refine=True)
    return [Piece(kind, "".join(p.text for p in group)) for kind, group in groupby(pieces, lambda p: p.kind)]


def summary(pieces: Sequence[Piece], most: int = 3) -> list[str]:
    """Return the first changes as lines: "… about [3,200 -> 4,700] people …"; a plain addition has a plus."""
    lines = []
    for at, piece in enumerate(pieces):
        if piece.kind == "same" or (piece.kind == "added" and at and pieces[at - 1].kind == "removed"):
            continue
        after = pieces[at + 1] if at + 1 < len(pieces) else None
        gone = piece.text if piece.kind == "removed" else ""
        come = piece.text if piece.kind == "added" else after.text if after and after.kind == "added" else ""
        if not (gone + come).strip():
            continue
        before = pieces[at - 1].text if at and pieces[at - 1].kind == "same" else ""
        behind = next((p.text for p in pieces[at + 1 : at + 3] if p.kind == "same"), "")
        lines.append(" ".join(filter(None, (_tail(before), _change(gone, come), _head(behind)))))
        if len(lines) == most:
            break
    return lines


def _change(gone: str, come: str) -> str:
    old, new = _cut(gone), _cut(come)
    if not old or not new:
        return f"[+ {new}]" if new else f"[- {old}]"
    return f"[{old} -> {new}]"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"


def _tail(text: str) -> str:
    return " ".join(text.rpartition("\n")[2].split()[-_CONTEXT:])


def _head(text: str) -> str:
    return " ".join(text.partition("\n")[0].split()[:_CONTEXT])


def _paragraphs(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n+|[^\n]+", text)


def _aligned(old: Sequence[str], new: Sequence[str], *, refine: bool) -> Iterator[Piece]:
    if len(old) * len(new) > MAX_CELLS:
        yield from _replaced(old, new)
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(old[a:b]))
        elif tag == "replace" and refine:
            yield from _aligned(_words(old[a:b]), _words(new[c:d]), refine=False)
        else:
            yield from _replaced(old[a:b], new[c:d])


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    if old:
        yield Piece("removed", "".join(old))
    if new:
        yield Piece("added", "".join(new))


def _words(paragraphs: Iterable[str]) -> list[str]:
    return _PARTS.findall("".join(paragraphs))
