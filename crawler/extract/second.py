"""A second opinion: the article body that the page itself gives in JSON-LD."""

from __future__ import annotations

from crawler.extract.blocks import Block
from crawler.extract.labels import is_boilerplate
from crawler.extract.shingles import coverage, shingles
from crawler.items import Removed

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
