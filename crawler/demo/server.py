"""The newspaper's three web servers on loopback."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from crawler.demo.edition import Edition, edition
from crawler.demo.outlets import OUTLETS, Outlet
from crawler.demo.responses import respond
from crawler.demo.schedule import Pace
from crawler.demo.truth import Truth, truth, truths
from crawler.errors import WirewatchError

HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
TRIES = 20  # ports that are tried until one is free on all addresses


@dataclass(frozen=True, slots=True)
class Demo:
    """The running newspaper. `bases` are the three outlets' origins, without a final slash."""

    bases: tuple[str, ...]
    pace: Pace
    now: Callable[[], datetime]

    @property
    def urls(self) -> tuple[str, ...]:
        """The three front pages."""
        return tuple(f"{base}/" for base in self.bases)

    def outlets(self) -> tuple[tuple[Outlet, str], ...]:
        """Return each outlet with its front page."""
        return tuple(zip(OUTLETS, self.urls, strict=True))

    @property
    def feed_urls(self) -> tuple[str, ...]:
        """The RSS feed of The Coast Standard and the Atom feed of the Northgate Courier; Meridian has none."""
        return tuple(base + paper.feed for base, paper in zip(self.bases, OUTLETS, strict=True) if paper.feed)

    @property
    def sitemap_urls(self) -> tuple[str, ...]:
        """The three sitemap indexes."""
        return tuple(f"{base}/sitemap.xml" for base in self.bases)

    @property
    def section_urls(self) -> tuple[str, ...]:
        """Every section page."""
        pairs = zip(self.bases, OUTLETS, strict=True)
        return tuple(f"{base}/{section}/" for base, paper in pairs for section in paper.sections)

    def edition(self) -> Edition:
        """Return the newspaper as it is now."""
        return edition(self.bases, self.pace, self.now())

    def truths(self) -> tuple[Truth, ...]:
        """Return all articles that are listed now, newest first."""
        return truths(self.edition())

    def truth(self, url: str) -> Truth | None:
        """Return the article at this address now; None if it is not an article of the newspaper."""
        return truth(url, self.edition())


def utc_now() -> datetime:
    """Return the current time; tests pass their own clock."""
    return datetime.now(UTC)


@asynccontextmanager
async def serve_demo(
    port: int = 0,
    *,
    started: datetime,
    new_every_s: float = 20,
    now: Callable[[], datetime] = utc_now,
    or_free: bool = False,
    hosts: tuple[str, ...] = HOSTS,
) -> AsyncIterator[Demo]:
    """Serve the newspaper during the block.

    Port 0 is any free one. A port in use raises WirewatchError, or with `or_free` another one is used.
    If one of the hosts is not an address of this machine, all three outlets share the first, on different ports.
    """
    if new_every_s <= 0:
        raise ValueError("new_every_s must be above 0")
    pace = Pace(started, new_every_s)
    try:
        stack, bases = await _serve(hosts, port, pace, now)
    except OSError as error:
        if not or_free:
            raise WirewatchError(_why(error), subject="demo newspaper") from error
        stack, bases = await _serve(hosts, 0, pace, now)
    async with stack:
        yield Demo(bases, pace, now)


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"{error.filename} is in use: choose another port with --port, or 0 for any free one"
    return f"cannot listen on {error.filename}: {error.strerror}"


async def _serve(
    hosts: tuple[str, ...], port: int, pace: Pace, now: Callable[[], datetime]
) -> tuple[AsyncExitStack, tuple[str, ...]]:
    """Start the three servers: one port on three addresses, or three ports on the first address."""
    tries = TRIES if port == 0 else 1
    while True:
        tries -= 1
        try:
            return await _start(hosts, port, pace, now)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                return await _start(hosts[:1] * len(hosts), port, pace, now)
            if not tries:
                raise


async def _start(
    hosts: tuple[str, ...], port: int, pace: Pace, now: Callable[[], datetime]
) -> tuple[AsyncExitStack, tuple[str, ...]]:
    """Start one server for each host. Raises OSError, and stops all of them, if one cannot start."""
    bases: list[str] = []
    apart = len(set(hosts)) == len(hosts)
    async with AsyncExitStack() as stack:
        for outlet, host in enumerate(hosts):
            runner = web.AppRunner(_app(outlet, bases, pace, now), access_log=None, shutdown_timeout=0.2)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await _bind(runner, host, port if apart or not port else port + outlet)
            bound = runner.addresses[0][1]
            bases.append(f"http://{host}:{bound}")
            port = bound if apart else port
        running = stack.pop_all()
    return running, tuple(bases)


async def _bind(runner: web.AppRunner, host: str, port: int) -> None:
    """Open one address. The OSError that it raises names the address as its `filename`."""
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from error


def _app(outlet: int, bases: list[str], pace: Pace, now: Callable[[], datetime]) -> web.Application:
    """Return the server of an outlet. `bases` is complete before the first request."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return respond(request, outlet, edition(tuple(bases), pace, now()))

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    return app
