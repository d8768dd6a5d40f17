"""The host gate: every request waits until its host may be asked, whoever asked it last."""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Response

from crawler.extensions.hosts import HostContext
from crawler.hosts import NO_START, Start
from crawler.middlewares.retry_after import pause_s
from crawler.observe import metrics

AT_ONCE = 16  # downloads of one crawl, each from another host
WORTH_S = 0.5  # a shorter wait is no reason to begin another crawl
SLACK_S = 0.2  # a gap is so much longer than it must be: a request may leave so much later than it was told to
_TURN = "gate_turn"  # in a request's meta
_BROKEN = 500

_log = logging.getLogger(__name__)


class _Turn(NamedTuple):
    """What a request has from the gate until it has ended."""

    lock: asyncio.Lock
    start: Start


class HostGateMiddleware:
    """Lets one request of a crawl at a time to each host, when the gate in Redis says so; tells the gate how it ended.

    A request that heard too late that it may start (a busy event loop, a slow Redis) asks again, for a longer gap.
    Where nothing is due between two starts, no end is told unless there is something to say.
    """

    def __init__(self, crawler: Crawler, delay_s: float, max_wait_s: float) -> None:
        self._crawler = crawler
        self._delay_s = delay_s
        self._max_wait_s = max_wait_s
        self._turns: dict[str, asyncio.Lock] = {}
        self._downloads = asyncio.Semaphore(AT_ONCE)  # taken with the start, never while a host is waited for
        self._under_way = 0
        self._waiting = 0
        self._opens: dict[str, float] = {}  # by host: when to ask the gate, which would say "later" before
        self._errors: dict[str, int] = {}  # of hosts, in a row, as the gate knew them last
        self._name, self._names = secrets.token_hex(6), itertools.count()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Reads DOWNLOAD_DELAY and WIREWATCH_MAX_WAIT_S."""
        settings = crawler.settings
        return cls(crawler, settings.getfloat("DOWNLOAD_DELAY"), settings.getfloat("WIREWATCH_MAX_WAIT_S"))

    async def process_request(self, request: Request) -> None:
        """Waits for the host's gate. Raises IgnoreRequest when it stays closed for longer than the limit."""
        host = urlsplit(request.url).netloc
        if not host:  # data: and file: URLs
            return
        request.meta["download_slot"] = host  # Scrapy's own queue must not hold back what has been let through
        lock = self._turns.setdefault(host, asyncio.Lock())
        await lock.acquire()
        try:
            start = await self._pass(host)
        except BaseException:  # cancelled too: the next request of the host would wait for ever
            lock.release()
            raise
        request.meta[_TURN] = _Turn(lock, start)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Closes the gate for as long as the server asks, or after a failure of its own."""
        host = urlsplit(request.url).netloc
        with self._ended(request) as turn:
            if turn is None:  # data: and file: URLs
                return response
            context = HostContext.of(self._crawler)
            wait_s = pause_s(response.status, response.headers.get("Retry-After"), context.now())
            if wait_s:
                _log.info("%s answers %d: paused for %.0f s", host, response.status, wait_s)
                self._crawler.stats.inc_value("gate/hold_count")
                metrics.GATE_HELD.inc()
                self._closed(host, await context.gate.hold(host, wait_s, turn.start))
            elif response.status >= _BROKEN:
                await self._failed(host, turn.start)
            else:
                await self._answered(host, turn.start)
        return response

    async def process_exception(self, request: Request, exception: Exception) -> None:
        """Closes the gate of a host that did not answer."""
        end = self._answered if isinstance(exception, (IgnoreRequest, DownloadCancelledError)) else self._failed
        with self._ended(request) as turn:
            if turn is not None:
                await end(urlsplit(request.url).netloc, turn.start)

    @contextmanager
    def _ended(self, request: Request) -> Iterator[_Turn | None]:
        """The turn that a request had; the next one of this crawl to the host has it after the block."""
        turn: _Turn | None = request.meta.pop(_TURN, None)
        if turn is not None:
            self._downloads.release()
            self._under_way -= 1
            self._note()
        try:
            yield turn
        finally:
            if turn is not None:
                turn.lock.release()

    async def _pass(self, host: str) -> Start:
        """Waits until a request may start, and says by what name."""
        name, slack_s, waited_s = f"{self._name}-{next(self._names)}", SLACK_S, 0.0
        while True:
            wait_s = self._opens.get(host, 0.0) - time.monotonic()
            if wait_s <= 0:
                wait_s, start = await self._ask(host, name, slack_s)
                if start is not None:
                    self._under_way += 1
                    self._note()
                    metrics.GATE_WAIT.observe(waited_s)
                    return start
            if wait_s > self._max_wait_s:
                self._crawler.stats.inc_value("gate/closed_count")
                metrics.GATE_CLOSED.inc()
                raise IgnoreRequest(f"{host} asked for a pause: no requests for another {wait_s:.0f} s")
            if not wait_s:
                slack_s *= 2
                self._crawler.stats.inc_value("gate/late_count")
            waited_s += wait_s
            self._crawler.stats.inc_value("gate/wait_ms", round(wait_s * 1000))
            await self._wait(wait_s)

    async def _ask(self, host: str, name: str, slack_s: float) -> tuple[float, Start | None]:
        """Takes a download and asks the gate: the wait, and the start, where there is one that can still be used."""
        gate, due_s, shut_s = HostContext.of(self._crawler).gate, self._due_s(host), self._gap_s(host)
        start = Start(name, due_s + slack_s, slack_s) if due_s else NO_START
        await self._downloads.acquire()
        starts = False
        try:
            asked = time.monotonic()
            shut_s = shut_s + slack_s if shut_s else 0.0
            wait_s, self._errors[host] = await gate.ask(host, start.gap_s, start.name, shut_s=shut_s)
            starts = not wait_s and (not due_s or time.monotonic() - asked <= slack_s / 2)
        finally:
            if not starts:
                self._downloads.release()
        if starts:
            self._closed(host, shut_s)
        elif not wait_s:
            self._closed(host, await gate.hold(host, 0.0, start))  # given back
        return wait_s, start if starts else None

    def _closed(self, host: str, rest_s: float) -> None:
        self._opens[host] = time.monotonic() + rest_s

    async def _wait(self, wait_s: float) -> None:
        """Waits; a crawl that only waits for its hosts is noted, so that another may be done meanwhile."""
        long = wait_s >= WORTH_S
        self._waiting += long
        self._note()
        try:
            await asyncio.sleep(wait_s)
        finally:
            self._waiting -= long
            self._note()

    def _note(self) -> None:
        only_waits = self._waiting > 0 and not self._under_way
        HostContext.of(self._crawler).note_waiting(only_waits=only_waits)

    def _gap_s(self, host: str) -> float:
        """What lies between two starts: the source's own delay, what robots.txt asks for, and how slow the host is."""
        engine = self._crawler.engine
        slot = engine.downloader.slots.get(host) if engine else None
        return max(self._due_s(host), slot.delay if slot else 0.0)

    def _due_s(self, host: str) -> float:
        return max(self._delay_s, HostContext.of(self._crawler).crawl_delay_s.get(host, 0.0))

    async def _answered(self, host: str, start: Start) -> None:
        if self._errors.pop(host, 0) or start.name:
            self._closed(host, await HostContext.of(self._crawler).gate.answered(host, start))

    async def _failed(self, host: str, start: Start) -> None:
        self._crawler.stats.inc_value("gate/failure_count")
        rest_s = await HostContext.of(self._crawler).gate.failed(host, self._gap_s(host), start)
        self._closed(host, rest_s)
        _log.info("%s fails: paused for %.1f s", host, rest_s)
