"""Silences: rules, stories and sources without notifications until a time, from the archive and the watch file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from crawler.archive import Archive
from crawler.config import Watch

KINDS = ("rule", "story", "source")


@dataclass(frozen=True, slots=True)
class Silenced:
    """A silenced rule, story or source. `created`: None if the watch file silences it (`silent_until`)."""

    what: str  # one of KINDS
    name: str
    until: datetime
    created: datetime | None

    @property
    def in_watch_file(self) -> bool:
        """Whether it is set in the watch file, which is then the only place to lift it."""
        return self.created is None


def silences(archive: Archive, watch: Watch, now: datetime) -> list[Silenced]:
    """Return the active silences: those of the archive, then those of the watch file. Raises ArchiveError."""
    found = [Silenced(one.what, one.name, one.until, one.created) for one in archive.outbox.silences(now)]
    for (what, name), day in watch.silent_on(now.astimezone().date()).items():
        found.append(Silenced(what, name, datetime.combine(day, time()).astimezone(), None))
    return found


def lift(archive: Archive, watch: Watch, what: str, name: str, now: datetime) -> int:
    """End the silences of a rule, story or source and return their number.

    Raises ValueError, without ending any, if the watch file sets `silent_until`. Raises ArchiveError.
    """
    if (what, name) in watch.silent_on(now.astimezone().date()):
        raise ValueError(f"The watch file has `silent_until` for {what} {name[:80]}: remove it there.")
    return archive.outbox.end_silences(what, name)
