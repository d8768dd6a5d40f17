"""CSS and XPath selectors as values of the watch file."""

from __future__ import annotations

from typing import Annotated

from cssselect import ExpressionError, SelectorError
from lxml import etree
from parsel.csstranslator import HTMLTranslator

from crawler.config.kinds import EXAMPLES, kind
from crawler.config.mistake import Mistake

EXAMPLES["selector"] = "div.story-body"
XPATH_STARTS = ("/", "./", "(/", "(./")
MAX_CHARACTERS = 2000


def read_selector(text: str) -> str:
    """Read a CSS selector (with ::text and ::attr()), or an XPath expression when it begins with a slash or `./`."""
    if not text.strip() or len(text) > MAX_CHARACTERS:
        raise Mistake("not a selector", f"write for example {EXAMPLES['selector']}")
    if text.startswith(XPATH_STARTS):
        return _xpath(text)
    try:
        HTMLTranslator().css_to_xpath(text)
    except (SelectorError, ExpressionError, RecursionError) as error:
        raise Mistake(
            f"not a CSS selector ({error})", "write for example div.story-body, or an XPath: //article"
        ) from None
    return text


def _xpath(text: str) -> str:
    try:
        etree.XPath(text)
    except etree.XPathSyntaxError as error:
        raise Mistake(f"not an XPath ({error})", 'write for example //div[@class="story"]') from None
    return text


Selector = Annotated[str, *kind("selector", read_selector)]
