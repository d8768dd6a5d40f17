"""Has a site changed its layout? Told from its last articles: a jump in length, or fields that are no longer filled."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.items import Article

RECENT = 8  # articles that have to agree
BASELINE = 16  # at least so many before them
REMEMBERED = RECENT + 24
SHRUNK = 0.35  # the median length falls below this share of what it was
GROWN = 3.0
FILLED = 0.8  # a field that nearly all articles had ...
EMPTY = 0.15  # ... and nearly none has now
FIELDS = ("authors", "published", "image")


@dataclass(frozen=True, slots=True)
class Shape:
    """What is remembered of one article: its length in words, and which of FIELDS are filled."""

    words: int
    filled: tuple[bool, ...]


def shape(article: Article) -> Shape:
    """The shape of an article."""
    return Shape(article.word_count, tuple(bool(getattr(article, name)) for name in FIELDS))


def layout_change(shapes: Sequence[Shape]) -> str:
    """What changed, in a few words, "" for nothing. `shapes` are of a site's different articles, the newest first."""
    recent, before = shapes[:RECENT], shapes[RECENT:]
    if len(recent) < RECENT or len(before) < BASELINE:
        return ""
    now, then = (statistics.median(one.words for one in some) for some in (recent, before))
    if now < SHRUNK * then or now > GROWN * then:
        return f"articles had {then:.0f} words and now have {now:.0f}"
    for place, name in enumerate(FIELDS):
        filled = [sum(one.filled[place] for one in some) / len(some) for some in (recent, before)]
        if filled[1] >= FILLED and filled[0] <= EMPTY:
            return f"articles no longer show `{name}`"
    return ""
