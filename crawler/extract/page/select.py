"""Selectors of per-site overrides: CSS or XPath, distinguished by their first characters."""

from __future__ import annotations

from functools import lru_cache

from lxml.etree import XPath, XPathError, XPathEvalError, _Element

_XPATH_STARTS = ("/", "./", "(", "ancestor::", "descendant::", "self::", "id(")


@lru_cache(maxsize=512)
def _compiled(selector: str) -> XPath:
    from cssselect import HTMLTranslator, SelectorError  # noqa: PLC0415 - few sites have overrides; saves import time

    source = selector.strip()
    if not source:
        raise ValueError("a selector must not be empty")
    try:
        if source.startswith(_XPATH_STARTS):
            return XPath(source)
        return XPath(HTMLTranslator().css_to_xpath(source, prefix="descendant-or-self::"))
    except (XPathError, SelectorError) as error:
        raise ValueError(f"{selector!r} is neither a CSS selector nor an XPath expression ({error})") from error


def check_selector(selector: str) -> None:
    """Raise ValueError, with a message for the user, if `selector` is invalid."""
    _compiled(selector)


def select(tree: _Element, selectors: tuple[str, ...]) -> list[_Element | str]:
    """Return the matches of the first selector that has any, in document order; strings are attributes or text."""
    for selector in selectors:
        try:
            found = _compiled(selector)(tree)
        except XPathEvalError as error:
            raise ValueError(f"{selector!r} cannot be evaluated ({error})") from error
        if isinstance(found, list) and found:
            return [item if isinstance(item, _Element) else str(item) for item in found]
        if isinstance(found, str) and found.strip():
            return [str(found)]
    return []
