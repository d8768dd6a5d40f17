"""What every listing (feed, sitemap, section page) shares: the feed's type, absolute links, one entry a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs, urljoin, urlsplit

from crawler.dedupe.urls import canonical_url, url_key
from crawler.discover.plain import plain_text
from crawler.items import Candidate

TITLE_CHARS: Final = 500
SUMMARY_CHARS: Final = 2_000
_NAME_CHARS: Final = 200
_MAX_NAMES: Final = 30
MIN_TTL_S: Final = 60
MAX_TTL_S: Final = 7 * 86_400
PODCAST_SHARE: Final = 0.8
MEDIA_TYPES: Final = ("audio/", "video/")


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed. Candidates in the feed's order, without duplicates and without entries that link to no page."""

    title: str
    candidates: tuple[Candidate, ...]
    language: str = ""  # BCP 47, as announced
    ttl_s: int | None = None  # seconds for which the publisher wants it cached: ttl, or the syndication module's period
    updated: datetime | None = None  # when the publisher last built it
    hub: str = ""  # WebSub hub
    self_url: str = ""
    site_url: str = ""  # the page that the feed belongs to
    kind: str = ""  # "rss20", "atom10", "rss10", "json", ...
    entries: int = 0  # before duplicates and entries without a page were left out
    podcast: bool = False  # four of five entries carry audio or video


def unique(candidates: Iterable[Candidate | None]) -> tuple[Candidate, ...]:
    """Return the candidates in order, each page once."""
    found: dict[int, Candidate] = {}
    for candidate in candidates:
        if candidate is not None:
            found.setdefault(url_key(canonical_url(candidate.url)), candidate)
    return tuple(found.values())


def page_url(link: str, base: str) -> str:
    """Return `link` as an absolute http(s) URL without the click counter of Google Alerts, "" for anything else."""
    try:
        absolute = urljoin(base, link.strip()) if link else ""
        parts = urlsplit(absolute)
        if parts.path == "/url" and (parts.hostname or "").startswith("www.google."):
            absolute = next(iter(parse_qs(parts.query, max_num_fields=50).get("url", [""])), "")
        canonical_url(absolute)
    except ValueError:
        return ""
    return absolute


def names(values: Iterable[str]) -> tuple[str, ...]:
    """Return at most 30 different non-empty texts in order."""
    cleaned = (plain_text(value, _NAME_CHARS) for value in values)
    return tuple(dict.fromkeys(filter(None, cleaned)))[:_MAX_NAMES]
