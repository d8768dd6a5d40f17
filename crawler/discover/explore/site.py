"""Exploration of a site without I/O: the URLs to fetch next, and finally the listings to follow.

::

    explorer = Explorer("bbc.com", now)
    while urls := explorer.next_urls():
        for url in urls:  # concurrently, if you like
            explorer.receive(Fetched(...))  # or explorer.fail(url, "timed out")
    proposal = explorer.proposal()
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from urllib.parse import urljoin, urlsplit, urlunsplit

from crawler.dedupe.urls import canonical_url
from crawler.discover.explore import pages
from crawler.discover.explore.choice import ENOUGH_COVERAGE, choose, coverage
from crawler.discover.explore.listing import Listing, rejection_reason
from crawler.discover.explore.proposal import EntryPoint, Kind, Proposal, Rejection, entry_points
from crawler.discover.feeds import read_feed
from crawler.discover.links import article_links
from crawler.discover.listing import Feed
from crawler.discover.sitemaps import Sitemap, read_sitemap
from crawler.discover.sitemaps.choice import newest_children
from crawler.errors import FeedError, SitemapError
from crawler.items import Candidate


def start_url(address: str) -> str:
    """Return the URL for an address as a user types it ("bbc.com", "https://bbc.com/news").

    Raises ValueError if it is not a web address.
    """
    address = address.strip()
    url = address if "://" in address else f"https://{address}"
    parts = urlsplit(canonical_url(url))
    if "." not in (parts.hostname or "") and parts.hostname != "localhost" and ":" not in (parts.hostname or ""):
        raise ValueError(f"not a web address: {address[:100]!r}")
    return urljoin(url, urlsplit(url).path or "/") if not parts.query else url


def alternative_urls(url: str) -> tuple[str, ...]:
    """Return alternative addresses of a site: with `www.`, and without encryption."""
    parts = urlsplit(url)
    host = parts.netloc.removeprefix("www.")
    places = [("https", f"www.{host}"), ("http", parts.netloc)]
    return tuple(urlunsplit((scheme, netloc, parts.path, parts.query, "")) for scheme, netloc in places)


__all__ = ["EntryPoint", "Explorer", "Fetched", "Parsed", "Proposal", "entry_points", "parse_as", "start_url"]

MAX_REQUESTS: Final = 25
_MAX_DECLARED: Final = 8
_MAX_SITEMAPS: Final = 4
_MAX_CHILDREN: Final = 2
_MAX_LISTED_FEEDS: Final = 6  # from a page that lists feeds
_MAX_SECTIONS: Final = 4
_MAX_LINKS: Final = {"home": 300, "section": 200, "any": 200}  # to articles, by the role of their page
_GONE: Final = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Fetched:
    """One response: the requested URL, the final URL, the status, the headers and the whole body."""

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def is_ok(self) -> bool:
        """Whether the status is 2xx (RFC 9110, section 15.3)."""
        return 200 <= self.status < 300  # noqa: PLR2004

    @property
    def content_type(self) -> str:
        """The Content-Type header, "" without one."""
        return next((value for name, value in self.headers.items() if name.lower() == "content-type"), "")


@dataclass(frozen=True, slots=True)
class _Task:
    role: str  # "home", "robots", "feed", "sitemap", "section"
    url: str
    guessed: bool = False  # a 404 is expected
    index: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The parsed content of a response, as far as its role needs it."""

    feed: Feed | None = None
    sitemap: Sitemap | None = None
    error: str = ""  # why there is neither
    title: str = ""
    language: str = ""
    articles: tuple[Candidate, ...] = ()
    feeds: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()

    @property
    def listed(self) -> tuple[Candidate, ...]:
        """The listed articles, whatever the type."""
        listing = self.feed or self.sitemap
        return listing.candidates if listing else self.articles


def parse_as(role: str, response: Fetched) -> Parsed:
    """Parse a response in a role of `Explorer.role`, or as "any": a feed, else a sitemap, else a page.

    This is the costly part of exploring, and a pure function, so that it can run in another process.
    """
    if not response.is_ok:
        return Parsed()
    if role == "robots":
        return Parsed(sitemaps=tuple(pages.robots_sitemaps(response.body, response.final_url)))
    page, error = (response.body, response.final_url, response.content_type), ""
    if role in {"home", "feed", "any"}:
        try:
            feed = read_feed(*page)
        except FeedError as failure:
            error = failure.message
        else:
            return Parsed(feed=feed, title=feed.title, language=feed.language)
    if role in {"sitemap", "any"}:
        try:
            return Parsed(sitemap=read_sitemap(response.body, response.final_url))
        except SitemapError as failure:
            error = failure.message
    feeds = tuple(pages.declared_feeds(*page)) if role in {"home", "feed"} else ()
    if role in {"feed", "sitemap"}:
        return Parsed(error=error, feeds=feeds)
    title, language = pages.page_title(*page)
    articles = article_links(
        response.body, response.final_url, limit=_MAX_LINKS[role], content_type=response.content_type
    )
    sections = tuple(pages.section_links(*page)) if role == "home" else ()
    return Parsed(title=title, language=language, articles=articles, feeds=feeds, sections=sections)


class Explorer:
    """An exploration, from a site's address to a Proposal in at most `max_requests` requests.

    Raises ValueError if the address is not a web address.
    """

    def __init__(self, address: str, now: datetime, *, max_requests: int = MAX_REQUESTS) -> None:
        self._site = start_url(address)
        self._now = now
        self._left = max_requests
        self._tasks: dict[str, _Task] = {}
        self._waiting: set[str] = set()
        self._queue = [_Task("home", self._site), _Task("robots", urljoin(self._site, "/robots.txt"))]
        self._plans = [self._plan_guesses, self._plan_sections]
        self._listings: list[Listing] = []
        self._rejected: list[Rejection] = []
        self._home: frozenset[int] = frozenset()
        self._about = ("", "")
        self._is_home_read = False
        self.section_urls: tuple[str, ...] = ()  # links of the home page, the likeliest first

    def next_urls(self) -> tuple[str, ...]:
        """Return the URLs to fetch now, in any order; () when exploring is done.

        Pass the result of each to `receive` or `fail` before the next call.
        """
        while not self._queue and self._plans and not self._waiting:
            self._plans.pop(0)()
        batch: list[str] = []
        while self._queue and self._left > 0:
            task = self._queue.pop(0)
            key = canonical_url(task.url)
            if key not in self._tasks:
                self._tasks[key] = task
                self._waiting.add(key)
                self._left -= 1
                batch.append(task.url)
        return tuple(batch) if batch or not self._plans or self._left <= 0 else self.next_urls()

    def fail(self, url: str, reason: str) -> None:
        """Record that `url` could not be fetched."""
        task = self._complete(url)
        if task is None:
            return
        if task.role != "robots":
            self._rejected.append(Rejection(task.url, reason))
        if task.role == "home" and not task.guessed:
            self._enqueue("home", alternative_urls(task.url), guessed=True)

    def role(self, url: str) -> str:
        """Return the role of a URL that `next_urls` returned, the first argument of `parse_as`."""
        return self._tasks[canonical_url(url)].role

    def receive(self, response: Fetched, parsed: Parsed | None = None) -> None:
        """Accept the response to a URL of `next_urls`, and the result of `parse_as` if it ran elsewhere."""
        task = self._complete(response.url)
        if task is None:
            return
        if not response.is_ok:
            if not (task.guessed and response.status in _GONE) and task.role != "robots":
                self._rejected.append(Rejection(task.url, f"HTTP {response.status}"))
            return
        handlers = {
            "home": self._receive_home,
            "robots": self._receive_robots,
            "feed": self._receive_feed,
            "sitemap": self._receive_sitemap,
            "section": self._receive_section,
        }
        handlers[task.role](task, response.final_url, parsed or parse_as(task.role, response))

    def proposal(self) -> Proposal:
        """Return the ranked results so far."""
        order = {task.url: position for position, task in enumerate(self._tasks.values())}
        listings = sorted(self._listings, key=lambda listing: order.get(listing.url, -1))
        chosen = choose(listings, self._site, self._home, self._now)
        title, language = self._about
        return replace(
            chosen,
            title=title,
            language=language,
            rejected=(*self._rejected, *chosen.rejected),
            requests=len(self._tasks),
        )

    def _complete(self, url: str) -> _Task | None:
        key = canonical_url(url)
        if key not in self._waiting:
            return None
        self._waiting.discard(key)
        return self._tasks[key]

    def _enqueue(self, role: str, urls: Iterable[str], *, guessed: bool = False, index: str = "") -> None:
        self._queue += [_Task(role, url, guessed, index) for url in urls]

    def _receive_home(self, _: _Task, url: str, parsed: Parsed) -> None:
        if self._is_home_read:  # the addresses with and without www. both responded
            return
        self._is_home_read = True
        self._site = url
        self._about = (parsed.title, parsed.language)
        if parsed.feed is not None:  # the address is that of a feed
            self._listings.append(
                Listing(Kind.FEED, url, parsed.feed.candidates, parsed.title, podcast=parsed.feed.podcast)
            )
            self._plans.clear()
            return
        home = Listing(Kind.SECTION, url, parsed.articles, parsed.title)
        self._home = home.keys()
        self._listings.append(home)
        self.section_urls = parsed.sections
        self._enqueue("feed", parsed.feeds[:_MAX_DECLARED])

    def _receive_robots(self, _: _Task, _url: str, parsed: Parsed) -> None:
        named = [(url, None) for url in parsed.sitemaps]
        self._enqueue("sitemap", newest_children(named, self._now, limit=_MAX_SITEMAPS))

    def _receive_feed(self, task: _Task, _url: str, parsed: Parsed) -> None:
        feed = parsed.feed
        if feed is None:
            if not task.guessed:
                self._enqueue("feed", parsed.feeds[:_MAX_LISTED_FEEDS])
                self._rejected.append(Rejection(task.url, parsed.error))
        elif not feed.candidates and feed.unusable:
            self._rejected.append(Rejection(task.url, f"nothing in it can be used: {feed.unusable}"))
        else:
            self._listings.append(Listing(Kind.FEED, task.url, feed.candidates, feed.title, podcast=feed.podcast))

    def _receive_sitemap(self, task: _Task, _url: str, parsed: Parsed) -> None:
        sitemap = parsed.sitemap
        if sitemap is None:
            if not task.guessed:
                self._rejected.append(Rejection(task.url, parsed.error))
            return
        if sitemap.children:
            chosen = newest_children(sitemap.children, self._now, limit=_MAX_CHILDREN)
            if not chosen:
                self._rejected.append(Rejection(task.url, "an index without sitemaps of recent articles"))
            self._enqueue("sitemap", chosen, index=task.index or task.url)  # new articles may be in another child
            return
        self._listings.append(Listing(Kind.SITEMAP, task.url, sitemap.candidates, news=sitemap.news, index=task.index))

    def _receive_section(self, task: _Task, _url: str, parsed: Parsed) -> None:
        self._listings.append(Listing(Kind.SECTION, task.url, parsed.articles, parsed.title))

    def _good(self, kind: Kind) -> list[Listing]:
        good = (listing for listing in self._listings if not rejection_reason(listing, self._site, self._now))
        return [listing for listing in good if listing.kind is kind]

    def _plan_guesses(self) -> None:
        """Request the common paths for listings that the site does not declare."""
        if not self._good(Kind.SITEMAP):
            self._enqueue("sitemap", pages.at_paths(self._site, pages.COMMON_SITEMAPS), guessed=True)
        if not self._good(Kind.FEED):
            self._enqueue("feed", pages.at_paths(self._site, pages.COMMON_FEEDS), guessed=True)

    def _plan_sections(self) -> None:
        """Request sections if feeds and sitemaps do not cover the home page."""
        found = [listing.keys() for kind in (Kind.FEED, Kind.SITEMAP) for listing in self._good(kind)]
        covered: frozenset[int] = frozenset().union(*found)
        if coverage(covered, self._home) < ENOUGH_COVERAGE:
            self._enqueue("section", self.section_urls[:_MAX_SECTIONS])
