"""A page: its bytes parsed once, with what every later step reads from its head."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from crawler.extract import jsonld
from crawler.extract.decode import decode, is_binary
from crawler.extract.hints import Hints
from crawler.extract.words import squeeze

_NAMESPACES = frozenset({"article", "og", "twitter"})
MAX_TAGS = 40_000  # "<" signs; the fullest of 741 news pages had 19,700
MAX_ATTRIBUTES = 1000  # of one tag
_HTML_SIGNS = ("<html", "<body", "<head", "<!doctype html", "<p", "<div", "<article", "<main", "<h1", "<meta", "<title")
_UNREAD = (
    "script", "style", "svg", "link", "meta", "nav", "footer", "button", "select", "input", "textarea", "video",
    "audio", "canvas", "embed",
)  # fmt: skip
_UNSEEN = re.compile(
    r"\b(?:sr-only|visually-?hidden|screen-reader-text|visuallyhidden|a11y-hidden|assistive-text)\b", re.IGNORECASE
)
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{8000,}")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_POST = re.compile(r"(?:^|\s)post-(\d{1,9})(?=\s|$)")
_SMALLEST_POST = 300  # characters
_LAYOUT_PARAGRAPHS = 3
_MAX_NAME = 2000  # characters of a class or id
_MAX_POPUP = 1500  # characters
_MAX_TITLES = 8
# lxml's own lookup calls Python for each element that is met, to give forms and their fields classes of their own.
_ONE_CLASS = etree.ElementDefaultClassLookup(element=HtmlElement)


@dataclass(frozen=True, slots=True)
class Page:
    """A parsed page. `metas` maps lower-cased meta names and properties to their contents in document order."""

    tree: HtmlElement
    url: str
    metas: dict[str, tuple[str, ...]]
    ld: jsonld.Graph
    title_tag: str = ""
    headings: tuple[str, ...] = ()  # the h1 of the page
    flags: frozenset[str] = field(default=frozenset())

    def meta(self, *names: str) -> str:
        """The first non-empty content among `names`, in their order."""
        return next((value for name in names for value in self.metas.get(name, ()) if value), "")


def refuse(html: bytes, hints: Hints) -> str:
    """Why these bytes are not worth parsing: "empty", "too-large", "not-html", or ""."""
    if not html.strip():
        return "empty"
    if len(html) > hints.max_bytes:
        return "too-large"
    return "not-html" if is_binary(html) else ""


def parse(html: bytes, url: str, hints: Hints) -> Page | str:
    """The page in `html`, or the reason why there is none ("not-html", "too-complex")."""
    text = decode(html, hints.charset)
    long_tags = _LONG_TAG.findall(text)
    if text.count("<") > MAX_TAGS or any(map(_attributes_overflow, long_tags)):
        return "too-complex"
    if not any(sign in text[:200_000].lower() for sign in _HTML_SIGNS):
        return "not-html"
    tree = _tree(text)
    if tree is None:
        return "not-html"
    if long_tags:
        _shorten_names(tree)
    return Page(
        tree=tree,
        url=_readable(url),
        metas=_metas(tree),
        ld=jsonld.read(tree),
        title_tag=squeeze(next((t.text_content() for t in tree.iter("title")), "")),
        headings=tuple(h for e in _first(tree.iter("h1"), _MAX_TITLES) if (h := squeeze(e.text_content()))),
    )


def _readable(url: str) -> str:
    """`url` where it can be read, else "": nothing else of the page depends on a broken address."""
    try:
        urlsplit(url)
    except ValueError:
        return ""
    return url


def _shorten_names(tree: HtmlElement) -> None:
    """Cut classes and ids that no stylesheet has: every rule of the extractor searches them."""
    for element in tree.iter():
        for name in ("class", "id"):
            if len(value := element.get(name) or "") > _MAX_NAME:
                element.set(name, value[:_MAX_NAME])


def _attributes_overflow(tag: str) -> bool:
    """Whether a tag has more attributes than the parser, which compares each with all others, can bear."""
    return len(_QUOTED.sub("", tag).split()) > MAX_ATTRIBUTES


def _tree(text: str) -> HtmlElement | None:
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    parser.set_element_class_lookup(_ONE_CLASS)
    try:
        tree = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    return tree if len(tree) else None


def _first(items: Iterable[HtmlElement], count: int) -> Iterable[HtmlElement]:
    return (item for item, _ in zip(items, range(count), strict=False))


def _metas(tree: HtmlElement) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for element in _first(tree.iter("meta"), 2000):
        content = squeeze(element.get("content") or "")
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if content and (name := element.get(attribute)):
                found.setdefault(_meta_name(name), []).append(content)
    return {name: tuple(values) for name, values in found.items()}


def _meta_name(name: str) -> str:
    """Lower-cased; a namespace ends at its first colon ("article:published:time" is "article:published_time")."""
    space, colon, rest = name.strip().lower().partition(":")
    return space + colon + (rest.replace(":", "_") if space in _NAMESPACES else rest)


def strip_unread(tree: HtmlElement) -> None:
    """Drop what is never read as text, so that every later pass over the tree is cheaper."""
    for element in list(tree.iter(*_UNREAD)):
        _drop(element)
    for element in list(tree.iter("span", "small", "p", "h2", "h3")):
        if _is_unseen(element.get("class") or "") or (element.tag == "span" and _is_popup(element)):
            _drop(element)


@lru_cache(maxsize=4096)
def _is_unseen(classes: str) -> bool:
    return _UNSEEN.search(classes) is not None


def join_initials(tree: HtmlElement) -> None:
    """Join a large first letter that has an element of its own to its word ("N" + "a endlich"), in place."""
    for element in list(tree.iter("span", "b", "strong", "em", "big", "font")):
        letter = (element.text or "").strip()
        if len(letter) != 1 or not letter.isupper() or len(element):
            continue
        outer = element
        while (parent := outer.getparent()) is not None and parent.tag == "span" and _only(parent, letter):
            outer = parent
        tail, following = outer.tail or "", outer.getnext()
        if tail[:1].islower():
            outer.tail = letter + tail
        elif not tail.strip() and following is not None and (following.text or "")[:1].islower():
            following.text, outer.tail = f"{letter}{following.text}", None
        else:
            continue
        _drop(outer)


def _only(element: HtmlElement, text: str) -> bool:
    return len(element) == 1 and str(element.text_content()).strip() == text


def drop_other_posts(tree: HtmlElement) -> None:
    """Drop the other posts that a blog shows whole below the one that the page is about, in place.

    WordPress and its kin (hAtom) number each post in its class: `post-1806`. The one with the h1 is the page's own.
    """
    posts = [(e, n) for e in tree.iter("article", "div", "section") if (n := _post_number(e.get("class") or ""))]
    own = next((n for e, n in posts if next(e.iter("h1"), None) is not None), 0)
    size = sum(len(e.text_content()) for e, n in posts if n == own)
    others = [e for e, n in posts if own and n != own and next(e.iter("h1"), None) is None]
    if size - sum(len(e.text_content()) for e in others) >= _SMALLEST_POST:
        for element in others:
            _drop(element)


def _post_number(classes: str) -> int:
    found = _POST.search(classes) if "post-" in classes and len(classes) <= _MAX_NAME else None
    return int(found[1]) if found else 0


def unwrap_layout(tree: HtmlElement) -> None:
    """Turn tables that only lay out the page (a cell holds the headline or several paragraphs) into divs, in place."""
    for table in list(tree.iter("table")):
        if table.find(".//h1") is not None or any(len(c.findall("p")) >= _LAYOUT_PARAGRAPHS for c in table.iter("td")):
            own = [e for e in table.iter("tbody", "tr", "td") if next(e.iterancestors("table"), None) is table]
            for element in (table, *own):
                element.tag = "div"


def _is_popup(span: HtmlElement) -> bool:
    """A card inside a sentence: a picture first, then links ("Jane Doe [picture, three stories about her]")."""
    if len(span) == 0 or (span.text or "").strip() or len(span.text_content()) > _MAX_POPUP:
        return False
    first = next((e for e in span.iter("img", "a")), None)
    return first is not None and first.tag == "img" and len(list(_first(span.iter("a"), 2))) > 1


def _drop(element: HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()
