"""How sources fare, for people: well, quiet, or what they suffer from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.archive import Archive
from crawler.archive.queries.health import Illness
from crawler.config import Source
from crawler.health import QUIET, hint, sentence
from crawler.schedule.due_time import SKEW
from crawler.service.scheduler.health import by_source, silence_of

PORTION = 500
WELL, QUIET_STATE, PAUSED, NEW = "well", "quiet", "paused", "not crawled"


@dataclass(frozen=True, slots=True)
class Bill:
    """One source's bill of health. `state`: "well", "quiet", "paused", "not crawled", or the first of its troubles."""

    source: Source
    state: str
    since: datetime | None = None  # of the trouble, or the last article of a quiet one
    illnesses: tuple[Illness, ...] = ()
    seen: str = ""  # what was seen, a sentence
    hint: str = ""  # what to do about it

    @property
    def is_ill(self) -> bool:
        """Whether somebody has to do something."""
        return bool(self.illnesses) and not self.source.paused


def bills(archive: Archive, sources: Sequence[Source], now: datetime, *, quiet: bool = True) -> list[Bill]:
    """How sources fare, in their order; `quiet`: look at silences too, which takes milliseconds for each.

    May raise ArchiveError.
    """
    portions = [sources[at : at + PORTION] for at in range(0, len(sources), PORTION)]
    return [bill for some in portions for bill in _some(archive, some, now, quiet=quiet)]


def _some(archive: Archive, sources: Sequence[Source], now: datetime, *, quiet: bool) -> list[Bill]:
    names = [source.id for source in sources]
    ill, crawled = by_source(archive.health.ill(names)), archive.health.last_runs(names, until=now + SKEW)
    return [_bill(archive, one, ill.get(one.id, []), now, is_new=one.id not in crawled, quiet=quiet) for one in sources]


def _bill(
    archive: Archive, source: Source, ill: Sequence[Illness], now: datetime, *, is_new: bool, quiet: bool
) -> Bill:
    first = ill[0] if ill else None
    if first is not None:
        seen, advice = sentence(first.condition, first.detail), hint(first.condition, source.id)
        return Bill(source, PAUSED if source.paused else first.condition.value, first.since, tuple(ill), seen, advice)
    if source.paused or is_new:
        return Bill(source, PAUSED if source.paused else NEW)
    heard = silence_of(archive, source, now) if quiet else None
    if heard is None or (missing := heard.missing(now)) < QUIET:
        return Bill(source, WELL)
    return Bill(source, QUIET_STATE, heard.last, seen=f"No new articles; about {missing:.0f} are usual in this period.")
