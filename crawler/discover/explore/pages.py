"""Links to listings in one fetched page: declared feeds, sections, sitemaps in robots.txt."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import Final
from urllib.parse import urljoin, urlsplit

from crawler.dedupe.urls import canonical_url, registered_domain, url_key
from crawler.discover.links import article_links, page_base_url, parse_page
from crawler.discover.listing import page_url
from crawler.discover.plain import plain_text
from crawler.discover.robots import read_robots
from crawler.discover.url_shape import score_url
from crawler.items import Candidate

# The feed paths of common publishing systems: WordPress, Drupal, Ghost, Arc, Blogger, Jekyll, ...
COMMON_FEEDS: Final = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/arc/outboundfeeds/rss/")
COMMON_SITEMAPS: Final = ("/sitemap.xml", "/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_index.xml")
_MAX_ANCHORS: Final = 3_000
_SECTION_SCORE: Final = 0.3
_FEED_TYPE = re.compile(r"application/(?:rss|atom|rdf|feed)\+(?:xml|json)|application/json|text/xml|application/xml")
_FEED_LINK = re.compile(
    r"(?:^|[/._=-])(?:rss|atom|feed|feeds|rdf|xml-feed)(?:$|[/._?&=-])|feedburner|outboundfeeds", re.IGNORECASE
)
_NOT_FEED_LINK = re.compile(r"feedback|/feedly|facebook|twitter|comments/feed|[?&]share=", re.IGNORECASE)
_SECTION_WORD = re.compile(r"[^\W\d_][\w-]{1,30}")
_NOT_SECTION = re.compile(r"^(?:amp|wp-.*|cdn-cgi|static|assets|my|user|account|app|apps|embed|ads?)$")


def robots_sitemaps(body: bytes, url: str) -> tuple[str, ...]:
    """Return the sitemaps that robots.txt names (RFC 9309 leaves the line to sitemaps.org), each once."""
    found = (page_url(named, url) for named in read_robots(body).sitemaps)
    return tuple(dict.fromkeys(filter(None, found)))


def declared_feeds(html: bytes, url: str, content_type: str = "") -> tuple[str, ...]:
    """Return the feeds that a page declares (<link rel=alternate>), then those that it links to; each once."""
    document = parse_page(html, url, content_type)
    if document is None:
        return ()
    base = page_base_url(document, url)
    found: list[str] = []
    for link in islice(document.iter("link"), _MAX_ANCHORS):
        rels = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").lower().strip()
        if "alternate" in rels and _FEED_TYPE.fullmatch(kind) and "oembed" not in (link.get("href") or ""):
            found.append(page_url(link.get("href") or "", base))
    for anchor in islice(document.iter("a"), _MAX_ANCHORS):
        target = page_url(anchor.get("href") or "", base)
        if target and _FEED_LINK.search(_tail(target)) and not _NOT_FEED_LINK.search(target):
            found.append(target)
    return tuple(dict.fromkeys(filter(None, found)))


def links_and_feeds(html: bytes, url: str) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """Return the links to articles on a site's home page, and the feeds that it declares."""
    return tuple(article_links(html, url)), declared_feeds(html, url)


def section_links(html: bytes, url: str, content_type: str = "", *, limit: int = 20) -> tuple[str, ...]:
    """Return links from `url` that look like sections ("/world", "/sport/football"), shortest and frequent first."""
    document = parse_page(html, url, content_type)
    if document is None:
        return ()
    base, home, seen = page_base_url(document, url), registered_domain(url), Counter[str]()
    for anchor in islice(document.iter("a"), _MAX_ANCHORS):
        target = page_url(anchor.get("href") or "", base)
        if target and registered_domain(target) == home and _is_section(target):
            seen[canonical_url(target)] += 1
    first: dict[int, str] = {}
    for target in seen:
        first.setdefault(url_key(target), target)
    order = {target: position for position, target in enumerate(seen)}
    ranked = sorted(first.values(), key=lambda target: (_depth(target), -seen[target], order[target]))
    return tuple(target for target in ranked if url_key(target) != url_key(canonical_url(url)))[:limit]


def page_title(html: bytes, url: str, content_type: str = "") -> tuple[str, str]:
    """Return the page's title (its og:site_name if it has one) and language, "" for none."""
    document = parse_page(html, url, content_type)
    if document is None:
        return "", ""
    names = [
        meta.get("content") or ""
        for meta in islice(document.iter("meta"), 200)
        if (meta.get("property") or "").lower() == "og:site_name"
    ]
    title = document.find(".//title")
    name = next(filter(None, names), "") or ((title.text or "") if title is not None else "")
    return plain_text(name, 200), plain_text(document.get("lang") or "", 35)


def at_paths(site: str, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return the URLs of these paths on the site's host."""
    return tuple(urljoin(site, path) for path in paths)


def _tail(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname if 'feed' in (parts.hostname or '') else ''}{parts.path}?{parts.query}"[:500]


def _is_section(url: str) -> bool:
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    if not 1 <= len(segments) <= 2 or parts.query or _NOT_SECTION.match(segments[0]):  # noqa: PLR2004 -- /sport/football
        return False
    shape = score_url(url)
    is_listing = any(reason.startswith(("listing", "a file")) for reason in shape.reasons)
    plain = all(_SECTION_WORD.fullmatch(segment) for segment in segments)
    return plain and not is_listing and shape.score < _SECTION_SCORE


def _depth(url: str) -> int:
    return urlsplit(url).path.strip("/").count("/")
