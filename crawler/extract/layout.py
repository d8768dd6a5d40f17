"""Detection of a changed site layout: the last articles jump in length, or fields of theirs are no longer filled."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.items import Article

RECENT = 8  # articles that must show the change
BASELINE = 16  # least number of articles before them
WINDOW = RECENT + 24
SHRUNK = 0.35  # the median length falls below this share of the earlier one
GROWN = 3.0
FILLED = 0.8  # share of the earlier articles with a field ...
EMPTY = 0.15  # ... that at most this share of the recent ones has
FIELDS = ("authors", "published", "image")


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of one article: its length in words, and which of FIELDS are filled."""

    words: int
    filled: tuple[bool, ...]


def shape(article: Article) -> Shape:
    """Return the shape of an article."""
    return Shape(article.word_count, tuple(bool(getattr(article, name)) for name in FIELDS))


def layout_change(shapes: Sequence[Shape]) -> str:
    """Describe the change in a few words; "" for none. `shapes`: of different articles of one site, newest first."""
    recent, before = shapes[:RECENT], shapes[RECENT:]
    if len(recent) < RECENT or len(before) < BASELINE:
        return ""
    now, then = (statistics.median(one.words for one in some) for some in (recent, before))
    if now < SHRUNK * then or now > GROWN * then:
        return f"articles had {then:.0f} words and now have {now:.0f}"
    for index, name in enumerate(FIELDS):
        filled = [sum(one.filled[index] for one in some) / len(some) for some in (recent, before)]
        if filled[1] >= FILLED and filled[0] <= EMPTY:
            return f"articles no longer show `{name}`"
    return ""
