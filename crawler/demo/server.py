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
ONE_HOST = ("127.0.0.1",) * 3  # where the machine answers on the first address only, as on macOS
TRIES = 20  # free ports that are tried until one is free on all addresses


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
        """Each outlet with its front page."""
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
        """The newspaper as it stands now."""
        return edition(self.bases, self.pace, self.now())

    def truths(self) -> tuple[Truth, ...]:
        """Every article that is listed now, the newest first."""
        return truths(self.edition())

    def truth(self, url: str) -> Truth | None:
        """What stands at this address now; None where it is no article of the newspaper."""
        return truth(url, self.edition())


def utc_now() -> datetime:
    """The time of day; tests pass their own clock."""
    return datetime.now(UTC)


@asynccontextmanager
async def serve_demo(
    port: int = 0,
    *,
    started: datetime,
    new_every_s: float = 20,
    now: Callable[[], datetime] = utc_now,
    or_free: bool = False,
) -> AsyncIterator[Demo]:
    """Serve the newspaper until the block is left.

    Port 0 is any free one. A port that is taken raises WirewatchError, or with `or_free` another one is used.
    """
    if new_every_s <= 0:
        raise ValueError("new_every_s must be above 0")
    pace = Pace(started, new_every_s)
    try:
        stack, bases = await _serve(port, pace, now)
    except OSError as error:
        if not or_free:
            raise WirewatchError(_why(port, error), subject="demo newspaper") from error
        stack, bases = await _serve(0, pace, now)
    async with stack:
        yield Demo(bases, pace, now)


def _why(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use: choose another with --port, or 0 for any free one"
    return f"port {port} cannot be opened: {error.strerror or error}"


async def _serve(port: int, pace: Pace, now: Callable[[], datetime]) -> tuple[AsyncExitStack, tuple[str, ...]]:
    """Start the three servers: one port on three addresses, or three ports on the first address."""
    for _ in range(TRIES if port == 0 else 1):
        try:
            return await _start(HOSTS, port, pace, now)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                return await _start(ONE_HOST, port, pace, now)
            failure = error
    raise failure


async def _start(
    hosts: tuple[str, ...], port: int, pace: Pace, now: Callable[[], datetime]
) -> tuple[AsyncExitStack, tuple[str, ...]]:
    bases: list[str] = []
    async with AsyncExitStack() as stack:
        for outlet, host in enumerate(hosts):
            wanted = port + outlet if port and hosts is ONE_HOST else port
            runner = web.AppRunner(_app(outlet, bases, pace, now), access_log=None, shutdown_timeout=0.2)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            site = web.TCPSite(runner, host, wanted)
            await site.start()
            bound = runner.addresses[0][1]
            bases.append(f"http://{host}:{bound}")
            port = port if hosts is ONE_HOST else bound
        return stack.pop_all(), tuple(bases)
    raise AssertionError("the stack swallows nothing")


def _app(outlet: int, bases: list[str], pace: Pace, now: Callable[[], datetime]) -> web.Application:
    """One outlet's server. `bases` is complete before the first request can come in."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return respond(request, outlet, edition(tuple(bases), pace, now()))

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    return app
