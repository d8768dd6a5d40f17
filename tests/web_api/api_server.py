"""A real server on loopback over a filled archive, tokens for it, and a worker that takes crawls."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from docket import Worker
from ending import end
from web.web_samples import WATCH, fill

from crawler.archive import Archive
from crawler.archive.queries.tokens import Scope
from crawler.runtime import Places, utc_now
from crawler.service.worker.tasks import CRAWL, FETCH, docket
from crawler.web.server.serving import ServerOptions, serve
from crawler.web.site import Site

BBC = """\
  - id: bbc-world
    feed: https://bbc.example/world.xml
rules:
  - id: us-in-iraq
    query: ferry AND flood*
"""
STARTED_S = 60


@dataclass(frozen=True)
class Furnished:
    """A folder with an archive and a watch file, and the ids of articles by name."""

    folder: Path
    ids: dict[str, int]


def furnish(folder: Path, database_url: str = "") -> Furnished:
    """An archive, a watch file and a token of every scope ("token-read", ...) in a folder."""
    (folder / "watch.yaml").write_text(WATCH.replace("lists:\n", BBC.partition("rules:")[0] + "lists:\n").replace(
        "rules:\n", "rules:" + BBC.partition("rules:")[2]))  # fmt: skip
    with Archive.open(database_url or f"sqlite:///{folder}/wirewatch.db") as archive:
        ids = fill(archive)
        for scope in Scope:
            archive.tokens.add(f"of-{scope}", f"token-{scope}", [scope], utc_now())
    return Furnished(folder, ids)


@contextmanager
def served(folder: Path, *, password: str = "", redis_url: str = "") -> Iterator[Site]:
    """The page over a folder, on a port of its own; its address is `site.addresses.base`."""
    started = threading.Event()
    found: list[tuple[Site, Callable[[], None]]] = []

    def ready(site: Site, stop: Callable[[], None]) -> None:
        found.append((site, stop))
        started.set()

    places = Places(folder, redis_url, f"sqlite:///{folder}/wirewatch.db", 1)
    options = ServerOptions(port=0, password=password)
    thread = threading.Thread(target=serve, args=(options, places, folder / "watch.yaml", {}, ready), daemon=True)
    thread.start()
    assert started.wait(STARTED_S)
    site, stop = found[0]
    try:
        yield site
    finally:
        stop()
        thread.join(STARTED_S)


@contextmanager
def worker(redis_url: str) -> Iterator[list[str]]:
    """A worker that takes crawls and fetches, and notes their sources and addresses."""
    taken: list[str] = []
    running, over = threading.Event(), asyncio.Event()

    async def crawl(source_id: str, task: str) -> None:
        taken.append(source_id)

    async def fetch(source_id: str, url: str, task: str) -> None:
        taken.append(url)

    async def work() -> None:
        async with docket(redis_url) as queue:
            queue.register(crawl, names=[CRAWL])
            queue.register(fetch, names=[FETCH])
            async with Worker(queue) as one:
                forever = asyncio.create_task(one.run_forever())
                while not await queue.workers():  # noqa: ASYNC110  another process' news
                    await asyncio.sleep(0.02)
                running.set()
                await over.wait()
                await end(forever)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(work(),), daemon=True)
    thread.start()
    assert running.wait(STARTED_S)
    try:
        yield taken
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(STARTED_S)
        loop.close()
