"""The due times of all sources, and the crawls that are due but may not have reached the queue. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, TypeVar

from crawler.schedule.due_queue import DueQueue
from crawler.schedule.due_time import NO_HISTORY, History, Timed, due_after, is_adaptive, phase, usual_gap

S = TypeVar("S", bound=Timed)
ON_TIME: Final = timedelta(seconds=5)  # a crawl that starts within this time keeps its due time as its name
SOON: Final = timedelta(seconds=15)  # in which the sources that an outage kept away are polled again
RECENT: Final = timedelta(seconds=30)  # far longer than what `appendfsync everysec` may lose, and than a restart takes


def _timing(source: Timed) -> tuple[object, ...]:
    return source.every, source.cron, source.timezone


class Schedule:
    """Due times of all sources that are not paused."""

    def __init__(self) -> None:
        self._due_queue = DueQueue()
        self._sources: dict[str, Timed] = {}

    def changed(self, sources: Iterable[S]) -> list[S]:
        """Return the sources that are new or have another timing than in the schedule."""
        active = (source for source in sources if not source.paused)
        return [one for one in active if (old := self._sources.get(one.id)) is None or _timing(old) != _timing(one)]

    def use(self, sources: Iterable[Timed], histories: Mapping[str, History], now: datetime) -> None:
        """Schedule `sources` and no others; unchanged ones keep their due times. `histories`: of the changed ones.

        Sources that are new, or were due during downtime, are due at once, at the pace of the due queue.
        """
        active = {source.id: source for source in sources if not source.paused}
        for name in self._sources.keys() - active.keys():
            self._due_queue.drop(name)
        for source in self.changed(active.values()):
            history = histories.get(source.id, NO_HISTORY)
            if history.last is None:
                self._due_queue.put(source.id, now, usual_gap(source, history, now), is_new=True)
            else:
                self._put(source, history, min(now, history.last.started))  # the clock may have been set back
        self._sources = active

    def adapt(self, source: Timed, history: History, now: datetime) -> datetime | None:
        """Reschedule an adaptive source by its history and return its due time; None for other sources."""
        if source.id not in self._sources or history.last is None or not is_adaptive(source):
            return None
        self._put(source, history, min(now, history.last.started))
        return self._due_queue.due(source.id)

    def hasten(self, names: Iterable[str], now: datetime) -> None:
        """Make sources due soon that are due later, each at a time of its own within SOON."""
        for name in names:
            source, due, soon = self._sources.get(name), self._due_queue.due(name), now + phase(name) * SOON
            if source is not None and due is not None and due > soon:
                self._due_queue.put(name, soon, usual_gap(source, NO_HISTORY, now))

    def next_due(self, source_id: str) -> datetime | None:
        """Return when the source is due next; None if it is paused or unknown."""
        return self._due_queue.due(source_id)

    def add_once(self, name: str, due: datetime) -> None:
        """Release a name that is no source of the watch file, once; beside late sources, not after them."""
        self._due_queue.put(name, due, timedelta(hours=1), is_new=True)

    def take(self, now: datetime) -> list[tuple[str, datetime]]:
        """Return the sources to crawl now, with their due times, and schedule their next crawls."""
        taken = self._due_queue.take(now)
        for name, _due in taken:  # an adaptive source is rescheduled when its crawl has ended
            if name in self._sources:
                self._put(self._sources[name], NO_HISTORY, now)
        return [(name, due if now - due < ON_TIME else now) for name, due in taken]

    def _put(self, source: Timed, history: History, after: datetime) -> None:
        self._due_queue.put(source.id, due_after(source, history, after), usual_gap(source, history, after))


class PendingCrawls:
    """Crawls that were due but may never have reached a worker, as Redis was unavailable or lost its last second.

    A crawl that is queued twice under its key is one task; one that was run since is repeated.
    """

    def __init__(self) -> None:
        self._recent: deque[tuple[str, datetime]] = deque()
        self._pending: dict[str, datetime] = {}
        self._server_life = ""

    def queued(self, source_id: str, due: datetime) -> None:
        """Record that Redis accepted a crawl."""
        self._recent.append((source_id, due))
        while self._recent[0][1] < due - RECENT:
            self._recent.popleft()
        if self._pending.get(source_id, due) <= due:
            self._pending.pop(source_id, None)

    def not_queued(self, source_id: str, due: datetime) -> bool:
        """Record that Redis did not accept a crawl. Return whether it is the first pending one of the source."""
        return self._pending.setdefault(source_id, due) == due

    def server_is(self, life: str) -> None:
        """Name the current life of the Redis server. After a new start, the crawls queued within RECENT may be lost."""
        if self._server_life not in {"", life}:
            for source_id, due in self._recent:
                self._pending[source_id] = due
        self._server_life = life

    def all(self) -> list[tuple[str, datetime]]:
        """Return the pending crawls."""
        return list(self._pending.items())
