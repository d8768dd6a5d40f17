"""The host gate: every request waits for its host's next start, which all crawls share."""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
from crawler.unanswered import why_unanswered

AT_ONCE = 16  # downloads of one crawl, each from a different host
WORTH_S = 0.5  # after a shorter wait, no other crawl is started
RECHECK_S = 15.0  # after this, a long wait queries the gate again: an outage of our network may have ended
SLACK_S = 0.2  # by which a gap is longer than necessary, as a request may be sent so much later than its start
_TURN = "gate_turn"  # in a request's meta
_BROKEN = 500

_log = logging.getLogger(__name__)


class _Turn(NamedTuple):
    """The host's lock and the start that a request holds until it ends."""

    lock: asyncio.Lock
    start: Start


class HostGateMiddleware:
    """Sends one request of a crawl at a time to each host, at the starts that the gate in Redis grants.

    A request whose start came too late (busy event loop, slow Redis) requests another one, with a longer gap. The gate
    receives the end of a request, except a success at a host without a delay.
    """

    def __init__(self, crawler: Crawler, delay_s: float, max_wait_s: float) -> None:
        self._crawler = crawler
        self._delay_s = delay_s
        self._max_wait_s = max_wait_s
        self._turns: dict[str, asyncio.Lock] = {}
        self._downloads = asyncio.Semaphore(AT_ONCE)  # acquired with the start, never while waiting for a host
        self._under_way = 0
        self._waiting = 0
        self._opens: dict[str, float] = {}  # by host: when to query the gate, which grants no start earlier
        self._errors: dict[str, int] = {}  # by host: failures in a row, as the gate last reported them
        self._name, self._names = secrets.token_hex(6), itertools.count()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read DOWNLOAD_DELAY and WIREWATCH_MAX_WAIT_S."""
        settings = crawler.settings
        return cls(crawler, settings.getfloat("DOWNLOAD_DELAY"), settings.getfloat("WIREWATCH_MAX_WAIT_S"))

    async def process_request(self, request: Request) -> None:
        """Wait for the host's gate. Raises IgnoreRequest if it stays closed for longer than the limit."""
        host = urlsplit(request.url).netloc
        if not host:  # data: and file: URLs
            return
        request.meta["download_slot"] = host  # Scrapy's own queue must not delay granted requests
        lock = self._turns.setdefault(host, asyncio.Lock())
        await lock.acquire()
        try:
            start = await self._start(host)
        except BaseException:  # also if cancelled: the next request of the host would wait forever
            lock.release()
            raise
        request.meta[_TURN] = _Turn(lock, start)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Close the gate for as long as the server requests, or after a server error."""
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
                await self._failed(host, turn.start, answered=True)
            else:
                await self._answered(host, turn.start)
        return response

    async def process_exception(self, request: Request, exception: Exception) -> None:
        """Close the gate of a host that did not answer."""
        host = urlsplit(request.url).netloc
        with self._ended(request) as turn:
            if turn is None:
                return
            if isinstance(exception, (IgnoreRequest, DownloadCancelledError)):
                await self._answered(host, turn.start)
            else:
                await self._failed(host, turn.start, answered=why_unanswered(exception) is None)

    @contextmanager
    def _ended(self, request: Request) -> Iterator[_Turn | None]:
        """Yield the turn of a request; after the block the crawl's next request to the host has it."""
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

    async def _start(self, host: str) -> Start:
        """Wait until a request may start."""
        name, slack_s, waited_s = f"{self._name}-{next(self._names)}", SLACK_S, 0.0
        again = False
        while not HostContext.of(self._crawler).ending.is_set():
            wait_s = self._opens.get(host, 0.0) - time.monotonic()
            if wait_s <= 0 or again:
                wait_s, start = await self._query(host, name, slack_s)
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
            again, wait_s = wait_s > RECHECK_S, min(wait_s, RECHECK_S)
            waited_s += wait_s
            self._crawler.stats.inc_value("gate/wait_ms", round(wait_s * 1000))
            await self._wait(wait_s)
        raise IgnoreRequest("dropped, as the process is ending")

    async def _query(self, host: str, name: str, slack_s: float) -> tuple[float, Start | None]:
        """Acquire a download and query the gate. Return the wait, and the start if it was granted in time."""
        gate, due_s, shut_s = HostContext.of(self._crawler).gate, self._due_s(host), self._gap_s(host)
        start = Start(name, due_s + slack_s, slack_s) if due_s else NO_START
        await self._downloads.acquire()
        starts = False
        try:
            queried = time.monotonic()
            shut_s = shut_s + slack_s if shut_s else 0.0
            wait_s, self._errors[host] = await gate.ask(host, start.gap_s, start.name, shut_s=shut_s)
            starts = not wait_s and (not due_s or time.monotonic() - queried <= slack_s / 2)
        finally:
            if not starts:
                self._downloads.release()
        if starts:
            self._closed(host, shut_s)
        elif not wait_s:
            self._closed(host, await gate.hold(host, 0.0, start))  # returned unused
        return wait_s, start if starts else None

    def _closed(self, host: str, rest_s: float) -> None:
        self._opens[host] = time.monotonic() + rest_s

    async def _wait(self, wait_s: float) -> None:
        """Wait, or until waiting requests are to be dropped.

        A crawl that only waits for its hosts is recorded, so that another one may run.
        """
        long = wait_s >= WORTH_S
        self._waiting += long
        self._note()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await HostContext.of(self._crawler).ending.wait()
        finally:
            self._waiting -= long
            self._note()

    def _note(self) -> None:
        only_waits = self._waiting > 0 and not self._under_way
        HostContext.of(self._crawler).note_waiting(only_waits=only_waits)

    def _gap_s(self, host: str) -> float:
        """Return the gap between two starts: by the source's delay, robots.txt, and the host's response times."""
        engine = self._crawler.engine
        slot = engine.downloader.slots.get(host) if engine else None
        return max(self._due_s(host), slot.delay if slot else 0.0)

    def _due_s(self, host: str) -> float:
        return max(self._delay_s, HostContext.of(self._crawler).crawl_delay_s.get(host, 0.0))

    async def _answered(self, host: str, start: Start) -> None:
        if self._errors.pop(host, 0) or start.name:
            self._closed(host, await HostContext.of(self._crawler).gate.answered(host, start))

    async def _failed(self, host: str, start: Start, *, answered: bool) -> None:
        self._crawler.stats.inc_value("gate/failure_count")
        rest_s = await HostContext.of(self._crawler).gate.failed(host, self._gap_s(host), start, answered=answered)
        self._closed(host, rest_s)
        _log.info("%s fails: paused for %.1f s", host, rest_s)
