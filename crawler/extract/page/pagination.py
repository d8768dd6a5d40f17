"""Articles on several pages: finding the link to the next page, and joining the pages to one article."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.extract.boilerplate.labels import label
from crawler.extract.finish import finish
from crawler.extract.page.marks import line_of
from crawler.extract.page.page import Page
from crawler.items import Extraction

MAX_PAGES = 10
_MAX_LINK_TEXT = 30
_SMALLEST_PATH = 6
_LATER = re.compile(r"(?:^|[/\-_,.])\d\d?(?:/|\.html?)?$|[?&][a-z]{1,6}=\d")


def next_page(page: Page) -> str:
    """Return the absolute URL of the next page of the same article, "" if candidate is none.

    `rel=next` (HTML Living Standard, 4.6.7.16) counts only if the address continues this one, because many blogs mark
    the next article with it.
    """
    try:
        slug = _slug(urlsplit(page.url).path)
    except ValueError:
        return ""
    links = [(e, e.get("href") or "") for e in page.tree.iter("link", "a")]
    marked = (e for e, href in links if href and "next" in (e.get("rel") or "").lower().split())
    # The slug is checked before the text: hundreds of links end in a number, few of them share this slug.
    likely = (pair for pair in links if slug in pair[1] or "/" not in pair[1].removeprefix("./"))
    labelled = (e for e, href in likely if _LATER.search(href) and _is_next_label(e))
    for element in chain(marked, labelled):
        try:
            url = str(urljoin(page.base, (element.get("href") or "").strip()))
            if _is_later_page(page.url, url):
                return url
        except ValueError:
            continue
    return ""


def _slug(path: str) -> str:
    """Return the part of `path` that the addresses of all pages of the article share, unless they are relative."""
    parts = (part.rstrip("0123456789-_") for part in reversed(_without_suffix(path).split("/")))
    return next(filter(None, parts), "")


def _is_next_label(link: HtmlElement) -> bool:
    text = line_of(link)
    return len(text) <= _MAX_LINK_TEXT and label(text) == "nav"


def _is_later_page(current: str, candidate: str) -> bool:
    """Return whether `candidate` is a later page of the article at `current`: only the page number differs."""
    one, two = urlsplit(current), urlsplit(candidate)
    if two.scheme not in ("http", "https") or one.netloc != two.netloc:
        return False
    before, after = _split_number(one.path, one.query), _split_number(two.path, two.query)
    return (
        after is not None
        and after[0] == (before[0] if before else _without_suffix(one.path))
        and after[1] > (before[1] if before else 1)
    )


def _without_suffix(path: str) -> str:
    return path.rstrip("/").removesuffix(".html").removesuffix(".htm")


def _split_number(path: str, query: str) -> tuple[str, int] | None:
    """Return (path without page number, number): /a/story/2, /a/story-2.html, /a/story?page=2, /story/page/2."""
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name.lower() in ("page", "p", "seite", "pagina", "pg", "s") and value.isdecimal() and len(value) <= 3:  # noqa: PLR2004
            return _without_suffix(path), int(value)
    stem = _without_suffix(path)
    head = stem.rstrip("0123456789")
    digits = stem[len(head) :]
    if not digits or len(digits) > 2 or len(head) < _SMALLEST_PATH or head[-1] not in "/-_,.":  # noqa: PLR2004
        return None
    head = head.rstrip("/-_,.").removesuffix("/page").removesuffix("/seite").removesuffix("/p")
    return head, int(digits)


def join(extractions: Sequence[Extraction]) -> Extraction:
    """Join the pages of one article, in order: at most 10, and no paragraph twice.

    All fields but the text come from the first page. Pages without an article are left out; if no page has one, the
    first extraction is returned.
    """
    pages = [e for e in extractions[:MAX_PAGES] if e.article is not None]
    if not pages or pages[0].article is None:
        return extractions[0] if extractions else Extraction(None, "empty")
    first = pages[0].article
    articles = [e.article for e in pages if e.article is not None]
    joined = replace(
        first,
        text=_paragraphs(a.text for a in articles),
        markdown=_paragraphs(a.markdown for a in articles),
        captions=tuple(dict.fromkeys(c for a in articles for c in a.captions)),
        authors=next((a.authors for a in articles if a.authors), ()),
        citations=tuple(dict.fromkeys(c for a in articles for c in a.citations)),
    )
    removed = tuple(dict.fromkeys(r for e in pages for r in e.removed))
    return Extraction(finish(joined), "", removed, pages[0].found_in, extractions[-1].next_page)


def _paragraphs(texts: Iterable[str]) -> str:
    seen: dict[str, None] = {}
    for text in texts:
        for paragraph in text.split("\n\n"):
            seen.setdefault(paragraph.strip("\n"), None)
    return "\n\n".join(p for p in seen if p)
