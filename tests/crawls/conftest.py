"""Whole crawls in this process: a real Valkey, a real archive, real extraction processes, a mock site."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from mocksite import MockSite
from scrapy.settings import Settings

from crawler.archive import Archive
from crawler.archive.async_archive import AsyncArchive
from crawler.config import parse_watch
from crawler.items import Article, Run
from crawler.pool import ExtractorPool
from crawler.runtime import Runtime
from crawler.service.worker.crawls import Crawls
from crawler.service.worker.project import project_settings
from crawler.service.worker.reactor import twisted
from crawler.state import EmbeddedServer, State


@pytest.fixture(scope="session")
def site() -> Iterator[MockSite]:
    with MockSite() as site:
        yield site


@pytest.fixture(autouse=True)
def fresh_site(site: MockSite) -> None:
    site.reset()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def reactor() -> AsyncIterator[None]:
    async with twisted():
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pool() -> AsyncIterator[ExtractorPool]:
    pool = ExtractorPool(1)
    yield pool
    await pool.close()


@dataclass
class Room:
    """A runtime and a way to crawl with it."""

    runtime: Runtime
    settings: Settings
    crawl: Callable[..., Awaitable[Run]]
    alerts: list = field(default_factory=list)

    def use(self, text: str) -> None:
        self.runtime.use(parse_watch(text, {}, subject="watch.yaml"))

    def articles(self) -> list[Article]:
        return [row.article for row in self.runtime.archive.sync.items()]


@pytest_asyncio.fixture(loop_scope="session")
async def room(reactor: None, pool: ExtractorPool, valkey: EmbeddedServer, tmp_path: Path) -> AsyncIterator[Room]:
    state = State.connect(valkey.url, retries=3)
    await state.redis.flushall()
    opened = Archive.open(f"sqlite:///{tmp_path / 'items.db'}")
    archive = AsyncArchive(opened, retry_for_s=5)
    settings = project_settings()
    settings.setdict({"RETRY_TIMES": 0, "DOWNLOAD_TIMEOUT": 5, "WIREWATCH_MAX_WAIT_S": 5.0}, priority="project")
    runtime = Runtime(parse_watch("sources: []", {}, subject="watch.yaml"), state, archive, pool)
    crawls = Crawls(runtime, settings)
    counter = itertools.count(1)

    async def crawl(source: str = "a", task: str = "") -> Run:
        run = await crawls.crawl(source, task or f"task-{next(counter)}")
        assert run is not None
        return run

    yield Room(runtime, settings, crawl)
    await archive.close()
    opened.close()
    await state.close()
