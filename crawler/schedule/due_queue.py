"""The due queue: which sources to start now, in which order and at which pace. Pure; time is an argument.

Normally a source is released when it is due. After downtime, or if one cron line applies to thousands, many are due
at once: they are released at a pace of HEADROOM times the ordinary load of all sources. The earliest deadline (due time
plus gap) goes first: after an outage that is the source with the shortest interval, and no source starves. Sources
that were never crawled alternate with the late ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Final, TypeAlias

HEADROOM: Final = 1.5  # catching up is at most this many times the ordinary load
MIN_PACE: Final = 20.0  # sources a second, at least

_Heap: TypeAlias = list[tuple[float, int, str]]


@dataclass(frozen=True, slots=True)
class _Entry:
    due: float  # seconds since 1970
    gap: float  # seconds between two of its polls
    number: int  # increases; heap items with an older number are outdated
    is_new: bool


class DueQueue:
    """Due times by source, taken in order. Every operation is O(log n), `take` for each source that it returns."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._waiting: _Heap = []
        self._late: _Heap = []
        self._new: _Heap = []
        self._number = 0
        self._load = 0.0  # polls a second of all sources together
        self._budget = MIN_PACE
        self._taken_at: float | None = None
        self._new_first = True

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    @property
    def names(self) -> set[str]:
        """All sources in the queue."""
        return set(self._entries)

    @property
    def pace(self) -> float:
        """Sources a second that are released at most."""
        return max(MIN_PACE, HEADROOM * self._load)

    def put(self, name: str, due: datetime, gap: timedelta, *, is_new: bool = False) -> None:
        """Set the due time of a source, replacing an earlier one. `gap`: its usual interval, for the pace."""
        self.drop(name)
        self._number += 1
        entry = _Entry(due.timestamp(), max(1.0, gap.total_seconds()), self._number, is_new)
        self._entries[name] = entry
        self._load += 1 / entry.gap
        heappush(self._waiting, (entry.due, entry.number, name))

    def drop(self, name: str) -> None:
        """Remove a source, if it is in the queue."""
        entry = self._entries.pop(name, None)
        if entry is not None:
            self._load = max(0.0, self._load - 1 / entry.gap)

    def due(self, name: str) -> datetime | None:
        """Return when the source is due, in UTC; None if it is not in the queue."""
        entry = self._entries.get(name)
        return datetime.fromtimestamp(entry.due, UTC) if entry else None

    def take(self, now: datetime) -> list[tuple[str, datetime]]:
        """Remove and return the sources that may start now, each with the time at which it was due."""
        timestamp = now.timestamp()
        while self._waiting and self._waiting[0][0] <= timestamp:
            self._enqueue_due(*heappop(self._waiting)[1:])
        taken: list[tuple[str, datetime]] = []
        for _ in range(self._allowance(timestamp)):
            name = self._next()
            if name is None:
                break
            taken.append((name, datetime.fromtimestamp(self._entries[name].due, UTC)))
        self._budget -= len(taken)
        for name, _due in taken:
            self.drop(name)
        return taken

    def _enqueue_due(self, number: int, name: str) -> None:
        entry = self._entries.get(name)
        if entry is None or entry.number != number:
            return
        if entry.is_new:
            heappush(self._new, (entry.due, number, name))
        else:
            heappush(self._late, (entry.due + entry.gap, number, name))

    def _allowance(self, timestamp: float) -> int:
        since = max(0.0, timestamp - self._taken_at) if self._taken_at is not None else 0.0
        self._taken_at = timestamp
        self._budget = min(self.pace, self._budget + since * self.pace)
        return int(self._budget)

    def _next(self) -> str | None:
        heaps = (self._new, self._late) if self._new_first else (self._late, self._new)
        self._new_first = not self._new_first
        return next((name for heap in heaps if (name := self._first(heap)) is not None), None)

    def _first(self, heap: _Heap) -> str | None:
        while heap:
            _, number, name = heappop(heap)
            entry = self._entries.get(name)
            if entry is not None and entry.number == number:
                return name
        return None
