"""Shared parts of benchmarks: a mock site full of pages, and a runtime that crawls it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from mocksite import MockSite
from news_pages import feed

from crawler.config import Watch, parse_watch
from crawler.runtime import Places, Runtime
from crawler.service.service import settled_heap
from crawler.service.worker.crawls import Crawls
from crawler.service.worker.project import project_settings

HOSTS = 8


def publish(site: MockSite, page: Callable[[int], str], total: int) -> None:
    """Publish `total` pages on the site's hosts, with a feed for each host."""
    site.put("/robots.txt", "")
    for host in range(HOSTS):
        mine = range(host, total, HOSTS)
        for n in mine:
            site.put(f"/news/{n}.html", page(n), host=host)
        site.put("/feed.xml", feed([site.url(f"/news/{n}.html", host) for n in mine]), host=host)


def watch_of(site: MockSite, rules: int, *, warm: bool = False) -> Watch:
    """Return a source for each host, and rules of two terms; with `warm`, another source for a first crawl."""
    sources = "\n".join(f"  - {{id: s{n}, feed: '{site.url('/feed.xml', n)}', delay: 0s}}" for n in range(HOSTS))
    if warm:
        sources += f"\n  - {{id: warm, feed: '{site.url('/warm.xml')}', delay: 0s}}"
    text = "\n".join(f"  - {{id: r{n}, all: ['number {n}', zeppelin]}}" for n in range(rules))
    return parse_watch(f"sources:\n{sources}\nrules:\n{text}\n", {}, subject="bench")


@asynccontextmanager
async def crawls(watch: Watch, folder: Path, processes: int) -> AsyncIterator[tuple[Runtime, Crawls]]:
    """Open a runtime in `folder`, without delays, which our own site does not need."""
    settings = project_settings()
    changed = {
        "WIREWATCH_MAX_PAGES": 100_000,
        "AUTOTHROTTLE_ENABLED": False,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 4,
        "LOG_LEVEL": "ERROR",
    }
    settings.setdict(changed, priority="project")
    runtime = await Runtime.open(watch, Places(folder, "", f"sqlite:///{folder / 'bench.db'}", processes), owner=True)
    try:
        with settled_heap():  # as the service does
            yield runtime, Crawls(runtime, settings)
    finally:
        await runtime.close()
