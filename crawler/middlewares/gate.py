"""The host gate: every request waits until its host may be asked, whoever asked it last."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.extensions.newsroom import Newsroom
from crawler.middlewares.retry_after import pause_s
from crawler.observe import metrics

AT_ONCE = 16  # downloads of one crawl, each from another host
WORTH_S = 0.5  # a shorter wait is no reason to begin another crawl
SLACK_S = 0.2  # a gap is so much longer than it must be: a request may leave so much later than it was told to
_HOLDS = "gate_turn"  # in a request's meta: the turn that it has
_BEGAN = "gate_began"  # and when it was let through, by time.monotonic
_BROKEN = 500

_log = logging.getLogger(__name__)


class HostGateMiddleware:
    """Lets one request of a crawl at a time to each host, when the gate in Redis says so; tells the gate of failures.

    A request that heard too late that it may start (a busy event loop, a slow Redis) asks again, for a longer gap.
    """

    def __init__(self, crawler: Crawler, delay_s: float, max_wait_s: float) -> None:
        self._crawler = crawler
        self._delay_s = delay_s
        self._max_wait_s = max_wait_s
        self._turns: dict[str, asyncio.Lock] = {}
        self._downloads = asyncio.Semaphore(AT_ONCE)  # taken with the start, never while a host is waited for
        self._under_way = 0
        self._waiting = 0
        self._rest_until: dict[str, float] = {}  # by host: after an answer that came late
        self._errors: dict[str, int] = {}  # of hosts, in a row, as the gate knew them last

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Reads DOWNLOAD_DELAY and WIREWATCH_MAX_WAIT_S."""
        settings = crawler.settings
        gate = cls(crawler, settings.getfloat("DOWNLOAD_DELAY"), settings.getfloat("WIREWATCH_MAX_WAIT_S"))
        crawler.signals.connect(gate.request_left_downloader, signal=signals.request_left_downloader)
        return gate

    async def process_request(self, request: Request) -> None:
        """Waits for the host's gate. Raises IgnoreRequest when it stays closed for longer than the limit."""
        host = urlsplit(request.url).netloc
        if not host:  # data: and file: URLs
            return
        request.meta["download_slot"] = host  # Scrapy's own queue must not hold back what has been let through
        turn = self._turns.setdefault(host, asyncio.Lock())
        await turn.acquire()
        try:
            await self._pass(host)
        except BaseException:
            turn.release()
            raise
        request.meta[_HOLDS] = turn
        request.meta[_BEGAN] = time.monotonic()

    async def process_response(self, request: Request, response: Response) -> Response:
        """Closes the gate for as long as the server asks, or after a failure of its own."""
        newsroom, host = Newsroom.of(self._crawler), urlsplit(request.url).netloc
        gate = newsroom.runtime.state.gate
        wait_s = pause_s(response.status, response.headers.get("Retry-After"), newsroom.runtime.now())
        if wait_s:
            _log.info("%s answers %d: closed for %.0f s", host, response.status, wait_s)
            self._crawler.stats.inc_value("gate/hold_count")
            metrics.GATE_HELD.inc()
            await gate.hold(host, wait_s)
        elif response.status >= _BROKEN:
            await self._failed(host)
        elif self._errors.pop(host, 0):
            await gate.answered(host)
        if (rest_s := self._rest_until.get(host, 0.0) - time.monotonic()) > 0:
            await gate.hold(host, rest_s)
        return response

    async def process_exception(self, request: Request, exception: Exception) -> None:
        """Closes the gate of a host that did not answer."""
        if _HOLDS in request.meta:
            self._let_go(request)
            if not isinstance(exception, IgnoreRequest):
                await self._failed(urlsplit(request.url).netloc)

    def request_left_downloader(self, request: Request) -> None:
        """The next request of this crawl to the host has its turn.

        An answer that came late may have been asked for late: then the gap is counted from the answer.
        """
        now, host = time.monotonic(), urlsplit(request.url).netloc
        if now - request.meta.get(_BEGAN, now) > SLACK_S:
            self._rest_until[host] = now + self._due_s(host)
        self._let_go(request)

    def _let_go(self, request: Request) -> None:
        turn = request.meta.pop(_HOLDS, None)
        if turn is not None:
            turn.release()
            self._downloads.release()
            self._under_way -= 1
            self._note()

    async def _pass(self, host: str) -> None:
        gate, slack_s, waited_s = Newsroom.of(self._crawler).runtime.state.gate, SLACK_S, 0.0
        while True:
            if (rest_s := self._rest_until.get(host, 0.0) - time.monotonic()) > 0:
                await self._wait(rest_s)
            gap_s = self._gap_s(host)
            await self._downloads.acquire()
            starts = False
            try:
                asked = time.monotonic()
                wait_s, self._errors[host] = await gate.ask(host, gap_s + slack_s if gap_s else 0.0)
                starts = not wait_s and (not gap_s or time.monotonic() - asked <= slack_s / 2)
            finally:
                if not starts:
                    self._downloads.release()
            if starts:
                self._under_way += 1
                self._note()
                metrics.GATE_WAIT.observe(waited_s)
                return
            if wait_s > self._max_wait_s:
                self._crawler.stats.inc_value("gate/closed_count")
                metrics.GATE_CLOSED.inc()
                raise IgnoreRequest(f"{host} asked for a pause: closed for another {wait_s:.0f} s")
            if not wait_s:
                slack_s *= 2
                self._crawler.stats.inc_value("gate/late_count")
            waited_s += wait_s
            self._crawler.stats.inc_value("gate/wait_ms", round(wait_s * 1000))
            await self._wait(wait_s)

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
        newsroom = Newsroom.of(self._crawler)
        newsroom.runtime.note_waiting(newsroom.run.id, only_waits=self._waiting > 0 and not self._under_way)

    def _gap_s(self, host: str) -> float:
        """What lies between two starts: the source's own delay, what robots.txt asks for, and how slow the host is."""
        engine = self._crawler.engine
        slot = engine.downloader.slots.get(host) if engine else None
        return max(self._due_s(host), slot.delay if slot else 0.0)

    def _due_s(self, host: str) -> float:
        return max(self._delay_s, Newsroom.of(self._crawler).crawl_delay_s.get(host, 0.0))

    async def _failed(self, host: str) -> None:
        self._crawler.stats.inc_value("gate/failure_count")
        wait_s = await Newsroom.of(self._crawler).runtime.state.gate.failed(host, self._gap_s(host))
        _log.info("%s fails: closed for %.1f s", host, wait_s)
