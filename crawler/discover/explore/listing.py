"""A listing fetched while exploring a site, and the reasons not to poll it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from crawler.dedupe.urls import registered_domain
from crawler.discover.explore.proposal import Kind, ago
from crawler.discover.listing import candidate_key
from crawler.items import Candidate

DEAD_AFTER: Final = timedelta(days=30)
STALE_SITEMAP_AFTER: Final = timedelta(days=7)
_MIN_HOME_SHARE: Final = 0.5  # of a listing's links must stay on the site
_AHEAD: Final = timedelta(days=1)
_COMMENTS = re.compile(
    r"^comments?\s(?:on|for)\b|^kommentare\s(?:zu|für)|^commentaires\s(?:sur|pour)|^comentarios\s(?:en|de)",
    re.IGNORECASE,
)
_COMMENTS_URL = re.compile(
    r"/comments?/(?:feed|rss|default|atom)|/feed/comments|comments?[._-](?:feed|rss)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Listing:
    """A fetched page that lists articles. `index`: the sitemap index that lists it, to be polled instead."""

    kind: Kind
    url: str
    candidates: tuple[Candidate, ...]
    title: str = ""
    podcast: bool = False
    news: bool = False  # a sitemap with news tags
    index: str = ""

    def keys(self) -> frozenset[int]:
        """Return the keys of the pages that it lists."""
        return frozenset(candidate_key(candidate) for candidate in self.candidates)

    def newest(self, now: datetime) -> datetime | None:
        """Return the newest date that is not in the future."""
        dates = (candidate.published or candidate.modified for candidate in self.candidates)
        return max((date for date in dates if date and date <= now + _AHEAD), default=None)


def rejection_reason(listing: Listing, site: str, now: datetime) -> str:
    """Return why a listing is not worth polling in any case, "" for a good one."""
    return next(_rejection_reasons(listing, site, now), "")


def _rejection_reasons(listing: Listing, site: str, now: datetime) -> Iterator[str]:
    candidates, newest = listing.candidates, listing.newest(now)
    if not candidates:
        yield "empty"
    if _COMMENTS.search(listing.title) or _COMMENTS_URL.search(listing.url):
        yield "a feed of comments"
    if sum("#comment" in candidate.url for candidate in candidates) * 2 > len(candidates):
        yield "a feed of comments"
    if listing.podcast:
        yield "a podcast: its entries carry audio or video"
    home = _owner(site)
    outside = sum(_owner(candidate.url) != home for candidate in candidates)
    if outside > (1 - _MIN_HOME_SHARE) * len(candidates):
        yield f"{outside} of {len(candidates)} links lead to other sites"
    if newest and listing.kind is not Kind.SECTION and now - newest > DEAD_AFTER:
        yield f"dead: newest item {ago(now - newest)}"
    if listing.kind is Kind.SITEMAP and (newest is None or now - newest > STALE_SITEMAP_AFTER):
        yield f"a sitemap without recent dates (newest item {ago(now - newest) if newest else 'undated'})"


def _owner(url: str) -> str:
    """Return the domain name without its suffix: bbc.com and bbc.co.uk have the same owner."""
    return registered_domain(url).partition(".")[0]
