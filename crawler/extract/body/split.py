"""Bodies that are split into slices: several containers of one class, each with a part of the article.

With advertising and "read on" boxes between the slices, extractors keep only the longest one.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.extract.page.marks import text_of
from crawler.extract.words import squeeze

_BODY_CLASS = re.compile(
    r"(?:entry|article|art|post|story|body|text|page)[-_]{0,2}(?:content|body|text|copy|chunk)|articlebody"
    r"|articlecontent|body__|rich-?text|paywall|storybody|bodycopy|post-?entry",
    re.IGNORECASE,
)
_CONTAINERS = ("div", "section", "article")
_MIN_PARAGRAPH = 60
_MIN_SLICE = 150
_MAX_SLICES = 40
_NEAR = 4  # levels up within which slices must share an ancestor
_TEASER_SHARE = 0.6


def _prose_chars(element: HtmlElement) -> int:
    sizes = (len(squeeze(text_of(p))) for p in element.iter("p"))
    return sum(size for size in sizes if size >= _MIN_PARAGRAPH)


@lru_cache(maxsize=4096)
def _is_body(names: str) -> bool:
    return _BODY_CLASS.search(names) is not None


def _groups(tree: HtmlElement) -> list[list[HtmlElement]]:
    found: dict[tuple[str, str], list[HtmlElement]] = {}
    for element in tree.iter(*_CONTAINERS):
        names = " ".join((element.get("class") or "").split())
        is_body = element.get("itemprop") == "articleBody"
        if is_body or (names and _is_body(names)):
            found.setdefault((str(element.tag), names or "@articleBody"), []).append(element)
    return [_outermost(group) for group in found.values() if 1 < len(group) <= _MAX_SLICES]


def _outermost(group: list[HtmlElement]) -> list[HtmlElement]:
    members = set(group)
    return [e for e in group if not any(a in members for a in e.iterancestors())]


def group_chars(tree: HtmlElement) -> int:
    """Return the most prose of one group of slices, in characters; 0 if no body is split."""
    best = 0
    for group in _groups(tree):
        sizes = [size for e in group if (size := _prose_chars(e)) >= _MIN_SLICE]
        best = max(best, sum(sizes) if len(sizes) > 1 else 0)
    return best


def merge(tree: HtmlElement) -> bool:
    """Move the content of later slices into the first, in place; return whether any was moved."""
    moved = False
    for group in _groups(tree):
        slices = [e for e in group if _prose_chars(e) >= _MIN_SLICE]
        if len(slices) > 1 and _is_one_story(slices):
            for later in slices[1:]:
                for child in list(later):
                    slices[0].append(child)
            moved = True
    return moved


def _is_one_story(slices: list[HtmlElement]) -> bool:
    """Return whether the slices are of one article, not teasers or several articles.

    They have no headlines inside, are in the same <article>, and are close together.
    """
    if len({next(e.iterancestors("article"), None) for e in slices}) > 1:
        return False
    if any(e.find(".//h1") is not None for e in slices[1:]):
        return False
    near = list(slices[0].iterancestors())[:_NEAR]
    if not all(any(a in near for a in list(e.iterancestors())[:_NEAR]) for e in slices[1:]):
        return False
    headed = sum(any(h.find(".//a") is not None for h in e.iter("h2", "h3")) for e in slices)
    return headed < _TEASER_SHARE * len(slices)
