"""A crowd of crawling processes that are killed and replaced. FOLDER REDIS_URL PROCESSES KILLS SEED

Each is a fork of this one, with a runtime and crawls of its own; all of them ask the same hosts. Only who has
begun to ask is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from pathlib import Path

from crowd_spider import StillMiddleware

from crawler.config import load_watch
from crawler.runtime import Places, Runtime
from crawler.service.worker.crawls import Crawls
from crawler.service.worker.project import project_settings
from crawler.service.worker.reactor import twisted


async def live(folder: Path, redis_url: str) -> None:
    settings = project_settings()
    settings.set("SPIDER_MODULES", ["crawler.spiders", "crowd_spider"], priority="project")
    settings.set("DOWNLOADER_MIDDLEWARES", settings["DOWNLOADER_MIDDLEWARES"].copy_to_dict() | {StillMiddleware: 845})
    watch = load_watch(folder / "watch.yaml", {})
    places = Places(folder, redis_url, f"sqlite:///{folder / f'{os.getpid()}.db'}", 1)
    runtime = await Runtime.open(watch, places, owner=False, extracts=False)
    async with twisted():
        crawls = Crawls(runtime, settings)
        await asyncio.gather(*(crawls.crawl(source.id, f"crowd-{os.getpid()}-{source.id}") for source in watch.sources))


def begin(folder: Path, redis_url: str) -> int:
    child = os.fork()
    if not child:
        asyncio.run(live(folder, redis_url))
        os._exit(0)
    return child


def main(folder: Path, redis_url: str, processes: int, kills: int, rng: random.Random) -> None:
    crowd = [begin(folder, redis_url) for _ in range(processes)]
    for left in reversed(range(kills)):
        while not (asking := [child for child in crowd if (folder / f"{child}.asks").exists()]):
            time.sleep(0.02)
        time.sleep(rng.uniform(0.5, 1.5))
        child = rng.choice(asking)
        end_of(child)
        crowd.remove(child)
        if left:
            crowd.append(begin(folder, redis_url))
    for child in crowd:
        end_of(child)


def end_of(child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), random.Random(sys.argv[5]))
