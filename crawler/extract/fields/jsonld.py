"""JSON-LD of a page, with common errors tolerated: comments, stray commas, raw control characters, HTML inside.

Bounded: at most 60 scripts, 2 MB of JSON and 5,000 objects of a page are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from lxml.etree import _Element

from crawler.extract.page.ownership import Identity, own_nodes
from crawler.extract.words import squeeze

Json = dict[str, Any]

_MAX_SCRIPTS = 60
_MAX_CHARS = 2_000_000
_MAX_OBJECTS = 5_000
_MAX_DEPTH = 60
_ARTICLE_SUFFIXES = ("Article", "Posting", "Report", "NewsItem")
_TRAILING_COMMA = re.compile(r",(?=\s{0,200}[}\]])")
_BLOCK_TAG = re.compile(r"</?(?:p|br|div|h[1-6]|li|ul|ol|blockquote)\b[^<>]{0,500}>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,1000}>")
_RELATIONS = frozenset({  # from a node to things other than what it describes
    "itemListElement", "hasPart", "isPartOf", "relatedLink", "isRelatedTo", "mentions", "citation", "about",
    "isBasedOn", "subjectOf", "review", "comment", "workExample", "exampleOfWork", "blogPost", "blogPosts", "author",
    "publisher", "liveBlogUpdate", "significantLink", "associatedMedia",
})  # fmt: skip
_WRAPPERS = (
    "<!--",
    "//<![CDATA[",
    "// <![CDATA[",
    "<![CDATA[",
    "/*<![CDATA[*/",
    "-->",
    "//]]>",
    "// ]]>",
    "]]>",
    "/*]]>*/",
)


@dataclass(frozen=True, slots=True)
class Graph:
    """The objects of a page's JSON-LD: the one that describes the article ({} if none does), and all by @id.

    `articles`: all that describe it; `count`: the number of articles in the JSON-LD, the page's own or not.
    """

    article: Json = field(default_factory=dict)
    articles: tuple[Json, ...] = ()
    count: int = 0
    by_id: dict[str, Json] = field(default_factory=dict)
    types: frozenset[str] = frozenset()

    @property
    def body(self) -> str:
        """The longest articleBody as plain lines, "" if there is none."""
        return max((plain_text(a.get("articleBody")) for a in self.articles), key=len, default="")


def read(tree: _Element, identity: Identity, base: str) -> Graph:
    """Read all JSON-LD of the page with this identity. Invalid scripts are skipped.

    The best article is the first with the most of headline, date, body and author. The updates of a live blog
    are not articles: their dates and authors are not the page's.
    """
    objects = list(_walk(_scripts(tree)))
    named = [(o, listed) for o, listed in objects if any(t.endswith(_ARTICLE_SUFFIXES) for t in types(o))]
    updates = {id(u) for o, _ in named for u in _list(o.get("liveBlogUpdate"))}
    own = own_nodes([(o, listed) for o, listed in named if id(o) not in updates], identity, base)
    by_id = {o["@id"]: o for o, _ in reversed(objects) if isinstance(o.get("@id"), str) and len(o) > 1}
    best = max(own, key=_completeness, default={})
    return Graph(best, tuple(own), len(named), by_id, frozenset(t for o, _ in objects for t in types(o)))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def types(node: Json) -> tuple[str, ...]:
    """Return the schema.org type names of a node, without their namespace."""
    value = node.get("@type")
    names = value if isinstance(value, list) else [value]
    return tuple(name.rsplit("/", 1)[-1] for name in names if isinstance(name, str))


def _completeness(node: Json) -> int:
    return sum(bool(node.get(name)) for name in ("headline", "datePublished", "articleBody", "author"))


def _scripts(tree: _Element) -> Iterator[Any]:
    budget = _MAX_CHARS
    for count, script in enumerate(tree.iter("script")):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        source = (script.text or "").strip()
        budget -= len(source)
        if count > _MAX_SCRIPTS * 20 or budget < 0:
            return
        value = _loads(source)
        if value is not None:
            yield value


def _loads(source: str) -> Any:
    text = source
    for wrapper in _WRAPPERS:
        text = text.removeprefix(wrapper).removesuffix(wrapper).strip()
    text = text.rstrip(";")
    for attempt in (text, _TRAILING_COMMA.sub("", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _walk(roots: Iterable[Any]) -> Iterator[tuple[Json, bool]]:
    """Yield at most 5,000 objects in document order, outer before inner, and whether each is in a relation."""
    stack = [(value, 0, False) for value in reversed(list(roots))]
    left = _MAX_OBJECTS
    while stack and left:
        value, depth, related = stack.pop()
        if isinstance(value, dict):
            left -= 1
            yield value, related
        children = value.items() if isinstance(value, dict) else (("", child) for child in value)
        if depth < _MAX_DEPTH:
            stack.extend(
                (child, depth + 1, related or name in _RELATIONS)
                for name, child in reversed(list(children))
                if isinstance(child, dict | list)
            )


def plain_text(value: Any) -> str:
    """Convert a string (or list of strings) to plain lines: no HTML tags, entities or blank lines."""
    if isinstance(value, list):
        value = "\n".join(v for v in value if isinstance(v, str))
    if not isinstance(value, str):
        return ""
    text = unescape(value) if "&" in value else value
    if "<" in text:
        text = _TAG.sub("", _BLOCK_TAG.sub("\n", text))
        text = unescape(text) if "&" in text else text
    text = text.replace("\\r", "").replace("\\n", "\n") if "\\n" in text else text
    return "\n".join(line for line in map(squeeze, text.splitlines()) if line)


def scalar(value: Any) -> str:
    """Return the first string or number in `value` as text: some dates are counts of seconds."""
    if isinstance(value, list):
        value = next((v for v in value if isinstance(v, str | dict | int | float)), None)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else string(value)


def string(value: Any) -> str:
    """Return the first string in `value`, on one line, "" if there is none."""
    if isinstance(value, list):
        value = next((v for v in value if isinstance(v, str | dict)), None)
    if isinstance(value, dict):
        value = value.get("name") or value.get("url") or value.get("@value")
    return squeeze(plain_text(value)) if isinstance(value, str) else ""
