"""The choice of a site's listings to follow, by freshness and coverage of the home page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from crawler.discover.explore.listing import DEAD_AFTER, Listing, rejection_reason
from crawler.discover.explore.proposal import Choice, Kind, Proposal, Rejection, ago

ENOUGH_COVERAGE: Final = 0.9
_MAX_CHOSEN: Final = 8
_MAX_SECTIONS: Final = 5
_MIN_NEW: Final = 3  # articles that a further section must add
_MIN_NEW_SHARE: Final = 0.2  # of a further feed's own entries
_HOME_WEIGHT: Final = 10  # weight of an article of the home page against any other


def choose(listings: Sequence[Listing], site: str, home: frozenset[int], now: datetime) -> Proposal:
    """Rank the listings. `home` holds the keys of the articles on the home page."""
    good: dict[Kind, list[Listing]] = {kind: [] for kind in Kind}
    rejected = []
    for listing in listings:
        reason = rejection_reason(listing, site, now)
        if reason:
            rejected.append(Rejection(listing.url, reason))
        else:
            good[listing.kind].append(listing)
    feeds, covered, repeated = _greedy(good[Kind.FEED], home, now)
    sitemaps, covered, redundant = _sitemaps(good[Kind.SITEMAP], home, covered, now)
    sections, superfluous = _sections(good[Kind.SECTION], home, covered)
    return Proposal(
        site=site,
        feeds=tuple(_choice(listing, home, now) for listing in feeds),
        sitemaps=tuple(_choice(listing, home, now) for listing in sitemaps),
        sections=tuple(_choice(listing, home, now) for listing in sections),
        rejected=(*rejected, *repeated, *redundant, *superfluous),
    )


def coverage(covered: frozenset[int], home: frozenset[int]) -> float:
    """Return the share of the home page's articles that are covered; 0.0 if it has none."""
    return len(covered & home) / len(home) if home else 0.0


def _greedy(
    feeds: Iterable[Listing], home: frozenset[int], now: datetime
) -> tuple[list[Listing], frozenset[int], list[Rejection]]:
    """Choose the feed that adds most, repeatedly, as long as one adds a fifth of its own entries."""
    chosen: list[Listing] = []
    covered: frozenset[int] = frozenset()
    left = {listing.url: (listing, listing.keys()) for listing in feeds}
    while left and len(chosen) < _MAX_CHOSEN:
        listing, keys = max(left.values(), key=lambda item: _gain(item[0], item[1] - covered, home, now))
        if len(keys - covered) < _MIN_NEW_SHARE * len(keys) or not keys - covered:
            break
        chosen.append(listing)
        covered |= keys
        del left[listing.url]
    return chosen, covered, [Rejection(url, _repeats(keys, chosen, covered)) for url, (_, keys) in left.items()]


def _gain(listing: Listing, new: frozenset[int], home: frozenset[int], now: datetime) -> tuple[float, float]:
    """Score what a feed adds: articles of the home page count most, then other articles, then their age."""
    newest = listing.newest(now)
    age_s = max(0.0, (now - newest).total_seconds()) if newest else DEAD_AFTER.total_seconds()
    return _HOME_WEIGHT * len(new & home) + len(new), -age_s


def _repeats(keys: frozenset[int], chosen: Sequence[Listing], covered: frozenset[int]) -> str:
    nearest = max(chosen, key=lambda listing: len(listing.keys() & keys), default=None)
    if nearest is None or len(keys - covered) >= _MIN_NEW_SHARE * len(keys):
        return "enough feeds are chosen"
    return f"{len(keys & covered)} of its {len(keys)} entries are in {nearest.url}"


def _sitemaps(
    sitemaps: Iterable[Listing], home: frozenset[int], covered: frozenset[int], now: datetime
) -> tuple[list[Listing], frozenset[int], list[Rejection]]:
    """Choose news sitemaps always (they list what feeds cut off), others if feeds do not cover the home page."""
    chosen: list[Listing] = []
    rejected: list[Rejection] = []
    for listing in sorted(sitemaps, key=lambda item: (not item.news, -(item.newest(now) or now).timestamp())):
        needed = listing.news or not covered or (home and coverage(covered, home) < ENOUGH_COVERAGE)
        place = listing.index or listing.url
        if any((other.index or other.url) == place for other in chosen):
            covered |= listing.keys()
        elif needed and listing.keys() - covered:
            chosen.append(listing)
            covered |= listing.keys()
        else:
            rejected.append(Rejection(listing.url, "adds nothing to what is chosen"))
    return chosen, covered, rejected


def _sections(
    sections: Iterable[Listing], home: frozenset[int], covered: frozenset[int]
) -> tuple[list[Listing], list[Rejection]]:
    """Choose pages in order (the home page first), if feeds and sitemaps leave out articles."""
    chosen: list[Listing] = []
    rejected: list[Rejection] = []
    share = coverage(covered, home)
    for listing in sections:
        new = len(listing.keys() - covered)
        if share >= ENOUGH_COVERAGE:
            rejected.append(Rejection(listing.url, f"{share:.0%} of the home page is covered already"))
        elif new < _MIN_NEW:
            rejected.append(Rejection(listing.url, f"adds only {new} articles"))
        elif len(chosen) == _MAX_SECTIONS:
            rejected.append(Rejection(listing.url, "enough sections are chosen"))
        else:
            chosen.append(listing)
            covered |= listing.keys()
    return chosen, rejected


def _choice(listing: Listing, home: frozenset[int], now: datetime) -> Choice:
    newest, share = listing.newest(now), coverage(listing.keys(), home)
    parts = [f"{len(listing.candidates)} items", f"newest {ago(now - newest)}" if newest else "undated"]
    if home:
        parts.append(f"covers {share:.0%} of the home page's articles")
    if listing.news:
        parts.append("a news sitemap")
    return Choice(
        kind=listing.kind,
        url=listing.index or listing.url,
        title=listing.title,
        items=len(listing.candidates),
        newest=newest,
        coverage=share,
        reason=", ".join(parts),
    )
