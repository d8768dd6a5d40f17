"""Recovery of paragraphs that the extractor skipped inside the article.

trafilatura drops single paragraphs (link density, class names). The kept ones show which containers hold the article; a
skipped paragraph or heading between kept ones, in the same container and with the same markup, belongs to it.
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
    """Return all runs of three folded words; the whole text if it has fewer."""
    return frozenset(_runs(text))


def coverage(line: str, known: frozenset[Shingle]) -> float:
    """Return the share of the line's shingles that are in `known`; 1.0 for a line shorter than a shingle."""
    found = _runs(line)
    if not found or len(found[0]) < SIZE:
        return 1.0
    return sum(run in known for run in found) / len(found)


def _runs(text: str) -> list[Shingle]:
    found = words(text)
    return [tuple(found[at : at + SIZE]) for at in range(max(1, len(found) - SIZE + 1))] if found else []


_MIN_BODY = 400  # characters: a shorter articleBody is a teaser
_AGREEMENT = 0.7  # of the kept text that the JSON-LD body has
_UNKNOWN = 0.3  # a line with a smaller share in the JSON-LD body is not part of it
_MAX_LINE = 160
_MAX_DROPPED = 0.3


def drop_not_in_json_ld(kept: list[Block], ld_text: str) -> tuple[list[Block], list[Removed]]:
    """Split `kept` into the article and short lines that the JSON-LD body does not contain."""
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


def or_json_ld_body(kept: list[Block], ld_text: str) -> list[Block]:
    """Return the JSON-LD body as blocks if the HTML has hardly any text (pages rendered by scripts), else `kept`."""
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
_REPEATED_LEAD = 0.6
_NEAR_LEAD = 12  # leaves above the first paragraph
_MIN_LEAD = 40
_MIN_LOOSE_TEXT = 60  # of a div or span
_MAX_LINK_SHARE = 0.5
_MAX_LEAVES = 6000
_REPEATED_SHARE = 0.3  # of a paragraph's shingles that the kept text contains, perhaps with small changes between them

Signature = tuple[str, str, str, str]


@dataclass(eq=False)
class _Leaf:
    """An element with a line of text of its own. Its block is made on demand: most are never needed."""

    element: HtmlElement
    kind: str
    level: int
    raw: str  # with its marks
    text: str  # without

    @cached_property
    def block(self) -> Block:
        return block.make(self.kind, self.raw, level=self.level)


def restore_paragraphs(
    tree: HtmlElement, kept: tuple[Block, ...], summaries: frozenset[str] | None = None
) -> tuple[Block, ...]:
    """Return `kept` with the skipped paragraphs of the article in their places; `tree` has its links marked.

    `summaries` are the keys of the page's own summaries: a standfirst above the text that matches one, or whose class
    names it a standfirst, is restored. None: never, because this language's press does not count it as text.
    """
    leaves = list(islice(_leaves(tree), _MAX_LEAVES))
    placed = _match_leaves(leaves, kept)
    if summaries is not None and placed:
        lead = _standfirst(leaves[: min(placed)], kept, summaries)
        return (lead, *_restore(leaves, placed, kept)) if lead else _restore(leaves, placed, kept)
    return _restore(leaves, placed, kept)


def _standfirst(above: list[_Leaf], kept: tuple[Block, ...], summaries: frozenset[str]) -> Block | None:
    """Return the standfirst among the leaves above the text: by the page's summary or by its class."""
    known = shingles("\n".join(b.text for b in kept[:4]))
    for distance, leaf in enumerate(reversed(above)):
        if len(leaf.text) < _MIN_LEAD:
            continue
        own = leaf.block
        if own.captioned or own.link_share >= _MAX_LINK_SHARE:
            continue
        named = distance < _NEAR_LEAD and own.size >= 2 * _MIN_LEAD and _is_lead(leaf.element)
        if named or key(own.text) in summaries:
            return None if coverage(own.text, known) > _REPEATED_LEAD else Block("p", own.text)
    return None


def _is_lead(element: HtmlElement) -> bool:
    parent = element.getparent()
    return any(e is not None and _LEAD_CLASS.search(e.get("class") or "") for e in (element, parent))


def _restore(leaves: list[_Leaf], placed: dict[int, int], kept: tuple[Block, ...]) -> tuple[Block, ...]:
    if len(placed) < _MIN_MATCHED:
        return kept
    kept_shingles: frozenset[Shingle] = frozenset()
    parents = Counter(leaves[at].element.getparent() for at in placed)
    signatures = Counter(_signature(leaves[at].element) for at in placed)
    after: dict[int, list[Block]] = {}
    last_kept = 0
    for at in range(min(placed), max(placed) + 1):
        if at in placed:
            last_kept = placed[at]
        elif _belongs(leaves[at], parents, signatures):
            kept_shingles = kept_shingles or shingles("\n".join(b.text for b in kept))
            if coverage(leaves[at].block.text, kept_shingles) > _REPEATED_SHARE:
                continue
            after.setdefault(last_kept, []).append(leaves[at].block)
    return tuple(b for i, own in enumerate(kept) for b in (own, *after.get(i, []))) if after else kept


@lru_cache(maxsize=4096)
def _is_heading(classes: str) -> bool:
    return _HEADING_CLASS.search(classes) is not None


def _leaves(tree: HtmlElement) -> Iterator[_Leaf]:
    """Yield the elements with a line of text of their own, in document order."""
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


def _match_leaves(leaves: list[_Leaf], kept: tuple[Block, ...]) -> dict[int, int]:
    """Map leaves to the kept blocks with the same text (index to index), in the order of both."""
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
    return str(element.tag), _class_names(element), str(outer.tag), _class_names(outer)


def _class_names(element: HtmlElement) -> str:
    return squeeze(element.get("class") or "")


def _belongs(leaf: _Leaf, parents: Counter[HtmlElement | None], signatures: Counter[Signature]) -> bool:
    if leaf.block.link_share >= _MAX_LINK_SHARE or leaf.block.captioned:
        return False
    own = _signature(leaf.element)
    if signatures[own] >= _MIN_MATCHED and leaf.block.size >= _MIN_TEXT:
        return True
    beside = parents[leaf.element.getparent()] >= 2  # noqa: PLR2004 - one may be chance
    return beside and (leaf.block.kind == "head" or (own[0] == "p" and not own[1]))
