"""Rare readings of a site's other listings, to check what a source's own listings miss. Pure; time is an argument."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from urllib.parse import urljoin, urlsplit

SHARE: Final = 0.025  # of a source's requests: with a robots.txt now and then, checks stay below 3 %
MOST_CREDIT: Final = 3.0  # requests that may be saved up
MOST_LISTINGS: Final = 8  # of a site, with its home page
MIN_GAP: Final = timedelta(hours=2)  # between two readings of a listing
MAX_FAILURES: Final = 3  # in a row, after which a listing is read once a month
RETRY: Final = timedelta(days=30)
ONE_SITE: Final = 0.8  # of a listing's entries are on one host, or it is not the listing of one site
ONE_SECTION: Final = 0.9  # of its entries are in one section, or it is for the whole site
ENOUGH: Final = 8  # entries to tell


@dataclass(frozen=True, slots=True)
class CheckListing:
    """A listing that the source does not poll. `read_s`: when it was last requested, in seconds since 1970."""

    kind: str  # "home", "feed", "sitemap"
    url: str
    read_s: float = 0.0
    failures: int = 0

    def wait(self) -> timedelta:
        """Return how long to wait after its last reading."""
        return RETRY if self.failures >= MAX_FAILURES else MIN_GAP


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """The listings to check one source with.

    `scope`: the start of the addresses of all entries of the source's own listings, for example
    "https://example.org/world/"; "" while it is not known, or if the listings are not those of one site.
    """

    scope: str = ""
    listings: tuple[CheckListing, ...] = ()

    def due(self, now_s: float) -> CheckListing | None:
        """Return the listing to read now, if any: the one that was not read for the longest time."""
        ready = [one for one in self.listings if one.read_s + one.wait().total_seconds() <= now_s]
        return min(ready, key=lambda one: one.read_s) if ready and self.scope else None

    def read(self, url: str, now_s: float, *, failed: bool) -> CheckPlan:
        """Return the plan after a reading."""
        return replace(
            self,
            listings=tuple(
                replace(one, read_s=now_s, failures=one.failures + 1 if failed else 0) if one.url == url else one
                for one in self.listings
            ),
        )

    def discover(self, kind: str, urls: Iterable[str]) -> CheckPlan:
        """Return the plan with more listings to check, as many as there is room for."""
        known = {one.url for one in self.listings}
        found = tuple(CheckListing(kind, url) for url in dict.fromkeys(urls) if url not in known)
        return replace(self, listings=(*self.listings, *found)[:MOST_LISTINGS])

    def without(self, urls: Iterable[str]) -> CheckPlan:
        """Return the plan without listings that the source polls."""
        own = set(urls)
        return replace(self, listings=tuple(one for one in self.listings if one.url not in own))

    def scoped(self, urls: Iterable[str]) -> CheckPlan:
        """Return the plan with the scope of a listing's entries; with their site's home page as the first check."""
        scope = scope_of(urls)
        if not scope or scope == self.scope:
            return self
        if self.scope and urlsplit(scope)[:2] == urlsplit(self.scope)[:2]:
            scope = _common(scope, self.scope)
        return replace(self, scope=scope).discover("home", [urljoin(scope, "/")])

    def covers(self, url: str) -> bool:
        """Return whether an address is in the scope of the source."""
        return bool(self.scope) and _place(url).startswith(_place(self.scope))


def scope_of(urls: Iterable[str]) -> str:
    """Return the host, and the section, that most addresses share; "" if they share no host."""
    parts = [urlsplit(url) for url in urls]
    hosts = Counter((one.scheme, one.netloc) for one in parts)
    if len(parts) < ENOUGH:
        return ""
    (scheme, host), count = hosts.most_common(1)[0]
    if count < ONE_SITE * len(parts):
        return ""
    sections = Counter(_section(one.path) for one in parts if one.netloc == host)
    section, same = sections.most_common(1)[0]
    return f"{scheme}://{host}/{section}/" if section and same >= ONE_SECTION * count else f"{scheme}://{host}/"


def _section(path: str) -> str:
    """Return the first segment of the path of an article in a section; "" if it is the article's own."""
    first, rest, _ = path.lstrip("/").partition("/")
    return first if rest and not any(char.isdigit() for char in first) else ""


def _common(one: str, other: str) -> str:
    return one if one == other else urljoin(one, "/")


def _place(url: str) -> str:
    """Return an address without its scheme and a leading "www."."""
    parts = urlsplit(url)
    return f"{parts.netloc.removeprefix('www.')}{parts.path or '/'}"
