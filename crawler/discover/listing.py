"""Shared parts of listings (feeds, sitemaps, section pages): the feed's type, absolute links, deduplication."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Final
from urllib.parse import parse_qs, urljoin, urlsplit

from crawler.dedupe.urls import canonical_url, place_url, registered_domain, url_key
from crawler.discover.plain import plain_text
from crawler.items import Candidate

TITLE_CHARS: Final = 500
SUMMARY_CHARS: Final = 2_000
_ABSOLUTE: Final = ("https://", "http://")
_GOOGLE_ALERT = re.compile(r"https?://www\.google\.[^/?#]*/url(?=[?#]|$)", re.IGNORECASE)
MAX_OWN_CHARS: Final = 100_000  # of an article that exists only in the feed
_NAME_CHARS: Final = 200
_MAX_NAMES: Final = 30
MIN_TTL_S: Final = 60
MAX_TTL_S: Final = 7 * 86_400
PODCAST_SHARE: Final = 0.8
MEDIA_TYPES: Final = ("audio/", "video/")


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed. Candidates in the feed's order, without duplicates."""

    title: str
    candidates: tuple[Candidate, ...]
    language: str = ""  # BCP 47, as announced
    ttl_s: int | None = None  # requested cache time in seconds: ttl, or the syndication module's period
    updated: datetime | None = None  # when the publisher last generated it
    hub: str = ""  # WebSub hub
    self_url: str = ""
    site_url: str = ""  # the page that the feed belongs to
    kind: str = ""  # "rss20", "atom10", "rss10", "json", ...
    entries: int = 0  # including duplicates and unusable ones
    unusable: str = ""  # the number of unusable entries, and why
    podcast: bool = False  # four of five entries carry audio or video


def unique(candidates: Iterable[Candidate | None]) -> tuple[Candidate, ...]:
    """Return the candidates in order, each page once."""
    found: dict[int, Candidate] = {}
    for candidate in candidates:
        if candidate is not None:
            found.setdefault(candidate_key(candidate), candidate)
    return tuple(found.values())


def candidate_key(candidate: Candidate) -> int:
    """Return the key that identifies a candidate. Raises ValueError for an invalid address."""
    return url_key(place_url(candidate.url) if candidate.own else canonical_url(candidate.url))


def page_url(link: str, base: str) -> str:
    """Return `link` as an absolute http(s) URL without the click counter of Google Alerts, "" for anything else."""
    link = link.strip()
    if "://" not in link and (
        link[:4].lower() == "www." or (link and link.partition("/")[0] == urlsplit(base).hostname)
    ):
        link = f"{urlsplit(base).scheme}://{link}"  # the scheme is missing
    try:
        absolute = link if link.startswith(_ABSOLUTE) else urljoin(base, link) if link else ""
        if _GOOGLE_ALERT.match(absolute):
            query = urlsplit(absolute).query
            absolute = next(iter(parse_qs(query, max_num_fields=50).get("url", [""])), "")
        canonical_url(absolute)
    except ValueError:
        return ""
    return absolute


def feed_base_url(url: str, site: str, own: str = "", *, by_site: bool = False) -> str:
    """Return the base URL of a feed's relative links, for a feed without xml:base.

    `url`: where it was fetched; `site`: its page; `own`: its declared own address. `by_site`: RSS, whose links are
    relative to the channel's (https://cyber.harvard.edu/rss/relativeURI.html). Other formats are relative to the
    document (RFC 4287, section 2), except that a feed distributed by another host is relative to its site.
    """
    if not site or (_is_private(site) and not _is_private(url)):
        return url
    if by_site:
        return site
    if _owner(site) == _owner(url):
        return url
    return own if own and _owner(own) == _owner(site) else site


def _owner(url: str) -> str:
    try:
        return registered_domain(url)
    except ValueError:
        return ""


def _is_private(url: str) -> bool:
    """Return whether an address is on the publisher's own machine or network, left over from the feed's generation."""
    host = urlsplit(url).hostname or ""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal", ".invalid", ".test"))


def names(values: Iterable[str]) -> tuple[str, ...]:
    """Return at most 30 different non-empty texts in order."""
    cleaned = (plain_text(value, _NAME_CHARS) for value in values)
    return tuple(dict.fromkeys(filter(None, cleaned)))[:_MAX_NAMES]
