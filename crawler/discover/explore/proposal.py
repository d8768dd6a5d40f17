"""The result of exploring a site: what to poll, what not, and why. Plain values, for users and for crawls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """The type of an entry point, which determines its parser."""

    FEED = "feed"
    SITEMAP = "sitemap"
    SECTION = "section"


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry point worth polling, and why. `coverage` is its share of the home page's articles, 0.0 to 1.0."""

    kind: Kind
    url: str
    title: str
    items: int
    newest: datetime | None
    coverage: float
    reason: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A URL that was examined and is not worth polling, and why."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """The result of exploring a site; choices best first."""

    site: str
    title: str = ""
    language: str = ""
    feeds: tuple[Choice, ...] = ()
    sitemaps: tuple[Choice, ...] = ()
    sections: tuple[Choice, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    requests: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found that could be polled."""
        return not (self.feeds or self.sitemaps or self.sections)


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """A listing that a crawl of a `site:` source polls. A sitemap may be an index (see `newest_children`)."""

    url: str
    kind: Kind


def entry_points(proposal: Proposal) -> tuple[EntryPoint, ...]:
    """Return what to poll, best first, each URL once."""
    choices = (*proposal.feeds, *proposal.sitemaps, *proposal.sections)
    return tuple(EntryPoint(url, kind) for url, kind in {choice.url: choice.kind for choice in choices}.items())


def ago(age: timedelta) -> str:
    """Return an age in words: "12 minutes ago", "3 days ago"."""
    seconds = max(0, int(age.total_seconds()))
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return "just now"
