"""Rendering of blocks as text and as Markdown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from crawler.extract.body.blocks import Block

_PARAGRAPH = 100  # characters: lines of a verse or an address are shorter
_SPECIAL = re.compile(r"([\\`*_\[\]<>])")
_LINE_START = re.compile(r"^(\s*)([#+\->]|\d{1,9}[.)])(?=\s|$)")


def text(blocks: Sequence[Block]) -> str:
    """Render as text: a blank line between paragraphs, a line break between list items and broken lines."""
    parts: list[str] = []
    previous: Block | None = None
    for block in blocks:
        if previous is not None:
            short = max(block.size, previous.size) < _PARAGRAPH
            close = (block.tight and short) or (block.kind == previous.kind == "item")
            parts.append("\n" if close else "\n\n")
        parts.append("\n".join(" ".join(c for c in row if c) for row in block.rows) if block.rows else block.text)
        previous = block
    return unicodedata.normalize("NFC", "".join(parts))


def markdown(blocks: Sequence[Block]) -> str:
    """Render as CommonMark with GitHub's tables, with Markdown's special characters escaped."""
    parts: list[str] = []
    previous: Block | None = None
    number = 0
    for block in blocks:
        number = number + 1 if previous is not None and block.kind == previous.kind == "item" else 1
        if previous is not None:
            parts.append(_gap(previous, block))
        parts.append(_line(block, number))
        previous = block
    return unicodedata.normalize("NFC", "".join(parts))


def _gap(previous: Block, block: Block) -> str:
    if block.kind == previous.kind == "item":
        return "\n"
    if block.kind == previous.kind == "quote":
        return "\n>\n"
    return "  \n" if block.tight and block.kind == previous.kind == "p" else "\n\n"


def _line(block: Block, number: int) -> str:
    if block.rows:
        return _table(block.rows)
    if block.kind == "code":
        return f"    {block.text}"
    line = escape(block.text)
    if block.kind == "head":
        return f"{'#' * max(2, block.level)} {line}"
    if block.kind == "item":
        return f"{'    ' * (max(1, block.level) - 1)}{f'{number}.' if block.ordered else '-'} {line}"
    return f"> {line}" if block.kind == "quote" else line


def _table(rows: tuple[tuple[str, ...], ...]) -> str:
    width = max(map(len, rows))
    lines = [[escape(cell).replace("|", "\\|") for cell in row] + [""] * (width - len(row)) for row in rows]
    lines.insert(1, ["---"] * width)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escape(line: str) -> str:
    """Escape `line` so that Markdown renders it literally."""
    return _LINE_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", line))
