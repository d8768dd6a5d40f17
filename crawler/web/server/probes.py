"""/healthz and /readyz, for load balancers and container orchestrators: without a password, and without details."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crawler.archive.maintenance.storage_check import StorageCheck
from crawler.observe import metrics
from crawler.observe.readiness import Check, Readiness
from crawler.state import State
from crawler.web.site import Site

PROBES = frozenset({"/healthz", "/readyz"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> JSONResponse:
    """Return 200 while the event loop responds."""
    return JSONResponse({"alive": True})


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Return 200 if ready, otherwise 503; the reasons only if the page has no password, or on the monitoring port."""
    readiness: Readiness = request.app.state.readiness
    missing = await readiness.missing()
    reasons = {} if request.app.state.site.password else {"missing": missing}
    return JSONResponse({"ready": not missing} | reasons, status_code=503 if missing else 200)


def readiness_of(site: Site) -> Readiness:
    """Return the readiness checks of the page: a writable archive, and Redis if it is an external server."""
    storable = StorageCheck(site.archive_holder.archive, time.monotonic, site.now)

    async def database() -> None:
        await asyncio.to_thread(storable.check)

    async def redis() -> None:
        state = State.connect(site.places.redis_url, retries=0)
        try:
            await state.answers()
        finally:
            await state.close()

    checks: dict[str, Check] = {"database": database}
    if site.places.redis_url:
        checks["redis"] = redis
    return Readiness(checks)


class RequestMetrics:
    """Counts and times responses. Plain ASGI, so that streams pass through."""

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.perf_counter) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request and record its response."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        started = self._clock()
        method = scope["method"] if scope["method"] in METHODS else "other"

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                metrics.HTTP.labels(method, f"{message['status'] // 100}xx").inc()
                metrics.HTTP_TIME.observe(self._clock() - started)
            await send(message)

        await self._app(scope, receive, answer)
