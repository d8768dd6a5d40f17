"""A farm of news sites with known truth: each listing leaves out a share of the articles, which is known."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import exp, log
from typing import Final

HIDDEN: Final = (0.02, 0.30)  # the share of the articles that a listing leaves out
HARD: Final = 0.2  # of the articles are harder to name by every listing, if the listings are dependent
DEPENDENCE: Final = {"independent": 1.0, "weak": 3.0, "strong": 30.0}  # the odds against those, times so much
EVERY: Final = timedelta(minutes=30)
NIGHT: Final = frozenset({0, 1, 2, 3, 4, 5})  # a quarter of the articles of other hours


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing of a site. `holds`: the time, or the number, of articles after which one drops out."""

    kind: str  # of crawler.items.SiteListing
    path: str
    own: bool = False  # the source polls it
    holds: int | timedelta = 40
    in_section: int | None = None  # names only articles of this section


FEED: Final = Listing("feed", "/feed.xml")
HOME: Final = Listing("home", "/", holds=60)
NEWS: Final = Listing("sitemap", "/news.xml", holds=timedelta(days=2))
DAILY: Final = Listing("sitemap", "/sitemap.xml", holds=timedelta(days=6))


def _own(listing: Listing) -> Listing:
    return replace(listing, own=True)


SHAPES: Final[dict[str, tuple[Listing, ...]]] = {
    "RSS only, home page links": (_own(FEED), HOME),
    "RSS, news sitemap": (_own(FEED), HOME, NEWS),
    "sitemap index, lastmod": (_own(DAILY), HOME, FEED),
    "sitemap index, no lastmod": (_own(DAILY), HOME),
    "home page only": (_own(HOME),),
    "sections": (
        *(Listing("section", f"/part{n}/", own=True, holds=25, in_section=n) for n in range(3)),
        HOME,
        FEED,
    ),
}


@dataclass(frozen=True, slots=True)
class Published:
    """An article. `named`: the positions of the listings that name it."""

    at: datetime
    section: int
    named: frozenset[int]


@dataclass(slots=True)
class Site:
    """One site. `rate`: articles a day; `every`: how often the source is polled, None: by its publishing pattern."""

    name: str
    shape: str
    dependence: str
    rate: float
    every: timedelta | None
    listings: tuple[Listing, ...]
    articles: list[Published]
    _by_listing: list[list[int]] = field(default_factory=list)
    _times: list[list[datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for position in range(len(self.listings)):
            numbers = [number for number, one in enumerate(self.articles) if position in one.named]
            self._by_listing.append(numbers)
            self._times.append([self.articles[number].at for number in numbers])

    def appeared(self, position: int, now: datetime) -> int:
        """Return how many articles a listing has named so far."""
        return bisect_right(self._times[position], now)

    def visible(self, position: int, now: datetime) -> Sequence[int]:
        """Return the numbers of the articles that a listing names now, oldest first."""
        end, holds = self.appeared(position, now), self.listings[position].holds
        begin = end - holds if isinstance(holds, int) else bisect_right(self._times[position], now - holds)
        return self._by_listing[position][max(0, begin) : end]

    def url(self, number: int) -> str:
        """Return the path of an article."""
        part = f"/part{self.articles[number].section}" if self.shape == "sections" else ""
        return f"{part}/{number}-council-argues-about-the-harbour"

    def published(self, since: datetime, until: datetime) -> list[int]:
        """Return the numbers of the articles of a time."""
        return [number for number, one in enumerate(self.articles) if since <= one.at < until]

    def hidden(self, number: int) -> bool:
        """Return whether the source's own listings leave out an article that another listing names."""
        named = self.articles[number].named
        return bool(named) and not any(self.listings[position].own for position in named)


def grow(number: int, seed: int, begin: datetime, end: datetime) -> Site:
    """Return a site; its shape, dependence and interval follow from its number."""
    shapes, kinds, rng = list(SHAPES), list(DEPENDENCE), random.Random(f"{seed} {number}")
    turn, shape = divmod(number, len(shapes))
    every = EVERY if turn // len(kinds) % 2 else None
    return publish(f"site-{number}", shapes[shape], kinds[turn % len(kinds)], every, rng, begin, end)


def publish(
    name: str,
    shape: str,
    dependence: str,
    every: timedelta | None,
    rng: random.Random,
    begin: datetime,
    end: datetime,
) -> Site:
    """Return a site that publishes 8 to 60 articles a day."""
    rate, listings = exp(rng.uniform(log(8), log(60))), SHAPES[shape]
    shares = [rng.uniform(*HIDDEN) for _ in listings]
    articles: list[Published] = []
    now = begin
    while now < end:
        now += timedelta(days=rng.expovariate(rate * 24 / 19.5))
        if now.hour in NIGHT and rng.random() < 0.75:
            continue
        harder = DEPENDENCE[dependence] if rng.random() < HARD else 1.0
        section = rng.randrange(3)
        named = frozenset(
            position
            for position, (listing, share) in enumerate(zip(listings, shares, strict=True))
            if listing.in_section in {None, section} and rng.random() < _chance(share, harder)
        )
        articles.append(Published(now, section, named))
    return Site(name, shape, dependence, rate, every, listings, articles)


def _chance(share: float, harder: float) -> float:
    odds = (1 - share) / share / harder
    return odds / (1 + odds)
