"""The newspaper at one time, with its addresses on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import unquote

from crawler.demo.outlets import OUTLETS
from crawler.demo.schedule import Pace, Version, find, recent


@dataclass(frozen=True, slots=True)
class Edition:
    """All content at `now`. `bases` are the three outlets' origins, without a final slash."""

    bases: tuple[str, ...]
    pace: Pace
    now: datetime
    recent: tuple[Version, ...]  # of all outlets, newest first, including withdrawn ones

    @property
    def listed(self) -> tuple[Version, ...]:
        """The articles in lists, feeds and sitemaps, newest first."""
        return tuple(v for v in self.recent if not v.gone)

    def of(self, outlet: int) -> tuple[Version, ...]:
        """Return the articles of an outlet, newest first."""
        return tuple(v for v in self.listed if v.story.outlet == outlet)

    def url(self, version: Version) -> str:
        """Return the canonical address of an article."""
        return self.bases[version.story.outlet] + version.path

    def changed(self, outlet: int) -> datetime:
        """Return when an outlet last changed, and with it perhaps each of its pages."""
        return max((v.changed for v in self.recent if v.story.outlet == outlet), default=self.pace.origin)

    def at(self, outlet: int, path: str) -> Version | None:
        """Return the article at a path (percent-encoded) of an outlet, even if it is withdrawn."""
        slug = unquote(path).rstrip("/").rpartition("/")[2].removesuffix(".html")
        version = find(slug, self.pace, self.now)
        return version if version and version.story.outlet == outlet and version.path == path else None


@lru_cache(maxsize=4)
def _recent(pace: Pace, now: datetime) -> tuple[Version, ...]:
    return recent(pace, now)


def edition(bases: tuple[str, ...], pace: Pace, now: datetime) -> Edition:
    """Return the newspaper at `now` (aware)."""
    if len(bases) != len(OUTLETS):
        raise ValueError(f"{len(OUTLETS)} bases are needed, not {len(bases)}")
    return Edition(bases, pace, now, _recent(pace, now))
