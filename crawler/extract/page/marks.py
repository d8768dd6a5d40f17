"""Marks that survive extraction: text inside links and captions is wrapped in private-use characters.

trafilatura returns text without its links. The marks preserve how much of a block was linked, which separates
boilerplate from prose better than any phrase list.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.extract.words import key, squeeze

LINK, LINK_END, CAPTION, CAPTION_END = "\ue000", "\ue001", "\ue002", "\ue003"
_CAPTION_CLASS = re.compile(
    r"caption|photo-?credit|image-?credit|credit-line|img-?(?:desc|copyright)|bildunterschrift|media-?info|copyright",
    re.IGNORECASE,
)
_CAPTION_TAGS = ("div", "p", "span", "figcaption", "section", "small", "em", "li", "h5", "h6")
_MAX_CAPTION_SHARE = 0.25
_MIN_ALT, _MAX_ALT = 12, 300


def mark_links(tree: HtmlElement) -> None:
    """Wrap every text inside a link of `tree`, in place."""
    for link in list(tree.iter("a")):
        if (link.get("href") or "#").startswith("#") and next(link.iterancestors("h2", "h3", "h4"), None) is not None:
            link.drop_tag()  # the anchor of a table of contents: this heading is not a link
        elif link.get("href"):
            _wrap(link, LINK, LINK_END)


def mark_captions(tree: HtmlElement) -> list[str]:
    """Wrap the text of captions and photo credits in place; return those texts."""
    total = sum(len(text_of(p)) for p in tree.iter("p")) or 1
    captions = []
    for element in list(tree.iter(*_CAPTION_TAGS)):
        named = element.tag == "figcaption"
        if not named and not _is_caption(element.get("class") or "", element.get("id") or ""):
            continue
        text = text_of(element)
        if element.find(".//h1") is not None or len(text) > _MAX_CAPTION_SHARE * total + 200:
            continue
        captions.append(text)
        _wrap(element, CAPTION, CAPTION_END)
    return captions


@lru_cache(maxsize=4096)  # a page, and a site, repeats the same few names
def _is_caption(classes: str, name: str) -> bool:
    return _CAPTION_CLASS.search(f"{classes} {name}") is not None


def image_keys(tree: HtmlElement) -> frozenset[str]:
    """Return the keys of the image descriptions (alt and title texts of 12 to 300 characters)."""
    texts = (image.get(name) or "" for image in tree.iter("img") for name in ("alt", "title", "data-caption"))
    return frozenset(key(text) for text in texts if _MIN_ALT <= len(text) <= _MAX_ALT)


def _wrap(root: HtmlElement, start: str, end: str) -> None:
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.text and not element.text.isspace() and start not in element.text:
            element.text = f"{start}{element.text}{end}"
        if element is not root and element.tail and not element.tail.isspace() and start not in element.tail:
            element.tail = f"{start}{element.tail}{end}"


def strip(text: str) -> str:
    """Return `text` without marks."""
    if LINK in text or LINK_END in text:
        text = text.replace(LINK, "").replace(LINK_END, "")
    if CAPTION in text or CAPTION_END in text:
        text = text.replace(CAPTION, "").replace(CAPTION_END, "")
    return text


def line_of(element: HtmlElement) -> str:
    """Return the text of an element on one line, without marks."""
    return squeeze(strip(text_of(element)))


def text_of(element: HtmlElement) -> str:
    """Return the text of an element and its descendants, with a fast path for those without children."""
    return str(element.text_content()) if len(element) else element.text or ""


def count_marked(text: str, start: str, end: str) -> tuple[int, int]:
    """Count the characters between `start` and `end` marks, and the count_marked runs."""
    if start not in text:
        return 0, 0
    runs = [strip(part.split(end, 1)[0]).strip() for part in text.split(start)[1:]]
    return sum(map(len, runs)), len(runs)
