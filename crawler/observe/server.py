"""The monitoring port: /metrics, /healthz and /readyz, served by the event loop that does the work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from crawler.errors import ConfigError, Problem
from crawler.observe.metrics import SCRAPE_ERRORS
from crawler.observe.readiness import Readiness

if TYPE_CHECKING:
    from aiohttp import web

REFRESH_S = 3.0  # Prometheus gives up after 10 s


@dataclass(frozen=True, slots=True)
class Port:
    """Address of the monitoring port; 0 for any free port."""

    host: str
    number: int


async def _nothing() -> None:
    """Refresh nothing before a scrape."""


@asynccontextmanager
async def serving(
    port: Port, readiness: Readiness, refresh: Callable[[], Awaitable[None]] = _nothing
) -> AsyncIterator[str]:
    """Serve while the block runs; yield the address, http://HOST:PORT. `refresh` updates values before a scrape.

    Raises ConfigError if it cannot listen on the port.
    """
    from aiohttp import web  # noqa: PLC0415  slow to import, and most processes do not serve

    async def metrics(request: web.Request) -> web.Response:
        try:
            await asyncio.wait_for(refresh(), REFRESH_S)
        except Exception:  # noqa: BLE001  the other figures are still useful
            SCRAPE_ERRORS.inc()
        encode, kind = choose_encoder(request.headers.get("Accept", ""))
        body = await asyncio.to_thread(encode, REGISTRY)
        return web.Response(body=body, headers={"Content-Type": kind})

    async def ready(_: web.Request) -> web.Response:
        missing = await readiness.missing()
        return web.json_response({"ready": not missing, "missing": missing}, status=503 if missing else 200)

    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics), web.get("/healthz", alive), web.get("/readyz", ready)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        yield await _listen(runner, port)
    finally:
        await runner.cleanup()
        await readiness.close()


async def _listen(runner: web.AppRunner, port: Port) -> str:
    from aiohttp import web  # noqa: PLC0415  as above

    try:
        await web.TCPSite(runner, port.host, port.number).start()
    except OSError as error:
        problem = Problem(0, 0, error.strerror or str(error), "choose another one with --metrics-port")
        raise ConfigError((problem,), subject=f"metrics on {port.host}:{port.number}") from error
    host, number = runner.addresses[0][:2]
    return f"http://[{host}]:{number}" if ":" in host else f"http://{host}:{number}"
