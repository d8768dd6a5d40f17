"""Silences: what no alerts are sent about until a time, from the archive and from the watch file (`silent_until`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from crawler.archive import Archive
from crawler.config import Watch

WHAT = ("rule", "story", "source")


@dataclass(frozen=True, slots=True)
class Silenced:
    """A rule, story or source of which nothing is sent until a time. `made`: None for one of the watch file."""

    what: str  # one of WHAT
    name: str
    until: datetime
    created: datetime | None

    @property
    def in_watch_file(self) -> bool:
        """Whether the watch file says so: it can be lifted there alone."""
        return self.created is None


def silences(archive: Archive, watch: Watch, now: datetime) -> list[Silenced]:
    """Return what is silent at `now`: silences of the archive, then those of the watch file. Raises ArchiveError."""
    found = [Silenced(one.what, one.name, one.until, one.created) for one in archive.outbox.silences(now)]
    for (what, name), day in watch.silent_on(now.astimezone().date()).items():
        found.append(Silenced(what, name, datetime.combine(day, time()).astimezone(), None))
    return found


def lift(archive: Archive, watch: Watch, what: str, name: str, now: datetime) -> int:
    """End the silences of a rule, story or source and return how many there were.

    Raises ValueError, and ends none, where the watch file says `silent_until`; ArchiveError.
    """
    if (what, name) in watch.silent_on(now.astimezone().date()):
        raise ValueError(f"The watch file has `silent_until` for {what} {name[:80]}: remove it there.")
    return archive.outbox.end_silences(what, name)
