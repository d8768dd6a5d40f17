"""Single pages, for faces that inspect a site: fetched by Scrapy as in a crawl, through the same middlewares."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.settings import BaseSettings, Settings

from crawler.errors import FetchError, StateError
from crawler.extensions.contract import SpiderContract
from crawler.extensions.observer import failure_reason
from crawler.extensions.single_pages import FreshRobots, OwnGate
from crawler.hosts import Gate, RobotsMemory
from crawler.service.worker.project import project_settings
from crawler.service.worker.reactor import in_reactor

__all__ = ["Probe", "ProbeResponse", "in_reactor", "open_probe", "redis_of"]

REACH_S: Final = 5.0  # for the Redis of a service to answer
_REDIRECTS: Final = range(300, 400)
_OWN: Final[dict[str, Any]] = {
    "EXTENSIONS": {"crawler.extensions.single_pages.SinglePages": 0, "scrapy.extensions.throttle.AutoThrottle": 0},
    "EXTENSIONS_BASE": {},  # Scrapy loads those that are turned off as well
    "ITEM_PIPELINES": {},
    "LOG_FORMATTER": "scrapy.logformatter.LogFormatter",
    "RETRY_ENABLED": False,  # a person waits, and decides
    "STATS_DUMP": False,
    "WIREWATCH_MAX_WAIT_S": 30.0,
}


@dataclass(frozen=True, slots=True)
class ProbeResponse:
    """What a server sent, after redirects: the last URL, and the whole body, unpacked."""

    url: str
    status: int
    content_type: str
    body: bytes


class Probe:
    """A crawl that fetches the pages that it is given, one after another; `open_probe` opens it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    async def get(self, url: str) -> ProbeResponse:
        """Fetch `url`. Any status is an answer.

        Raises `FetchError`: no such host, refused, TLS, time-out, too large, on a private network, forbidden by
        robots.txt, a host that is paused, redirects without end or away from http.
        """
        try:
            response = await self._response(url)
        except Exception as error:
            raise FetchError(failure_reason(error, self._crawler.settings), subject=url[:500]) from error
        if response.status in _REDIRECTS and response.headers.get("Location"):
            raise FetchError("redirected to what is not an http(s) address", subject=response.url)
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        return ProbeResponse(response.url, response.status, content_type, response.body)

    async def _response(self, url: str) -> Response:
        if urlsplit(url).scheme.lower() not in {"http", "https"}:
            raise FetchError("not an http(s) address")
        response: Response = await self._crawler.engine.download_async(Request(url, callback=NO_CALLBACK))
        return response


class _PageSpider(SpiderContract, Spider):
    """A spider without pages of its own; `gate`, `robots` and `inside` are for the components of its crawl."""

    name = "probe"

    def __init__(self, gate: Gate, robots: RobotsMemory, inside: Collection[str], opened: asyncio.Event) -> None:
        super().__init__()
        self.gate = gate
        self.robots = robots
        self._inside = frozenset(inside)
        self._opened = opened

    @property
    def inside(self) -> frozenset[str]:
        """The hosts on private networks that may be fetched."""
        return self._inside

    async def start(self) -> AsyncIterator[Any]:
        """Wait for the end of the crawl."""
        self._opened.set()
        await asyncio.Event().wait()
        yield  # never


@asynccontextmanager
async def open_probe(
    *,
    redis_url: str = "",
    user_agent: str = "",
    delay_s: float | None = None,
    inside: Collection[str] = (),
    settings: Settings | None = None,
) -> AsyncIterator[Probe]:
    """Open a probe, on the loop of the reactor (`in_reactor`).

    Its requests pass the host gate of all crawls in the Redis at `redis_url`; without one ("", or it does not answer)
    they keep a pace of their own. `user_agent` and `delay_s` take the place of the settings'. `inside` are the hosts
    that may be on a private network.
    """
    given = settings or project_settings()
    pace_s = given.getfloat("DOWNLOAD_DELAY") if delay_s is None else delay_s
    async with _memories(redis_url, pace_s) as (gate, robots):
        # The own gate keeps the pace: Scrapy's queue would hold a page back that follows its robots.txt at once.
        own = _settings(given, user_agent, 0.0 if isinstance(gate, OwnGate) else pace_s)
        crawler = Crawler(_PageSpider, own)
        opened = asyncio.Event()
        crawl = asyncio.create_task(crawler.crawl_async(gate, robots, inside, opened))
        crawl.add_done_callback(lambda _: opened.set())
        try:
            await opened.wait()
            if not crawl.done():
                yield Probe(crawler)
        finally:
            await opened.wait()  # it may have been cancelled
            await crawler.stop_async()
            await crawl  # raises what it could not be opened for


def _settings(given: Settings, user_agent: str, delay_s: float) -> Settings:
    """Return the settings of a crawl, without what belongs to a source."""
    own = _OWN | {"DOWNLOAD_DELAY": delay_s, "DOWNLOADER_MIDDLEWARES": given.getdict("DOWNLOADER_MIDDLEWARES")}
    del own["DOWNLOADER_MIDDLEWARES"]["crawler.middlewares.conditional.ConditionalGetMiddleware"]
    if user_agent:
        own |= {"USER_AGENT": user_agent, "ROBOTSTXT_USER_AGENT": user_agent}
    copied = given.copy()
    copied.setdict(own, priority="cmdline")
    return copied


@asynccontextmanager
async def _memories(redis_url: str, delay_s: float) -> AsyncIterator[tuple[Gate, RobotsMemory]]:
    """Open the host gate and the robots.txt files: those of all crawls, or of this process alone."""
    async with AsyncExitStack() as stack:
        gate: Gate = OwnGate(delay_s)
        shared: RobotsMemory | None = None
        if redis_url:
            from crawler.state import State  # noqa: PLC0415  redis-py takes a while to load

            state = State.connect(redis_url, retries=0)
            stack.push_async_callback(state.close)
            with suppress(StateError, TimeoutError):
                async with asyncio.timeout(REACH_S):
                    await state.answers()
                gate, shared = state.gate, state.http
        yield gate, FreshRobots(shared)


def redis_of(settings: BaseSettings) -> str:
    """Return the Redis of the service that the settings name, "" where none can be running."""
    folder, redis_url = Path(settings["WIREWATCH_VAR"]), settings["WIREWATCH_REDIS_URL"]
    if not redis_url and not folder.is_dir():
        return ""
    from crawler.state import service_url  # noqa: PLC0415  as above

    return service_url(folder, redis_url)
