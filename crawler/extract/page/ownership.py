"""Ownership of metadata: which of a page's metadata describes its article.

Pages also carry metadata of other articles, in lists, teasers, comments and JSON-LD.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.dedupe.urls import canonical_url, joined, url_key
from crawler.extract.words import key

_MIN_KEY: Final = 12  # characters of a headline that is part of another, and of a slug that identifies an article
_SAME_URL, _OTHER_URL = 4, -3
_SAME_TITLE, _OTHER_TITLE = 3, -1
_LISTED: Final = -3
_SURE: Final = 3  # if one node certainly describes the page, doubtful ones do not count
_MIN_SCORE: Final = -1
_RELATED_TAGS: Final = ("aside", "footer", "nav")
_RELATED_CLASS = re.compile(
    r"(?:^|[\s_-])(?:comments?|comment-?list|related|recommend(?:ed|ations?)|side-?bar|teasers?|promos?|newsletter|trending|"
    r"most-?(?:read|viewed|popular)|read-?(?:next|more|also)|you-?may|more-?(?:news|stories|articles))(?:$|[\s_-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What identifies a page: keys of its addresses, last segments of their paths, keys of its headlines."""

    urls: frozenset[int] = frozenset()
    names: frozenset[str] = frozenset()
    titles: tuple[str, ...] = ()

    @classmethod
    def of(cls, urls: Iterable[str], titles: Iterable[str]) -> Identity:
        """Return the identity of a page with these addresses and headlines; invalid addresses are left out."""
        read = [pair for url in urls if (pair := _address(url)) is not None]
        named = frozenset(name for _, name in read if len(name) >= _MIN_KEY)
        return cls(frozenset(address for address, _ in read), named, tuple(filter(None, map(key, titles))))


def own_nodes(nodes: Sequence[tuple[dict[str, Any], bool]], identity: Identity, base: str) -> list[dict[str, Any]]:
    """Return the article nodes that describe the page, the most certain first.

    `nodes`: those of the page's JSON-LD in order, each with whether another node lists or relates to it. A node
    describes the page by its address, by its headline, or because no other node refers to it.
    """
    scored = [(_score(node, listed, identity, base), node) for node, listed in nodes]
    best = max((score for score, _ in scored), default=_MIN_SCORE)
    least = 0 if best >= _SURE else _MIN_SCORE
    return [node for score, node in sorted(scored, key=lambda pair: -pair[0]) if score >= least]


def _score(node: dict[str, Any], listed: bool, identity: Identity, base: str) -> int:
    score = _LISTED if listed else 0
    found = [pair for url in _urls(node) if (pair := _address(joined(base, url))) is not None]
    if found and identity.urls:
        same = any(address in identity.urls or name in identity.names for address, name in found)
        score += _SAME_URL if same else _OTHER_URL
    headline = key(_text(node.get("headline")) or _text(node.get("name")))
    if headline and identity.titles:
        score += _SAME_TITLE if any(_same_title(headline, title) for title in identity.titles) else _OTHER_TITLE
    return score


def _urls(node: dict[str, Any]) -> list[str]:
    """Return the addresses of the page that a node describes."""
    page = node.get("mainEntityOfPage")
    inner = (page.get("@id"), page.get("url")) if isinstance(page, dict) else (page,)
    return [value for value in (node.get("url"), *inner, node.get("@id")) if isinstance(value, str) and value]


def _address(url: str) -> tuple[int, str] | None:
    """Return the key of an address and the last segment of its path; None for a home page or an invalid address."""
    try:
        path = urlsplit(url).path.strip("/")
        return (url_key(canonical_url(url.partition("#")[0])), path.rpartition("/")[2].lower()) if path else None
    except ValueError:
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _same_title(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= _MIN_KEY and short in long)


def is_foreign(element: HtmlElement, identity: Identity, base: str) -> bool:
    """Return whether an element is in a part of the page that is not about its article.

    Such parts are asides, comments, teasers and lists of other stories. A part with the page's h1, or with a heading
    that links to the page itself, belongs to the article.
    """
    for outer in element.iterancestors():
        if outer.tag in ("body", "main"):
            return False
        if outer.tag in _RELATED_TAGS or _is_related_class(f"{outer.get('class') or ''} {outer.get('id') or ''}"):
            return next(outer.iter("h1"), None) is None
        if outer.tag in ("article", "li") and outer.find(".//h1") is None and _is_card(outer, identity, base):
            return True
    return False


@lru_cache(maxsize=4096)
def _is_related_class(names: str) -> bool:
    return _RELATED_CLASS.search(names) is not None


def _is_card(element: HtmlElement, identity: Identity, base: str) -> bool:
    """Return whether an element is a teaser of another article: it has a heading that links to another page."""
    for head in element.iter("h2", "h3", "h4", "h5"):
        link = next(head.iter("a"), None)
        link = link if link is not None else next(head.iterancestors("a"), None)
        address = _address(joined(base, link.get("href") or "")) if link is not None else None
        if address is not None:
            return address[0] not in identity.urls
    return False
