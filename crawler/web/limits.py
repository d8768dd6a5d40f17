"""How many requests are answered at once: for each client and in all, with limits of their own for what takes long."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from crawler.web.api.problems import API, problem
from crawler.web.clients import client_in, unnamed_proxy
from crawler.web.probes import PROBES

RETRY_AFTER_S = 5

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Limit:
    """At most `own` requests of one client and `total` of all at once."""

    own: int
    total: int
    _taken: Counter[str] = field(default_factory=Counter)

    def take(self, client: str) -> int:
        """Take a place: 0, or the status that refuses one: 429 for a client with its share, 503 where all are taken."""
        if self._taken[client] >= self.own:
            return HTTPStatus.TOO_MANY_REQUESTS
        if self._taken.total() >= self.total:
            return HTTPStatus.SERVICE_UNAVAILABLE
        self._taken[client] += 1
        return 0

    def leave(self, client: str) -> None:
        """Give a place back."""
        self._taken[client] -= 1
        if not self._taken[client]:
            del self._taken[client]


class RequestLimits:
    """Refuses requests above a limit, health probes apart. Plain ASGI: a streamed answer counts until its end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._limits = {"/live": Limit(50, 200), f"{API}v1/export": Limit(2, 6), "/sign-in": Limit(4, 100)}
        self._all_other = Limit(32, 250)
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        if not self._warned and (peer := unnamed_proxy(scope)):
            self._warned = True
            _log.warning("X-Forwarded-For from %s is ignored: name your proxies in WIREWATCH_WEB_PROXIES", peer)
        client, limit = client_in(scope), self._limits.get(scope["path"], self._all_other)
        status = limit.take(client)
        if status:
            await _refused(scope, status)(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            limit.leave(client)


def _refused(scope: Scope, status: int) -> Response:
    detail = "Too many requests at once. Try again in a few seconds."
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    if scope["path"].startswith(API):
        return problem(status, detail, headers=headers)
    return PlainTextResponse(f"{detail}\n", status_code=status, headers=headers)
