"""The context of single pages: what a crawl's downloader needs of hosts, with a Redis or without one."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Self

from scrapy.crawler import Crawler

from crawler.extensions.hosts import HostContext
from crawler.hosts import NO_START, Answer, Gate, Robots, RobotsMemory, Start


class SinglePages(HostContext):
    """Takes the place of the crawl context among the EXTENSIONS; its spider brings `gate` and `robots`."""

    def __init__(self, gate: Gate, robots: RobotsMemory) -> None:
        super().__init__()
        self._gate = gate
        self._robots = robots

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As Scrapy calls it."""
        spider = crawler.spider
        return cls(spider.gate, spider.robots)  # type: ignore[union-attr]

    @property
    def gate(self) -> Gate:
        """The host gate."""
        return self._gate

    @property
    def robots(self) -> RobotsMemory:
        """The robots.txt files."""
        return self._robots

    def now(self) -> datetime:
        """Return the time, aware."""
        return datetime.now(UTC)

    def note_waiting(self, *, only_waits: bool) -> None:
        """Do nothing: no crawl waits for a place."""


class OwnGate:
    """The gate of a process without a Redis: its own pace for each host, `delay_s` from start to start at least.

    The first request to a host is that for its robots.txt: the page may follow at once.
    """

    def __init__(self, delay_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._delay_s = delay_s
        self._clock = clock
        self._opens: dict[str, float] = {}

    async def ask(self, host: str, gap_s: float, name: str = "", *, shut_s: float = 0.0) -> Answer:  # noqa: ARG002
        """Start a request now, or say how long to wait."""
        now, is_first = self._clock(), host not in self._opens
        wait_s = self._opens.get(host, now) - now
        if wait_s <= 0:
            self._opens[host] = now if is_first else now + max(self._delay_s, gap_s, shut_s)
        return Answer(max(0.0, wait_s), 0)

    async def hold(self, host: str, pause_s: float, start: Start = NO_START) -> float:
        """Keep `host` closed for at least `pause_s`."""
        self._opens[host] = max(self._opens.get(host, 0.0), self._clock() + pause_s)
        return await self.answered(host, start)

    async def failed(
        self,
        host: str,
        gap_s: float,  # noqa: ARG002
        start: Start = NO_START,
        *,
        answered: bool = True,  # noqa: ARG002
    ) -> float:
        """Leave the pace as it is: a person who waits decides whether to try again."""
        return await self.answered(host, start)

    async def answered(self, host: str, start: Start = NO_START) -> float:  # noqa: ARG002
        """Return for how long `host` is closed."""
        return max(0.0, self._opens.get(host, 0.0) - self._clock())


class FreshRobots:
    """The robots.txt files of all crawls, where there is a Redis; one that could not be read is requested again."""

    def __init__(self, shared: RobotsMemory | None = None) -> None:
        self._shared = shared
        self._own: dict[str, Robots] = {}

    async def robots(self, host: str) -> Robots | None:
        """Return the robots.txt of `host` if it is known."""
        if host in self._own or self._shared is None:
            return self._own.get(host)
        known = await self._shared.robots(host)
        return None if known is None or known.unreachable else known

    async def save_robots(self, host: str, robots: Robots) -> None:
        """Remember `robots`, for crawls as well."""
        self._own[host] = robots
        if self._shared is not None:
            await self._shared.save_robots(host, robots)
