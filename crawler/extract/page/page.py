"""The parsed page, and the metadata that the later steps share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import cast
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from crawler.dedupe.urls import base_url, joined
from crawler.extract.fields import jsonld
from crawler.extract.page.decode import decode, is_binary
from crawler.extract.page.hints import Hints
from crawler.extract.page.ownership import Identity
from crawler.extract.words import squeeze

_NAMESPACES = frozenset({"article", "og", "twitter"})
MAX_TAGS = 40_000  # "<" characters; the largest of 741 news pages had 19,700
MAX_ATTRIBUTES = 1000  # of one tag
_HTML_MARKERS = (
    "<html",
    "<body",
    "<head",
    "<!doctype html",
    "<p",
    "<div",
    "<article",
    "<main",
    "<h1",
    "<meta",
    "<title",
)
_NON_TEXT = (
    "script", "style", "svg", "link", "meta", "nav", "footer", "button", "select", "input", "textarea", "video",
    "audio", "canvas", "embed",
)  # fmt: skip
_SCREEN_READER_ONLY = re.compile(
    r"\b(?:sr-only|visually-?hidden|screen-reader-text|visuallyhidden|a11y-hidden|assistive-text)\b", re.IGNORECASE
)
_BLOCKS = frozenset(
    {"div", "section", "aside", "article", "p", "ul", "ol", "dl", "table", "figure", "blockquote", "form"}
)
_MAYBE_HIDDEN = etree.XPath(
    "//*[@hidden or @aria-hidden or contains(@style, 'none') or contains(@style, 'hidden')] | //template | //dialog"
)
_HIDDEN_STYLE = re.compile(
    r"(?:^|;)\s{0,9}(?:display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden)", re.IGNORECASE
)
_ENTRY_TITLE = re.compile(r"(?:^|\s)(?:entry|post|article)[-_]?title(?:$|\s)", re.IGNORECASE)
_LOCKED = re.compile(r"paywall|premium|subscri|member|metered", re.IGNORECASE)
_HIDDEN_SHARE = 0.4  # of the page's paragraphs
_STORY_SHARE = 0.6
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{8000,}")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_POST = re.compile(r"(?:^|\s)post-(\d{1,9})(?=\s|$)")
_SMALLEST_POST = 300  # characters
_LAYOUT_PARAGRAPHS = 3
_MAX_NAME = 2000  # characters of a class or id
_MAX_POPUP = 1500  # characters
_MAX_TITLES = 8
# lxml's default lookup calls Python for each element, to give forms and their fields classes of their own.
_SINGLE_CLASS_LOOKUP = etree.ElementDefaultClassLookup(element=HtmlElement)


@dataclass(frozen=True, slots=True)
class Page:
    """A parsed page. `metas` maps lower-cased meta names and properties to their contents in document order."""

    tree: HtmlElement
    url: str
    base: str  # the base of its relative links
    metas: dict[str, tuple[str, ...]]
    ld: jsonld.Graph
    title_tag: str = ""
    headings: tuple[str, ...] = ()  # the h1 of the page
    identity: Identity = field(default_factory=Identity)
    logos: tuple[str, ...] = ()  # h1 that link to the home page: the site's name
    entry_titles: tuple[str, ...] = ()  # headings that a blog marks as the title of a post
    flags: frozenset[str] = field(default=frozenset())

    def meta(self, *names: str) -> str:
        """Return the first non-empty content among `names`, in their order."""
        return next((value for name in names for value in self.metas.get(name, ()) if value), "")


def precheck(html: bytes, hints: Hints) -> str:
    """Return why these bytes are not worth parsing: "empty", "too-large", "not-html"; "" if they are."""
    if not html.strip():
        return "empty"
    if len(html) > hints.max_bytes:
        return "too-large"
    return "not-html" if is_binary(html) else ""


def parse(html: bytes, url: str, hints: Hints) -> Page | str:
    """Parse `html` into a page, or return the reason why not ("not-html", "too-complex")."""
    text = decode(html, hints.charset, url)
    long_tags = _LONG_TAG.findall(text)
    if text.count("<") > MAX_TAGS or any(map(_has_too_many_attributes, long_tags)):
        return "too-complex"
    if not any(marker in text[:200_000].lower() for marker in _HTML_MARKERS):
        return "not-html"
    tree = _tree(text)
    if tree is None:
        return "not-html"
    if long_tags:
        _shorten_names(tree)
    url, declared = _valid_or_empty(url), tree.find(".//base[@href]")
    base, metas = base_url(declared.get("href") if declared is not None else None, url), _metas(tree)
    title_tag = squeeze(next((t.text_content() for t in tree.iter("title")), ""))
    heads = [(squeeze(e.text_content()), _is_logo(e, base)) for e in islice(tree.iter("h1"), _MAX_TITLES)]
    headings = tuple(text for text, is_logo in heads if text and not is_logo)
    logos = tuple(text for text, is_logo in heads if text and is_logo)
    identity = Identity.of(_addresses(tree, url, base, metas), _headlines(metas, title_tag, headings))
    return Page(
        tree,
        url,
        base,
        metas,
        jsonld.read(tree, identity, base),
        title_tag,
        headings,
        identity,
        logos,
        _entry_titles(tree),
    )


def _is_logo(heading: HtmlElement, base: str) -> bool:
    """Return whether an h1 is the site's name: it is a link to the home page, or inside one."""
    link = next(heading.iter("a"), None)
    link = link if link is not None else next(heading.iterancestors("a"), None)
    if link is None or squeeze(link.text_content()) != squeeze(heading.text_content()):
        return False
    address = joined(base, link.get("href") or "") or (link.get("href") or "")
    parts = urlsplit(address) if not address.startswith("http://[") else None
    return parts is not None and parts.path in ("", "/") and not parts.query and bool(link.get("href"))


def _entry_titles(tree: HtmlElement) -> tuple[str, ...]:
    heads = islice((e for e in tree.iter("h2", "h3") if _ENTRY_TITLE.search(e.get("class") or "")), 2)
    found = tuple(filter(None, (squeeze(e.text_content()) for e in heads)))
    return found if len(found) == 1 else ()


def _addresses(tree: HtmlElement, url: str, base: str, metas: dict[str, tuple[str, ...]]) -> Iterator[str]:
    yield url
    for link in islice(tree.iter("link"), 200):
        if "canonical" in (link.get("rel") or "").lower().split():
            yield joined(base, link.get("href") or "")
    for value in metas.get("og:url", ())[:1]:
        yield joined(base, value)


def _headlines(metas: dict[str, tuple[str, ...]], title_tag: str, headings: tuple[str, ...]) -> Iterator[str]:
    yield from headings
    for name in ("og:title", "twitter:title"):
        yield from metas.get(name, ())[:1]
    yield title_tag


def _valid_or_empty(url: str) -> str:
    """Return `url`, or "" if it is invalid: a broken address must not prevent the extraction."""
    try:
        urlsplit(url)
    except ValueError:
        return ""
    return url


def _shorten_names(tree: HtmlElement) -> None:
    """Cut overlong classes and ids, which every rule of the extractor searches."""
    for element in tree.iter():
        for name in ("class", "id"):
            if len(value := element.get(name) or "") > _MAX_NAME:
                element.set(name, value[:_MAX_NAME])


def _has_too_many_attributes(tag: str) -> bool:
    """Return whether a tag has too many attributes for the parser, which compares each with all others."""
    return len(_QUOTED.sub("", tag).split()) > MAX_ATTRIBUTES


def _tree(text: str) -> HtmlElement | None:
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    parser.set_element_class_lookup(_SINGLE_CLASS_LOOKUP)
    try:
        tree = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    for line_break in tree.iter("br"):  # plain text would join the words on both sides
        line_break.tail = f"\n{line_break.tail or ''}"
    return tree if len(tree) else None


def _metas(tree: HtmlElement) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for element in islice(tree.iter("meta"), 2000):
        content = squeeze(element.get("content") or "")
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if content and (name := element.get(attribute)):
                found.setdefault(_meta_name(name), []).append(content)
    return {name: tuple(values) for name, values in found.items()}


def _meta_name(name: str) -> str:
    """Normalize a name: lower case; only the first colon ends a namespace ("article:published:time")."""
    space, colon, rest = name.strip().lower().partition(":")
    return space + colon + (rest.replace(":", "_") if space in _NAMESPACES else rest)


def strip_invisible(tree: HtmlElement) -> list[str]:
    """Drop elements without visible text, which makes every later pass cheaper; return the hidden text."""
    _unwrap_main_asides(tree)
    for element in list(tree.iter(*_NON_TEXT)):
        _drop(element)
    hidden = [text for element in _hidden(tree) if (text := _drop_text(element))]
    for element in list(tree.iter("span", "small", "p", "h2", "h3")):
        if _is_screen_reader_only(element.get("class") or "") or (element.tag == "span" and _is_popup(element)):
            _drop(element)
    return hidden


def _unwrap_main_asides(tree: HtmlElement) -> None:
    """Turn each aside with the headline or most of the page's paragraphs, which is the story, into a div, in place."""
    asides = list(tree.iter("aside"))
    total = _prose(tree) if asides else 0
    for aside in asides:
        if aside.find(".//h1") is not None or _prose(aside) > _STORY_SHARE * total > 0:
            aside.tag = "div"


def _hidden(tree: HtmlElement) -> list[HtmlElement]:
    """Return the invisible elements: hidden by attribute or style, templates, closed dialogs.

    Elements with the headline or a large part of the page's paragraphs are left out: a script shows them later.
    """
    found = [element for element in cast("list[HtmlElement]", _MAYBE_HIDDEN(tree)) if _is_hidden(element)]
    total = _prose(tree) if found else 0
    return [e for e in found if next(e.iter("h1"), None) is None and _prose(e) <= _HIDDEN_SHARE * total]


def _is_hidden(element: HtmlElement) -> bool:
    if _LOCKED.search(element.get("class") or ""):  # the rest of the article, for subscribers
        return False
    if element.tag in ("template", "dialog"):
        return element.tag == "template" or element.get("open") is None
    if element.get("hidden") is not None and element.get("hidden", "").lower() != "until-found":
        return True
    if (element.get("aria-hidden") or "").lower() == "true" and element.tag in _BLOCKS:
        return True
    return bool(_HIDDEN_STYLE.search(element.get("style") or ""))


def _prose(element: HtmlElement) -> int:
    return sum(len(paragraph.text_content()) for paragraph in element.iter("p"))


def _drop_text(element: HtmlElement) -> str:
    text = squeeze(element.text_content())
    _drop(element)
    return text


@lru_cache(maxsize=4096)
def _is_screen_reader_only(classes: str) -> bool:
    return _SCREEN_READER_ONLY.search(classes) is not None


def join_initials(tree: HtmlElement) -> None:
    """Join a drop cap that has an element of its own to its word ("N" + "a endlich"), in place."""
    for element in list(tree.iter("span", "b", "strong", "em", "big", "font")):
        letter = (element.text or "").strip()
        if len(letter) != 1 or not letter.isupper() or len(element):
            continue
        outer = element
        while (parent := outer.getparent()) is not None and parent.tag == "span" and _contains_only(parent, letter):
            outer = parent
        tail, following = outer.tail or "", outer.getnext()
        if tail[:1].islower():
            outer.tail = letter + tail
        elif not tail.strip() and following is not None and (following.text or "")[:1].islower():
            following.text, outer.tail = f"{letter}{following.text}", None
        else:
            continue
        _drop(outer)


def _contains_only(element: HtmlElement, text: str) -> bool:
    return len(element) == 1 and str(element.text_content()).strip() == text


def drop_other_posts(tree: HtmlElement) -> None:
    """Drop the other posts that a blog shows in full below the page's own, in place.

    WordPress and other hAtom software number each post in its class: `post-1806`. The page's own has the h1.
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


def unwrap_layout_tables(tree: HtmlElement) -> None:
    """Turn layout tables (a cell contains the headline or several paragraphs) into divs, in place."""
    for table in list(tree.iter("table")):
        if table.find(".//h1") is not None or any(len(c.findall("p")) >= _LAYOUT_PARAGRAPHS for c in table.iter("td")):
            own = [e for e in table.iter("tbody", "tr", "td") if next(e.iterancestors("table"), None) is table]
            for element in (table, *own):
                element.tag = "div"


def _is_popup(span: HtmlElement) -> bool:
    """Return whether a span is a pop-up card in a sentence: a picture, then links ("Jane Doe [picture, 3 stories]")."""
    if len(span) == 0 or (span.text or "").strip() or len(span.text_content()) > _MAX_POPUP:
        return False
    first = next((e for e in span.iter("img", "a")), None)
    return first is not None and first.tag == "img" and len(list(islice(span.iter("a"), 2))) > 1


def _drop(element: HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()
