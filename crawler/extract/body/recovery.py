"""Paragraphs that the extractor skipped inside the article it found, woven back in.

trafilatura drops paragraphs one by one (link density, class names). What it kept shows which containers hold the
article; a skipped paragraph or heading that stands between kept ones, in the same container and built the same way,
belongs to it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from lxml.html import HtmlElement

from crawler.extract.body import blocks as block
from crawler.extract.body.blocks import Block
from crawler.extract.boilerplate.labels import is_boilerplate
from crawler.extract.page.marks import strip, text_of
from crawler.extract.words import key, squeeze, words
from crawler.items import Removed

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


_MIN_BODY = 400  # characters: below, publishers put a teaser there
_AGREEMENT = 0.7  # of the kept text that the page's own body has
_UNKNOWN = 0.3  # a line of which less is in the page's own body is not part of it
_MAX_LINE = 160
_MAX_DROPPED = 0.3


def drop_unknown(kept: list[Block], ld_text: str) -> tuple[list[Block], list[Removed]]:
    """Part `kept` into what may stay and short lines that the page's own body does not have."""
    if len(ld_text) < _MIN_BODY:
        return kept, []
    known = shingles(ld_text)
    shares = [coverage(b.text, known) for b in kept]
    total = sum(b.size for b in kept)
    if sum(share * b.size for share, b in zip(shares, kept, strict=True)) < _AGREEMENT * total:
        return kept, []
    unknown = {
        i for i, (share, b) in enumerate(zip(shares, kept, strict=True))
        if share < _UNKNOWN and b.size < _MAX_LINE and b.kind != "table"
    }  # fmt: skip
    if sum(kept[i].size for i in unknown) > _MAX_DROPPED * total:
        return kept, []
    return [b for i, b in enumerate(kept) if i not in unknown], [
        Removed(kept[i].text, "not-in-json-ld") for i in sorted(unknown)
    ]


def instead(kept: list[Block], ld_text: str) -> list[Block]:
    """The page's own body as blocks when next to nothing was found in its HTML (script-made pages)."""
    if sum(b.size for b in kept) * 3 < len(ld_text) and len(ld_text) >= _MIN_BODY:
        return [Block("p", line) for line in ld_text.splitlines() if not is_boilerplate(line)]
    return kept


_HEADINGS = {"h2": 2, "h3": 3, "h4": 4}
_KINDS = {"p": "p", "blockquote": "quote", "li": "item", "div": "p", "span": "p"} | dict.fromkeys(_HEADINGS, "head")
_NESTING = frozenset(
    {"p", "div", "ul", "ol", "table", "section", "article", "h2", "h3", "h4", "figure", "blockquote", "li", "aside"}
)
_MIN_MATCHED = 3
_MIN_TEXT = 12
_HEADING_CLASS = re.compile(r"sub-?head|headline|heading|subtitle|zwischentitel|intertitre", re.IGNORECASE)
_MIN_HEADING = 4
_LEAD_CLASS = re.compile(
    r"(?:^|[-_ ])(?:lead|leadtext|teaser-?text|intro|introduction|introtext|vorspann|chapo|excerpt|abstract|preamble"
    r"|standfirst|subtitle|ingress|anriss|sumario|entradilla|occhiello|summary)(?:$|[-_ ])",
    re.IGNORECASE,
)
_HELD_LEAD = 0.6
_NEAR_LEAD = 12  # leaves above the first paragraph
_MIN_LEAD = 40
_MIN_LOOSE_TEXT = 60  # of a div or span
_MAX_LINK_SHARE = 0.5
_MAX_LEAVES = 6000
_HELD_SHARE = 0.3  # of a paragraph's shingles that the kept text has, perhaps with small changes between them

Signature = tuple[str, str, str, str]


@dataclass(eq=False)
class _Leaf:
    """An element that holds a line itself; most of a page's are never looked at as a block."""

    element: HtmlElement
    kind: str
    level: int
    raw: str  # with its marks
    text: str  # without

    @cached_property
    def block(self) -> Block:
        return block.make(self.kind, self.raw, level=self.level)


def fill(tree: HtmlElement, kept: tuple[Block, ...], leads: frozenset[str] | None = None) -> tuple[Block, ...]:
    """`kept` with the skipped paragraphs of the same article in their places; `tree` has its links marked.

    `leads` are the keys of what the page gives as its summary: a standfirst above the text that is one, or is marked
    as one, is put back. None: not in this language's press.
    """
    leaves = list(islice(_leaves(tree), _MAX_LEAVES))
    placed = _place(leaves, kept)
    if leads is not None and placed:
        lead = _standfirst(leaves[: min(placed)], kept, leads)
        return (lead, *_fill(leaves, placed, kept)) if lead else _fill(leaves, placed, kept)
    return _fill(leaves, placed, kept)


def _standfirst(above: list[_Leaf], kept: tuple[Block, ...], leads: frozenset[str]) -> Block | None:
    """The standfirst among the leaves above the text: it is the page's summary, or its class says so."""
    known = shingles("\n".join(b.text for b in kept[:4]))
    for distance, leaf in enumerate(reversed(above)):
        if len(leaf.text) < _MIN_LEAD:
            continue
        own = leaf.block
        if own.captioned or own.link_share >= _MAX_LINK_SHARE:
            continue
        named = distance < _NEAR_LEAD and own.size >= 2 * _MIN_LEAD and _is_lead(leaf.element)
        if named or key(own.text) in leads:
            return None if coverage(own.text, known) > _HELD_LEAD else Block("p", own.text)
    return None


def _is_lead(element: HtmlElement) -> bool:
    parent = element.getparent()
    return any(e is not None and _LEAD_CLASS.search(e.get("class") or "") for e in (element, parent))


def _fill(leaves: list[_Leaf], placed: dict[int, int], kept: tuple[Block, ...]) -> tuple[Block, ...]:
    if len(placed) < _MIN_MATCHED:
        return kept
    held: frozenset[Shingle] = frozenset()
    parents = Counter(leaves[at].element.getparent() for at in placed)
    kin = Counter(_signature(leaves[at].element) for at in placed)
    after: dict[int, list[Block]] = {}
    owner = 0
    for at in range(min(placed), max(placed) + 1):
        if at in placed:
            owner = placed[at]
        elif _belongs(leaves[at], parents, kin):
            held = held or shingles("\n".join(b.text for b in kept))
            if coverage(leaves[at].block.text, held) > _HELD_SHARE:
                continue
            after.setdefault(owner, []).append(leaves[at].block)
    return tuple(b for i, own in enumerate(kept) for b in (own, *after.get(i, []))) if after else kept


@lru_cache(maxsize=4096)
def _is_heading(classes: str) -> bool:
    return _HEADING_CLASS.search(classes) is not None


def _leaves(tree: HtmlElement) -> Iterator[_Leaf]:
    """Elements that hold a line of text themselves, in document order."""
    for element in tree.iter(*_KINDS):
        tag = str(element.tag)
        loose = tag in ("div", "span")
        if loose and not (element.text and element.text.strip()):
            continue
        titled = tag == "div" and _is_heading(element.get("class") or "")
        if len(element) and any(child.tag in _NESTING for child in element):
            continue
        text = text_of(element)
        least = _MIN_HEADING if titled or tag in _HEADINGS else _MIN_LOOSE_TEXT if loose else _MIN_TEXT
        if len(text) < least:
            continue
        level = _HEADINGS.get(tag, 3 if titled else 1 if tag == "li" else 0)
        yield _Leaf(element, "head" if titled else _KINDS[tag], level, text, squeeze(strip(text)))


def _place(leaves: list[_Leaf], kept: tuple[Block, ...]) -> dict[int, int]:
    """Leaf -> the kept block with its text, in the order of both."""
    where: dict[str, list[int]] = {}
    for at, leaf in enumerate(leaves):
        where.setdefault(leaf.text, []).append(at)
    placed: dict[int, int] = {}
    cursor = -1
    for number, own in enumerate(kept):
        places = where.get(own.text, [])
        following = bisect_right(places, cursor)
        if following < len(places):
            cursor = places[following]
            placed[cursor] = number
    return placed


def _signature(element: HtmlElement) -> Signature:
    parent = element.getparent()
    outer = parent if parent is not None else element
    return str(element.tag), _names(element), str(outer.tag), _names(outer)


def _names(element: HtmlElement) -> str:
    return squeeze(element.get("class") or "")


def _belongs(leaf: _Leaf, parents: Counter[HtmlElement | None], kin: Counter[Signature]) -> bool:
    if leaf.block.link_share >= _MAX_LINK_SHARE or leaf.block.captioned:
        return False
    own = _signature(leaf.element)
    if kin[own] >= _MIN_MATCHED and leaf.block.size >= _MIN_TEXT:
        return True
    beside = parents[leaf.element.getparent()] >= 2  # noqa: PLR2004 - one may be chance
    return beside and (leaf.block.kind == "head" or (own[0] == "p" and not own[1]))
