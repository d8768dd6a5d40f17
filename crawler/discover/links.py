"""Article links of section and home pages, found by URL, anchor text and repetition, without site-specific code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from lxml import etree
from lxml import html as lxml_html

from crawler.dates import read_instant
from crawler.dedupe.urls import base_url, canonical_url, registered_domain, url_key
from crawler.discover.listing import TITLE_CHARS, page_url
from crawler.discover.plain import plain_text
from crawler.discover.url_shape import ARTICLE_SCORE, score_url
from crawler.items import Candidate
from crawler.text.charset import decode

MAX_BYTES: Final = 10 * 1024 * 1024
_MAX_ANCHORS: Final = 5_000
_CARD_LEVELS: Final = 5  # how many levels a card's date may be from its link
_REPEATED: Final = 3
_HEADLINE_WORDS: Final = 4
_HEADLINE_CHARS: Final = 20
_UNSPACED_HEADLINE_CHARS: Final = 9
_MIN_URL_SCORE: Final = 0.05
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5"})
_BOILERPLATE: Final = frozenset({"nav", "footer", "header", "aside", "form", "menu"})
_BOILERPLATE_NAME = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|footer|breadcrumbs?|tags?|pagination|pager|share|social|cookie|consent|"
    r"login|subnav|masthead|topbar|sitemap|legal|ad|ads|advert|sponsored|outbrain|taboola)(?:[\s_-]|$)",
    re.IGNORECASE,
)
_UNSPACED = re.compile("[぀-ヿ㐀-鿿฀-๿]")


@dataclass(slots=True)
class _Link:
    """The combined information of all anchors to one page."""

    url: str
    title: str = ""
    published: datetime | None = None
    score: float = 0.0


def article_links(html: bytes, url: str, *, limit: int = 200, content_type: str = "") -> tuple[Candidate, ...]:
    """Return the articles that a section or home page links to, in the page's order, each once, at most `limit`.

    Only within the page's registered domain. `published` is the <time> of the link's card, if any. Only the first
    10 MB of a page are read; content that is not HTML gives ().
    """
    document = parse_page(html, url, content_type)
    if document is None:
        return ()
    base = page_base_url(document, url)
    language = plain_text(document.get("lang") or "", 35)
    links = _scored_links(document, base, url)
    chosen = islice((link for link in links if link.score >= ARTICLE_SCORE), limit)
    return tuple(
        Candidate(url=link.url, title=link.title, published=link.published, language=language, listed_in=url)
        for link in chosen
    )


def page_base_url(document: etree._Element, url: str) -> str:
    """Return the base URL of the relative links of the page at `url`."""
    declared = document.find(".//base[@href]")
    return base_url(declared.get("href") if declared is not None else None, url)


def parse_page(html: bytes, url: str, content_type: str = "") -> etree._Element | None:
    """Parse the first 10 MB of a page; None if it is not HTML."""
    text = decode(html[:MAX_BYTES], content_type, url)
    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        return lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _scored_links(document: etree._Element, base: str, page: str) -> list[_Link]:
    home, self_key = registered_domain(page), url_key(canonical_url(page))
    found = ((a, _target(a, base, home)) for a in islice(document.iter("a"), _MAX_ANCHORS))
    keyed = [(a, target, url_key(canonical_url(target))) for a, target in found if target]
    anchors = [(a, target, key) for a, target, key in keyed if key != self_key]
    containers = Counter(_container(a) for a, _, _ in anchors)
    dates = _card_dates(document, [(a, key) for a, target, key in anchors if score_url(target).is_article])
    links: dict[int, _Link] = {}
    for anchor, target, key in anchors:
        link = links.setdefault(key, _Link(target))
        title = plain_text(" ".join(_texts(anchor)), TITLE_CHARS)
        score = _score(anchor, target, title, repeated=containers[_container(anchor)] >= _REPEATED)
        link.published = link.published or _date_around(anchor, dates)
        link.score = max(link.score, score)
        if _is_headline(title) > _is_headline(link.title) or not link.title:
            link.title = title
    return list(links.values())


def _target(anchor: etree._Element, base: str, home: str) -> str:
    """Return the anchor's target without fragment if it is on the same registered domain, else ""."""
    href = (anchor.get("href") or "").partition("#")[0]
    target = page_url(href, base)
    return target if target and registered_domain(target) == home else ""


def _score(anchor: etree._Element, target: str, title: str, *, repeated: bool) -> float:
    """Score one anchor by URL, text and position: an unclear URL needs a headline, a headline a plausible URL."""
    by_url = score_url(target).score
    if by_url < _MIN_URL_SCORE:
        return 0.0
    score = by_url + (0.25 if _is_headline(title) else 0.0) + (0.2 if _in_heading(anchor) else 0.0)
    return score + (0.05 if repeated else 0.0) - (0.6 if _in_boilerplate(anchor) else 0.0)


def _is_headline(title: str) -> bool:
    if len(_UNSPACED.findall(title)) >= _UNSPACED_HEADLINE_CHARS:
        return True
    return len(title) >= _HEADLINE_CHARS and title.count(" ") + 1 >= _HEADLINE_WORDS


def _in_heading(anchor: etree._Element) -> bool:
    return any(node.tag in _HEADINGS for node in (*islice(anchor.iterancestors(), 3), *islice(anchor.iter(), 12)))


def _in_boilerplate(anchor: etree._Element) -> bool:
    for node in islice(anchor.iterancestors(), 12):
        if node.tag in {"article", "main"}:
            return False  # an article's own <header> holds its headline
        name = f"{node.get('class') or ''} {node.get('id') or ''}"[:300]
        if node.tag in _BOILERPLATE or node.get("role") == "navigation" or _BOILERPLATE_NAME.search(name):
            return node.tag not in {"html", "body"}
    return False


def _container(anchor: etree._Element) -> str:
    """Return the tags and classes of the anchor and two levels above, the same for all cards of a list."""
    nodes = (anchor, *islice(anchor.iterancestors(), 2))
    return ">".join(f"{node.tag}.{(node.get('class') or '')[:100]}" for node in nodes)


def _texts(anchor: etree._Element) -> Iterator[str]:
    """Yield the text of the anchor's heading if it has one, else its whole text, else its title or label."""
    heading = next((node for node in islice(anchor.iter(), 50) if node.tag in _HEADINGS), anchor)
    found = [text for text in islice(heading.itertext(), 50) if isinstance(text, str) and text.strip()]
    yield from found or [anchor.get("title") or anchor.get("aria-label") or ""]


def _card_dates(
    document: etree._Element, articles: list[tuple[etree._Element, int]]
) -> dict[etree._Element, datetime | None]:
    """Map the elements around each <time> to its date; None for lists, which have several dates or articles."""
    dates: dict[etree._Element, datetime | None] = {}
    for time in islice(document.iter("time"), _MAX_ANCHORS):
        date = read_instant(time.get("datetime") or "")
        for node in islice(time.iterancestors(), _CARD_LEVELS):
            dates[node] = None if node in dates else date
    owners: dict[etree._Element, int] = {}
    for anchor, key in articles:
        for node in islice(anchor.iterancestors(), 2 * _CARD_LEVELS):
            if node in dates and owners.setdefault(node, key) != key:
                dates[node] = None
    return dates


def _date_around(anchor: etree._Element, dates: dict[etree._Element, datetime | None]) -> datetime | None:
    """Return the date of the innermost element around the anchor that has one or is a list of several."""
    return next((dates[node] for node in islice(anchor.iterancestors(), _CARD_LEVELS) if node in dates), None)
