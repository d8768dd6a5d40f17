"""Judges, every few hours, how much of what its site publishes each source names, and keeps the weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from crawler.archive import Archive
from crawler.archive.coverage.sightings import Named, SourceWeek
from crawler.config import Source
from crawler.health import Condition, Finding
from crawler.health.recall import Recall, recall

SETTLED: Final = timedelta(days=1)  # after which every listing has had its chance to name an article
WINDOW: Final = timedelta(days=7)
EVERY: Final = timedelta(hours=6)
MOST: Final = 50  # sources judged in one check


class CoverageWatch:
    """Judges the recall of sources. Blocks: call it in a thread. Every method may raise ArchiveError."""

    def __init__(self, archive: Archive) -> None:
        self._coverage = archive.coverage
        self._judged: dict[str, datetime] = {}
        self._findings: dict[str, Finding | None] = {}

    def finding(self, source: Source, now: datetime) -> Finding | None:
        """Return what is known of a source: that its listings are incomplete, or None."""
        last = self._judged.get(source.id)
        if last is None or not timedelta(0) <= now - last < EVERY:
            self.judge(source, now)
        return self._findings.get(source.id)

    def due(self, sources: Sequence[Source], now: datetime) -> list[Source]:
        """Return the sources to judge now, at most MOST."""
        waiting = [one for one in sources if not timedelta(0) <= now - self._judged.get(one.id, now - EVERY) < EVERY]
        if not waiting:
            return []
        active = set(self._coverage.active(now - WINDOW - SETTLED))
        for one in waiting:
            if one.id not in active:
                self._judged[one.id], self._findings[one.id] = now, None
        return [one for one in waiting if one.id in active][:MOST]

    def judge(self, source: Source, now: datetime) -> None:
        """Judge the last seven days, and write the weeks to which they belong."""
        until = now - SETTLED
        found, shares = self._recall(source.id, until - WINDOW, until)
        self._judged[source.id] = now
        self._findings[source.id] = self._finding(source, found, shares, until - WINDOW)
        for monday in (monday_of(until - WINDOW), monday_of(until)):
            week, by_listing = self._recall(source.id, monday, min(until, monday + WINDOW))
            if week.seen:
                self._coverage.save_week(SourceWeek(source.id, monday, week, tuple(by_listing)))

    def _recall(self, source: str, since: datetime, until: datetime) -> tuple[Recall, list[Named]]:
        listings, bits = self._coverage.named(source, since, until)
        own = sum(1 << number for number, one in enumerate(listings) if one.own)
        read = [number for number, one in enumerate(listings) if not one.own and any(bit >> number & 1 for bit in bits)]
        found = recall(((bool(bit & own), _numbered(bit, read)) for bit in bits if bit), checks=len(read))
        shares = [
            Named(
                one,
                sum(bit >> number & 1 for bit in bits),
                0 if one.own else sum(bit >> number & 1 and not bit & own for bit in bits),
            )
            for number, one in enumerate(listings)
        ]
        return found, shares

    def _finding(self, source: Source, found: Recall, shares: Sequence[Named], since: datetime) -> Finding | None:
        best = max((one for one in shares if not one.listing.own), key=lambda one: one.alone, default=None)
        if not found.is_incomplete or best is None or not best.alone:
            return None
        if source.kind == "site":
            self._coverage.promote(source.id, best.listing)
            return None  # from now on it is polled
        return Finding(Condition.INCOMPLETE, since, incomplete_detail(source, found, best))


def _numbered(bits: int, numbers: Sequence[int]) -> int:
    """Return these bits of a number, next to each other."""
    return sum((bits >> number & 1) << position for position, number in enumerate(numbers))


def incomplete_detail(source: Source, found: Recall, best: Named) -> str:
    """Return what a source misses, and which listing names it."""
    high = round(100 * (found.highest_share or 0))
    low = found.lowest_share
    share = f"{round(100 * low)} to {high} %" if low is not None and round(100 * low) < high else f"at most {high} %"
    kind = {"home": "home page"}.get(best.listing.kind, best.listing.kind)
    return (
        f"this {source.kind} names {share} of what its site publishes; "
        f"the {kind} {best.listing.address} named {best.alone} articles that it left out: add it"
    )


def monday_of(time: datetime) -> datetime:
    """Return the beginning of a week: Monday, 00:00 UTC."""
    day = time.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def last_week(now: datetime) -> datetime:
    """Return the beginning of the last week that is over, and in which every listing has had its chance."""
    return monday_of(now - SETTLED) - WINDOW
