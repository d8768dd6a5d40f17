"""Whose metadata it is: a page carries that of other articles too, in lists, teasers, comments and JSON-LD."""

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

_MIN_KEY: Final = 12  # of a headline that is found inside another, and of a path's last part that names an article
_SAME_URL, _OTHER_URL = 4, -3
_SAME_TITLE, _OTHER_TITLE = 3, -1
_LISTED: Final = -3
_SURE: Final = 3  # beside a node that is surely the page's own, doubtful ones do not count
_LEAST: Final = -1
_OTHER_TAGS: Final = ("aside", "footer", "nav")
_OTHER_CLASS = re.compile(
    r"(?:^|[\s_-])(?:comments?|comment-?list|related|recommend(?:ed|ations?)|side-?bar|teasers?|promos?|newsletter|trending|"
    r"most-?(?:read|viewed|popular)|read-?(?:next|more|also)|you-?may|more-?(?:news|stories|articles))(?:$|[\s_-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a page is known by: the keys of its addresses, the last parts of their paths, and keys of its headlines."""

    urls: frozenset[int] = frozenset()
    names: frozenset[str] = frozenset()
    titles: tuple[str, ...] = ()

    @classmethod
    def of(cls, urls: Iterable[str], titles: Iterable[str]) -> Identity:
        """Return the identity of a page with these addresses and headlines; what cannot be read is left out."""
        read = [pair for url in urls if (pair := _address(url)) is not None]
        named = frozenset(name for _, name in read if len(name) >= _MIN_KEY)
        return cls(frozenset(address for address, _ in read), named, tuple(filter(None, map(key, titles))))


def own_nodes(nodes: Sequence[tuple[dict[str, Any], bool]], identity: Identity, base: str) -> list[dict[str, Any]]:
    """Return the article nodes that describe the page, the surest first.

    `nodes`: of the page's JSON-LD in order, and whether each hangs in a list or a relation of another. A node is the
    page's own by its address, by its headline, or because it is the only one that does not belong to something else.
    """
    scored = [(_score(node, listed, identity, base), node) for node, listed in nodes]
    best = max((score for score, _ in scored), default=_LEAST)
    least = 0 if best >= _SURE else _LEAST
    return [node for score, node in sorted(scored, key=lambda pair: -pair[0]) if score >= least]


def _score(node: dict[str, Any], listed: bool, identity: Identity, base: str) -> int:
    score = _LISTED if listed else 0
    found = [pair for url in _urls(node) if (pair := _address(joined(base, url))) is not None]
    if found and identity.urls:
        same = any(address in identity.urls or name in identity.names for address, name in found)
        score += _SAME_URL if same else _OTHER_URL
    headline = key(_text(node.get("headline")) or _text(node.get("name")))
    if headline and identity.titles:
        score += _SAME_TITLE if any(_alike(headline, title) for title in identity.titles) else _OTHER_TITLE
    return score


def _urls(node: dict[str, Any]) -> list[str]:
    """The addresses by which a node says what it describes."""
    page = node.get("mainEntityOfPage")
    inner = (page.get("@id"), page.get("url")) if isinstance(page, dict) else (page,)
    return [value for value in (node.get("url"), *inner, node.get("@id")) if isinstance(value, str) and value]


def _address(url: str) -> tuple[int, str] | None:
    """The key of an address and the last part of its path; None for a home page and what is not one."""
    try:
        path = urlsplit(url).path.strip("/")
        return (url_key(canonical_url(url.partition("#")[0])), path.rpartition("/")[2].lower()) if path else None
    except ValueError:
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _alike(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= _MIN_KEY and short in long)


def is_foreign(element: HtmlElement, identity: Identity, base: str) -> bool:
    """Return whether an element is in a part of the page that is about something else than its article.

    Asides, comments, teasers, lists of other stories. A part that holds the page's h1 is the article's own, and so is
    one whose heading links to the page itself.
    """
    for outer in element.iterancestors():
        if outer.tag in ("body", "main"):
            return False
        if outer.tag in _OTHER_TAGS or _names_others(f"{outer.get('class') or ''} {outer.get('id') or ''}"):
            return next(outer.iter("h1"), None) is None
        if outer.tag in ("article", "li") and outer.find(".//h1") is None and _is_card(outer, identity, base):
            return True
    return False


@lru_cache(maxsize=4096)
def _names_others(names: str) -> bool:
    return _OTHER_CLASS.search(names) is not None


def _is_card(element: HtmlElement, identity: Identity, base: str) -> bool:
    """Whether an element teases another article: it has a heading that is a link to another page."""
    for head in element.iter("h2", "h3", "h4", "h5"):
        link = next(head.iter("a"), None)
        link = link if link is not None else next(head.iterancestors("a"), None)
        address = _address(joined(base, link.get("href") or "")) if link is not None else None
        if address is not None:
            return address[0] not in identity.urls
    return False
