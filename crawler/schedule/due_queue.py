"""Which source is due next, and what goes first when more are due than may start at once. Pure; time is an argument.

Ordinarily a source is handed out when it is due. After downtime, or when one cron line names thousands, many are due at
once: then they are handed out at a pace that follows from what all of them ask for on an ordinary day, so that catching
up asks HEADROOM times of that and no more. What goes first: the earliest deadline, one gap after it was due, which is
the source with the shortest interval where all stood still at once, and starves nobody. Sources that were never crawled
take turns with the late ones, one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Final, TypeAlias

HEADROOM: Final = 1.5  # catching up may ask for so many times of what the sources ask for on an ordinary day
LEAST_PACE: Final = 20.0  # sources a second, however few there are

_Heap: TypeAlias = list[tuple[float, int, str]]


@dataclass(frozen=True, slots=True)
class _Entry:
    due: float  # seconds since 1970
    gap: float  # seconds between two of its polls
    number: int  # grows: what stands in a heap under an older number is no longer meant
    is_new: bool


class DueQueue:
    """Due times by source, taken in order. Every operation is O(log n); `take` is O(what it returns, log n)."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._waiting: _Heap = []
        self._late: _Heap = []
        self._new: _Heap = []
        self._number = 0
        self._load = 0.0  # polls a second that all sources ask for
        self._budget = LEAST_PACE
        self._taken_at: float | None = None
        self._turn_of_new = True

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    @property
    def names(self) -> set[str]:
        """All sources that wait."""
        return set(self._entries)

    @property
    def pace(self) -> float:
        """Sources a second that are handed out at most."""
        return max(LEAST_PACE, HEADROOM * self._load)

    def put(self, name: str, due: datetime, gap: timedelta, *, is_new: bool = False) -> None:
        """Says when a source is due, instead of what was said before. `gap`: its usual interval, for the pace."""
        self.drop(name)
        self._number += 1
        entry = _Entry(due.timestamp(), max(1.0, gap.total_seconds()), self._number, is_new)
        self._entries[name] = entry
        self._load += 1 / entry.gap
        heappush(self._waiting, (entry.due, entry.number, name))

    def drop(self, name: str) -> None:
        """Forgets a source; nothing where it is unknown."""
        entry = self._entries.pop(name, None)
        if entry is not None:
            self._load = max(0.0, self._load - 1 / entry.gap)

    def due(self, name: str) -> datetime | None:
        """When the source is due, in UTC; None where it is unknown."""
        entry = self._entries.get(name)
        return datetime.fromtimestamp(entry.due, UTC) if entry else None

    def take(self, now: datetime) -> list[tuple[str, datetime]]:
        """Sources that may start now, with the times at which they were due. They wait no longer: put them again."""
        moment = now.timestamp()
        while self._waiting and self._waiting[0][0] <= moment:
            self._sort(*heappop(self._waiting)[1:])
        taken: list[tuple[str, datetime]] = []
        for _ in range(self._allowance(moment)):
            name = self._next()
            if name is None:
                break
            taken.append((name, datetime.fromtimestamp(self._entries[name].due, UTC)))
        self._budget -= len(taken)
        for name, _due in taken:
            self.drop(name)
        return taken

    def _sort(self, number: int, name: str) -> None:
        entry = self._entries.get(name)
        if entry is None or entry.number != number:
            return
        if entry.is_new:
            heappush(self._new, (entry.due, number, name))
        else:
            heappush(self._late, (entry.due + entry.gap, number, name))

    def _allowance(self, moment: float) -> int:
        since = max(0.0, moment - self._taken_at) if self._taken_at is not None else 0.0
        self._taken_at = moment
        self._budget = min(self.pace, self._budget + since * self.pace)
        return int(self._budget)

    def _next(self) -> str | None:
        heaps = (self._new, self._late) if self._turn_of_new else (self._late, self._new)
        self._turn_of_new = not self._turn_of_new
        return next((name for heap in heaps if (name := self._first(heap)) is not None), None)

    def _first(self, heap: _Heap) -> str | None:
        while heap:
            _, number, name = heappop(heap)
            entry = self._entries.get(name)
            if entry is not None and entry.number == number:
                return name
        return None
