"""The newspaper at one moment, with the addresses that it has on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import unquote

from crawler.demo.outlets import OUTLETS
from crawler.demo.schedule import Pace, Version, find, recent


@dataclass(frozen=True, slots=True)
class Edition:
    """Everything that can be asked for at `now`. `bases` are the three outlets' origins, without a final slash."""

    bases: tuple[str, ...]
    pace: Pace
    now: datetime
    recent: tuple[Version, ...]  # of all outlets, the newest first, withdrawn ones included

    @property
    def listed(self) -> tuple[Version, ...]:
        """The articles that lists, feeds and sitemaps show, the newest first."""
        return tuple(v for v in self.recent if not v.gone)

    def of(self, outlet: int) -> tuple[Version, ...]:
        """One outlet's articles, the newest first."""
        return tuple(v for v in self.listed if v.story.outlet == outlet)

    def url(self, version: Version) -> str:
        """An article's canonical address."""
        return self.bases[version.story.outlet] + version.path

    def changed(self, outlet: int) -> datetime:
        """When something in this outlet last changed, so that any of its pages may have."""
        return max((v.changed for v in self.recent if v.story.outlet == outlet), default=self.pace.origin)

    def at(self, outlet: int, path: str) -> Version | None:
        """The article at this path (percent-encoded) of this outlet, withdrawn ones included."""
        slug = unquote(path).rstrip("/").rpartition("/")[2].removesuffix(".html")
        version = find(slug, self.pace, self.now)
        return version if version and version.story.outlet == outlet and version.path == path else None


@lru_cache(maxsize=4)
def _recent(pace: Pace, now: datetime) -> tuple[Version, ...]:
    return recent(pace, now)


def edition(bases: tuple[str, ...], pace: Pace, now: datetime) -> Edition:
    """The newspaper at `now` (aware)."""
    if len(bases) != len(OUTLETS):
        raise ValueError(f"{len(OUTLETS)} bases are needed, not {len(bases)}")
    return Edition(bases, pace, now, _recent(pace, now))
