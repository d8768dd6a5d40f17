"""Crawls that were due and may never have reached a worker: Redis was away, or lost its last second."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

RECENT = timedelta(seconds=30)  # far longer than what `appendfsync everysec` may lose, and than a restart takes


class PendingCrawls:
    """Due times by source. What is handed over twice under its key is one task; what was done since is repeated."""

    def __init__(self) -> None:
        self._recent: deque[tuple[str, datetime]] = deque()
        self._pending: dict[str, datetime] = {}
        self._life = ""

    def handed_over(self, source_id: str, due: datetime) -> None:
        """Notes that Redis took a crawl."""
        self._recent.append((source_id, due))
        while self._recent[0][1] < due - RECENT:
            self._recent.popleft()
        if self._pending.get(source_id, due) <= due:
            self._pending.pop(source_id, None)

    def missed(self, source_id: str, due: datetime) -> bool:
        """Notes that Redis did not take a crawl; whether this is the first that is pending for the source."""
        return self._pending.setdefault(source_id, due) == due

    def lives(self, life: str) -> None:
        """`life` names the present life of the Redis server: what its last one took within RECENT may be lost."""
        if self._life not in {"", life}:
            for source_id, due in self._recent:
                self._pending[source_id] = due
        self._life = life

    def all(self) -> list[tuple[str, datetime]]:
        """Return the crawls that are pending."""
        return list(self._pending.items())
