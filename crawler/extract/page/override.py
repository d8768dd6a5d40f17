"""Per-site overrides applied to a page: what to remove, and where the body, the title and the date are."""

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
    """Drop everything that a selector of `remove` matches, in place."""
    for selector in overrides.remove:
        for found in select(page.tree, (selector,)):
            if isinstance(found, HtmlElement) and found.getparent() is not None:
                found.drop_tree()


def select_text(page: Page, selectors: tuple[str, ...]) -> str:
    """Return the first selected text or attribute on one line; the value of a <time> or <meta>."""
    for found in select(page.tree, selectors):
        if isinstance(found, str):
            text = squeeze(found)
        else:
            text = squeeze(found.get("datetime") or found.get("content") or "".join(str(t) for t in found.itertext()))
        if text:
            return text
    return ""


def select_body(page: Page, overrides: Overrides) -> etree._Element | None:
    """Return a body with only the outermost matches of `select`, or None if nothing matches."""
    found = [e for e in select(page.tree, overrides.select) if isinstance(e, HtmlElement)]
    members = set(found)
    outer = [e for e in found if not any(a in members for a in e.iterancestors())]
    if not outer:
        return None
    body = etree.Element("body")
    for element in outer:
        element.tail = None
        body.append(_to_body_tags(element))
    return body


def _to_body_tags(element: HtmlElement) -> etree._Element:
    """Convert `element` to the tags that `blocks.read` expects."""
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
