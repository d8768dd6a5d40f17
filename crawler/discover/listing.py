"""What every listing (feed, sitemap, section page) shares: the feed's type, absolute links, one entry a page."""

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
OWN_CHARS: Final = 100_000  # of an article that the feed itself is the only place of
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
    ttl_s: int | None = None  # seconds for which the publisher wants it cached: ttl, or the syndication module's period
    updated: datetime | None = None  # when the publisher last built it
    hub: str = ""  # WebSub hub
    self_url: str = ""
    site_url: str = ""  # the page that the feed belongs to
    kind: str = ""  # "rss20", "atom10", "rss10", "json", ...
    entries: int = 0  # before duplicates and what cannot be used were left out
    unusable: str = ""  # what was left out, and why
    podcast: bool = False  # four of five entries carry audio or video


def unique(candidates: Iterable[Candidate | None]) -> tuple[Candidate, ...]:
    """Return the candidates in order, each page once."""
    found: dict[int, Candidate] = {}
    for candidate in candidates:
        if candidate is not None:
            found.setdefault(key_of(candidate), candidate)
    return tuple(found.values())


def key_of(candidate: Candidate) -> int:
    """Return the key that a candidate is known by. Raises ValueError for what has no valid address."""
    return url_key(place_url(candidate.url) if candidate.own else canonical_url(candidate.url))


def page_url(link: str, base: str) -> str:
    """Return `link` as an absolute http(s) URL without the click counter of Google Alerts, "" for anything else."""
    link = link.strip()
    if "://" not in link and (
        link[:4].lower() == "www." or (link and link.partition("/")[0] == urlsplit(base).hostname)
    ):
        link = f"{urlsplit(base).scheme}://{link}"  # the scheme was forgotten
    try:
        absolute = link if link.startswith(_ABSOLUTE) else urljoin(base, link) if link else ""
        if _GOOGLE_ALERT.match(absolute):
            query = urlsplit(absolute).query
            absolute = next(iter(parse_qs(query, max_num_fields=50).get("url", [""])), "")
        canonical_url(absolute)
    except ValueError:
        return ""
    return absolute


def base_of(url: str, site: str, own: str = "", *, by_site: bool = False) -> str:
    """Return what a feed's relative links refer to, where the feed states no xml:base.

    `url`: where it was fetched; `site`: its page; `own`: its own address, as it says. `by_site`: RSS, whose links are
    relative to the channel's (https://cyber.harvard.edu/rss/relativeURI.html). Other formats are relative to the
    document (RFC 4287, section 2), but a feed that another host distributes was made for its site.
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
    """Tell whether an address is of the publisher's own machine or network: left over from where the feed was made."""
    host = urlsplit(url).hostname or ""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal", ".invalid", ".test"))


def names(values: Iterable[str]) -> tuple[str, ...]:
    """Return at most 30 different non-empty texts in order."""
    cleaned = (plain_text(value, _NAME_CHARS) for value in values)
    return tuple(dict.fromkeys(filter(None, cleaned)))[:_MAX_NAMES]
