"""Marks that survive extraction: text inside links and captions is wrapped in private-use characters.

trafilatura returns text without its links. With the marks, how much of a block was linked can still be told
afterwards, and that tells furniture from prose better than any wording.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

LINK, LINK_END, CAPTION, CAPTION_END = "\ue000", "\ue001", "\ue002", "\ue003"
_STRIP = dict.fromkeys(map(ord, (LINK, LINK_END, CAPTION, CAPTION_END)))
_CAPTION_CLASS = re.compile(
    r"caption|photo-?credit|image-?credit|credit-line|img-?(?:desc|copyright)|bildunterschrift|media-?info|copyright",
    re.IGNORECASE,
)
_CAPTION_TAGS = ("div", "p", "span", "figcaption", "section", "small", "em", "li", "h5", "h6")
_MAX_CAPTION_SHARE = 0.25
_MAX_DEPTH_SIZE = 4000


def mark_links(tree: HtmlElement) -> None:
    """Wrap every text inside a link of `tree`, in place."""
    for link in tree.iter("a"):
        if link.get("href"):
            _wrap(link, LINK, LINK_END)


def mark_captions(tree: HtmlElement) -> list[str]:
    """Wrap the text of captions and photo credits in place; returns the texts of `figcaption` elements."""
    total = sum(len(p.text_content()) for p in tree.iter("p")) or 1
    captions = []
    for element in list(tree.iter(*_CAPTION_TAGS)):
        named = element.tag == "figcaption"
        if not named and not _CAPTION_CLASS.search(f"{element.get('class') or ''} {element.get('id') or ''}"):
            continue
        text = element.text_content()
        if element.find(".//h1") is not None or len(text) > _MAX_CAPTION_SHARE * total + 200:
            continue
        if named:
            captions.append(text)
        _wrap(element, CAPTION, CAPTION_END)
    return captions


def _wrap(root: HtmlElement, start: str, end: str) -> None:
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.text and not element.text.isspace() and start not in element.text:
            element.text = f"{start}{element.text}{end}"
        if element is not root and element.tail and not element.tail.isspace() and start not in element.tail:
            element.tail = f"{start}{element.tail}{end}"


def strip(text: str) -> str:
    """`text` without marks."""
    return text.translate(_STRIP)


def marked(text: str, start: str, end: str) -> tuple[int, int]:
    """How many characters stand between `start` and `end` marks, and in how many runs."""
    if start not in text:
        return 0, 0
    runs = [strip(part.split(end, 1)[0]).strip() for part in text.split(start)[1:]]
    return sum(map(len, runs)), len(runs)
