"""Per-site overrides applied to a page: what to remove, where the body, the title and the date stand."""

from __future__ import annotations

from lxml import etree
from lxml.html import HtmlElement

from crawler.extract.page.hints import Overrides
from crawler.extract.page.page import Page
from crawler.extract.page.select import select
from crawler.extract.words import squeeze

_RENAMED = {
    "ul": "list", "ol": "list", "li": "item", "blockquote": "quote", "pre": "code", "br": "lb", "tr": "row",
    "td": "cell", "th": "cell", "dt": "p", "dd": "p", "h1": "head", "h2": "head", "h3": "head", "h4": "head",
    "h5": "head", "h6": "head",
}  # fmt: skip
_DROPPED = (
    "script", "style", "svg", "figure", "figcaption", "nav", "form", "button", "iframe", "noscript", "template",
)  # fmt: skip
_INLINE = (
    "a", "b", "strong", "i", "em", "span", "u", "small", "mark", "font", "sub", "sup", "time", "abbr", "cite", "q",
    "s", "del", "ins", "kbd", "label",
)  # fmt: skip


def remove(page: Page, overrides: Overrides) -> None:
    """Drop everything that any of `remove` matches, in place."""
    for selector in overrides.remove:
        for found in select(page.tree, (selector,)):
            if isinstance(found, HtmlElement) and found.getparent() is not None:
                found.drop_tree()


def text_of(page: Page, selectors: tuple[str, ...]) -> str:
    """The text (or attribute) that the first matching selector finds, on one line; of a <time> or <meta> its value."""
    for found in select(page.tree, selectors):
        if isinstance(found, str):
            text = squeeze(found)
        else:
            text = squeeze(found.get("datetime") or found.get("content") or "".join(str(t) for t in found.itertext()))
        if text:
            return text
    return ""


def body_of(page: Page, overrides: Overrides) -> etree._Element | None:
    """A body that holds only what `select` matches (outermost matches), None where nothing matches."""
    found = [e for e in select(page.tree, overrides.select) if isinstance(e, HtmlElement)]
    members = set(found)
    outer = [e for e in found if not any(a in members for a in e.iterancestors())]
    if not outer:
        return None
    body = etree.Element("body")
    for element in outer:
        element.tail = None
        body.append(_converted(element))
    return body


def _converted(element: HtmlElement) -> etree._Element:
    """`element` in the vocabulary of `blocks.read`."""
    etree.strip_elements(element, *_DROPPED, with_tail=False)
    for child in element.iter(*_RENAMED):
        tag = str(child.tag)
        if tag == "ol" or tag[0] == "h":
            child.set("rend", tag)
        child.tag = _RENAMED[tag]
    etree.strip_tags(element, *_INLINE)
    wrapper = etree.Element("div")
    wrapper.append(element)
    return wrapper
