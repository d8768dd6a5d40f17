"""Text of a page that is neither in its article nor removed as boilerplate: navigation, and lost paragraphs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from lxml.etree import iterwalk
from lxml.html import HtmlElement

from crawler.extract.page.marks import strip
from crawler.extract.words import key, squeeze
from crawler.items import Removed

REASON = "left-out"
_MAX_LINES = 5_000  # of a page: each is searched for in the article
_INVISIBLE = frozenset(
    {"script", "style", "noscript", "template", "head", "svg", "iframe", "object", "select", "textarea"}
)
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "dfn", "em", "font", "i", "ins", "kbd", "label", "mark",
     "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
)  # fmt: skip


def left_out(lines: Iterable[str], known: Iterable[str]) -> list[Removed]:
    """Return the lines of a page that are in none of the texts `known`, each once. Only the first 5,000 lines count."""
    texts = [strip(text) for text in known]
    whole_lines = {key(line) for text in texts for line in text.splitlines()}
    all_text = "\n".join(map(key, texts))
    found: dict[str, str] = {}
    for name, line in islice(((key(line), line) for line in lines), _MAX_LINES):
        if name and name not in whole_lines and name not in found and name not in all_text:
            found[name] = line
    return [Removed(line, REASON) for line in found.values()]


def text_lines(tree: HtmlElement) -> Iterator[str]:
    """Yield the text of a page line by line: what is between two block-level tags is a line."""
    parts: list[str] = []
    invisible_depth = 0
    for event, element in iterwalk(tree, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else "script"  # comments
        if tag not in _INLINE and parts:
            line = squeeze(strip("".join(parts)))
            parts.clear()
            if line:
                yield line
        if event == "start":
            invisible_depth += tag in _INVISIBLE
            text = element.text
        else:
            invisible_depth -= tag in _INVISIBLE
            text = element.tail
        if text and not invisible_depth:
            parts.append(text)
    last = squeeze(strip("".join(parts)))
    if last:
        yield last
