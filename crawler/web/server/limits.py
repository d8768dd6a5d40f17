"""Limits for concurrent requests, per client and in total, with separate limits for expensive requests."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from http import HTTPStatus

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from crawler.usecases.search import TIME_LIMIT_S
from crawler.web.access.authentication import SAFE
from crawler.web.api.problems import API, problem
from crawler.web.server.clients import client_in, unnamed_proxy
from crawler.web.server.probes import PROBES

RETRY_AFTER_S = 5
EXPENSIVE = ("/search", "/near-misses", "/source-suggestions", "/coverage", "/feeds/", API)
READING_WAIT_S = 5 * TIME_LIMIT_S  # searches of one client run one after the other

_log = logging.getLogger(__name__)


class Limit:
    """At most `per_client` concurrent requests of a client and `total` of all, waiting up to `wait_s` for a slot."""

    def __init__(self, per_client: int, total: int, wait_s: float = 0.0) -> None:
        self._per_client = per_client
        self._wait_s = wait_s
        self._active: Counter[str] = Counter()
        self._slots = asyncio.Semaphore(total)

    async def acquire(self, client: str) -> int:
        """Acquire a slot. Return 0, or a status: 429 if the client has reached its limit, 503 if no slot is free."""
        if self._active[client] >= self._per_client:
            return HTTPStatus.TOO_MANY_REQUESTS
        if self._slots.locked() and not self._wait_s:
            return HTTPStatus.SERVICE_UNAVAILABLE
        self._active[client] += 1
        try:
            async with asyncio.timeout(self._wait_s or None):
                await self._slots.acquire()
        except BaseException as error:  # also if the client disconnects
            self._forget(client)
            if isinstance(error, TimeoutError):
                return HTTPStatus.SERVICE_UNAVAILABLE
            raise
        return 0

    def release(self, client: str) -> None:
        """Release a slot."""
        self._forget(client)
        self._slots.release()

    def _forget(self, client: str) -> None:
        self._active[client] -= 1
        if not self._active[client]:
            del self._active[client]


class RequestLimits:
    """Rejects requests above a limit, except health probes. Plain ASGI: a streamed response counts until its end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._limits = {  # by path prefix; the first match applies
            "/live": Limit(50, 200),
            "/sign-in": Limit(4, 100),
            f"{API}v1/export": Limit(2, 6),
            **dict.fromkeys(EXPENSIVE, Limit(8, 8, READING_WAIT_S)),
            "": Limit(32, 250),
        }
        self._changing = Limit(16, 64)  # bodies may arrive slowly and must not occupy the slots of reading requests
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request, or reject it."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        if not self._warned and (peer := unnamed_proxy(scope)):
            self._warned = True
            _log.warning("ignoring X-Forwarded-For from %s: list your proxies in WIREWATCH_WEB_PROXIES", peer)
        client = client_in(scope)
        limit = self._limit(scope)
        status = await limit.acquire(client)
        if status:
            await _rejection(scope, status)(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            limit.release(client)

    def _limit(self, scope: Scope) -> Limit:
        if scope["method"] not in SAFE and scope["path"] != "/sign-in":
            return self._changing
        return next(limit for path, limit in self._limits.items() if scope["path"].startswith(path))


def _rejection(scope: Scope, status: int) -> Response:
    detail = "Too many concurrent requests. Try again in a few seconds."
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    if scope["path"].startswith(API):
        return problem(status, detail, headers=headers)
    return PlainTextResponse(f"{detail}\n", status_code=status, headers=headers)
