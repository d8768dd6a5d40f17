"""Blocks: the lines of an article body as plain values, the input of the boilerplate rules and the renderers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml.etree import _Element

from crawler.extract.boilerplate.labels import is_boilerplate
from crawler.extract.page import marks
from crawler.extract.words import squeeze

SENTENCE_END = tuple(".!?…。！？؟।:;»”\"'’)]")
_LEAVES = {"p": "p", "head": "head", "quote": "quote", "code": "code", "item": "item", "ab": "p", "fw": "p"}
_INLINE = frozenset({"hi", "ref", "del", "lb", "graphic", "span", "a"})
_MAX_LEVEL = 6
_PROSE_CHARS = 80
_LINKED = 0.5


@dataclass(frozen=True, slots=True)
class Block:
    """One line of text. `linked` and `captioned` count its characters inside links and captions."""

    kind: str  # "p", "head", "item", "quote", "code", "table"
    text: str
    level: int = 0  # of a heading (1 to 6) or a list item's depth (1 ...)
    linked: int = 0
    links: int = 0
    captioned: int = 0
    tight: bool = False  # separated from the block before by a line break only
    starts_linked: bool = False
    ordered: bool = False
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def size(self) -> int:
        """Characters of text."""
        return len(self.text)

    @property
    def link_share(self) -> float:
        """Share of the text inside links, 0.0 to 1.0."""
        return min(1.0, self.linked / len(self.text)) if self.text else 0.0

    @property
    def ends_sentence(self) -> bool:
        """Whether the text ends as a sentence or quotation does."""
        return self.text.endswith(SENTENCE_END)

    @property
    def is_prose(self) -> bool:
        """Whether the block has the form of a paragraph of the story: long, a whole sentence, not a link."""
        return (
            self.kind in ("p", "quote")
            and self.size >= _PROSE_CHARS
            and self.link_share < _LINKED
            and self.ends_sentence
        )


def make(kind: str, raw: str, *, level: int = 0, tight: bool = False, ordered: bool = False) -> Block:
    """Return a block for text that still contains its marks."""
    flat = squeeze(raw)
    linked, links = marks.count_marked(flat, marks.LINK, marks.LINK_END)
    captioned, _ = marks.count_marked(flat, marks.CAPTION, marks.CAPTION_END)
    starts = flat.lstrip(f"{marks.CAPTION} ").startswith(marks.LINK)
    text = squeeze(marks.strip(flat))
    return Block(kind, text, level, linked, links, captioned, tight, starts, ordered)


def read(body: _Element) -> list[Block]:
    """Return the blocks of a body that trafilatura returned, in order, without empty lines."""
    return [block for block in _read(body, 0) if block.text or block.rows]


def _read(parent: _Element, depth: int) -> Iterator[Block]:
    if parent.text and not parent.text.isspace():
        yield from _lines("p", parent.text)
    for element in parent.iterchildren("*"):
        if element.tag == "list":
            yield from _items(element, depth + 1)
        elif element.tag == "table":
            yield _table(element)
        elif element.tag in _LEAVES:
            yield from _leaf(element, depth)
        elif element.tag in _INLINE:
            yield from _lines("p", _inline(element))
        else:
            yield from _read(element, depth)
        if element.tail and not element.tail.isspace():
            yield from _lines("p", element.tail)


def _leaf(element: _Element, depth: int) -> Iterator[Block]:
    if element.tag == "head":
        rend = element.get("rend") or "h2"
        level = int(rend[1]) if rend[1:2].isdigit() else 2
        yield from _lines("head", _inline(element), level=min(level, _MAX_LEVEL))
    elif any(child.tag in ("list", "table", "p", "quote") for child in element):
        yield from _nested(element, depth)
    else:
        yield from _lines(_LEAVES[element.tag], _inline(element))


def _nested(element: _Element, depth: int) -> Iterator[Block]:
    for block in _read(element, depth):
        kind = "quote" if element.tag == "quote" and block.kind == "p" else block.kind
        yield block if kind == block.kind else replace(block, kind=kind, ordered=False, rows=())


def _items(element: _Element, depth: int) -> Iterator[Block]:
    ordered = element.get("rend") == "ol"
    for item in element.iterchildren("*"):
        if item.tag == "list":
            yield from _items(item, depth + 1)
            continue
        inner = [child for child in item if child.tag == "list"]
        own = _inline(item, without=tuple(inner))
        yield from _lines("item", own, level=depth, ordered=ordered)
        for child in inner:
            yield from _items(child, depth + 1)


def _table(element: _Element) -> Block:
    raw = [[squeeze(_inline(cell)) for cell in row.iter("cell")] for row in element.iter("row")]
    raw = [row for row in raw if not is_boilerplate(squeeze(marks.strip(" ".join(row))))]
    flat = make("table", " ".join(cell for row in raw for cell in row))
    rows = tuple(tuple(squeeze(marks.strip(cell)) for cell in row) for row in raw if any(row))
    return Block("table", flat.text, linked=flat.linked, links=flat.links, captioned=flat.captioned, rows=rows)


def _lines(kind: str, raw: str, *, level: int = 0, ordered: bool = False) -> Iterator[Block]:
    tight = False
    for line in raw.split("\n"):
        block = make(kind, line, level=level, tight=tight, ordered=ordered)
        if block.text:
            yield block
            tight = True


def _inline(element: _Element, without: tuple[_Element, ...] = ()) -> str:
    """Return the text of an element on one line, except for its <lb> line breaks."""
    parts = [(element.text or "").replace("\n", " ")]
    for child in element:
        if child in without:
            parts.append(" " + (child.tail or "").replace("\n", " "))
            continue
        if child.tag == "lb":
            parts.append("\n")
        elif isinstance(child.tag, str):
            spaced = child.tag in ("p", "item", "cell", "row", "head", "quote")
            parts.append(f" {_inline(child)} " if spaced else _inline(child))
        parts.append((child.tail or "").replace("\n", " "))
    return "".join(parts)
