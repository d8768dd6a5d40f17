"""Crawls that were due and that no worker may ever hear of: Redis was away, or came back without its last second."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

RECENT = timedelta(seconds=30)  # far longer than what `appendfsync everysec` may lose, and than a restart takes


class Owed:
    """Due times by source. What is handed over twice under its key is one task; what was done since is repeated."""

    def __init__(self) -> None:
        self._recent: deque[tuple[str, datetime]] = deque()
        self._owed: dict[str, datetime] = {}
        self._life = ""

    def handed_over(self, source_id: str, due: datetime) -> None:
        """Notes that Redis took a crawl."""
        self._recent.append((source_id, due))
        while self._recent[0][1] < due - RECENT:
            self._recent.popleft()
        if self._owed.get(source_id, due) <= due:
            self._owed.pop(source_id, None)

    def missed(self, source_id: str, due: datetime) -> bool:
        """Notes that Redis did not take a crawl; whether this is the first that the source is owed."""
        return self._owed.setdefault(source_id, due) == due

    def lives(self, life: str) -> None:
        """`life` names the present life of the Redis server: what its last one took within RECENT may be lost."""
        if self._life not in {"", life}:
            for source_id, due in self._recent:
                self._owed[source_id] = due
        self._life = life

    def all(self) -> list[tuple[str, datetime]]:
        """What is owed now."""
        return list(self._owed.items())
