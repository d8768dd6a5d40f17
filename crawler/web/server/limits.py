"""How many requests are answered at once: for each client and in all, with limits of their own for what takes long."""

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
READING_WAIT_S = 5 * TIME_LIMIT_S  # searches of one client run one after the other

_log = logging.getLogger(__name__)


class Limit:
    """At most `own` requests of one client and `total` of all at once; a request waits for `wait_s` for the latter."""

    def __init__(self, own: int, total: int, wait_s: float = 0.0) -> None:
        self._own = own
        self._wait_s = wait_s
        self._taken: Counter[str] = Counter()
        self._room = asyncio.Semaphore(total)

    async def take(self, client: str) -> int:
        """Take a place: 0, or the status that refuses one: 429 for a client with its share, 503 where all are taken."""
        if self._taken[client] >= self._own:
            return HTTPStatus.TOO_MANY_REQUESTS
        if self._room.locked() and not self._wait_s:
            return HTTPStatus.SERVICE_UNAVAILABLE
        self._taken[client] += 1
        try:
            async with asyncio.timeout(self._wait_s or None):
                await self._room.acquire()
        except BaseException as error:  # the client may go too
            self._forget(client)
            if isinstance(error, TimeoutError):
                return HTTPStatus.SERVICE_UNAVAILABLE
            raise
        return 0

    def leave(self, client: str) -> None:
        """Give a place back."""
        self._forget(client)
        self._room.release()

    def _forget(self, client: str) -> None:
        self._taken[client] -= 1
        if not self._taken[client]:
            del self._taken[client]


class RequestLimits:
    """Refuses requests above a limit, health probes apart. Plain ASGI: a streamed answer counts until its end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._limits = {  # by the beginning of the path, the first that fits
            "/live": Limit(50, 200),
            "/sign-in": Limit(4, 100),
            f"{API}v1/export": Limit(2, 6),
            **dict.fromkeys(
                ("/search", "/near-misses", "/feeds/", API), Limit(8, 8, READING_WAIT_S)
            ),  # they read and compute
            "": Limit(32, 250),
        }
        self._changing = Limit(16, 64)  # what has a body may come slowly: it holds no place of what only reads
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        if not self._warned and (peer := unnamed_proxy(scope)):
            self._warned = True
            _log.warning("ignoring X-Forwarded-For from %s: list your proxies in WIREWATCH_WEB_PROXIES", peer)
        client = client_in(scope)
        limit = self._limit(scope)
        status = await limit.take(client)
        if status:
            await _refused(scope, status)(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            limit.leave(client)

    def _limit(self, scope: Scope) -> Limit:
        if scope["method"] not in SAFE and scope["path"] != "/sign-in":
            return self._changing
        return next(limit for path, limit in self._limits.items() if scope["path"].startswith(path))


def _refused(scope: Scope, status: int) -> Response:
    detail = "Too many concurrent requests. Try again in a few seconds."
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    if scope["path"].startswith(API):
        return problem(status, detail, headers=headers)
    return PlainTextResponse(f"{detail}\n", status_code=status, headers=headers)
