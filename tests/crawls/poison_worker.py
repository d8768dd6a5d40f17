"""Workers' lives, one after another, each in a process of its own that crawls source `a`. FOLDER REDIS_URL LIVES

Prints how each ended, as subprocess does: 0, or minus the signal.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from crawler.config import load_watch
from crawler.runtime import Places, Runtime
from crawler.service.worker.crawls import Crawls
from crawler.service.worker.project import project_settings
from crawler.service.worker.reactor import twisted


async def live(folder: Path, redis_url: str) -> None:
    settings = project_settings()
    settings.set("SPIDER_MODULES", ["crawler.spiders", "poison_spider"], priority="project")
    places = Places(folder, redis_url, f"sqlite:///{folder / 'items.db'}", 1)
    runtime = await Runtime.open(load_watch(folder / "watch.yaml", {}), places, owner=False)
    try:
        async with twisted():
            await Crawls(runtime, settings).crawl("a", "crawl:a:20260101T000000")
    finally:
        await runtime.close()


def main(folder: Path, redis_url: str, lives: int) -> None:
    for _ in range(lives):
        if child := os.fork():  # what is imported already need not be imported again
            sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
            sys.stdout.flush()
        else:
            asyncio.run(live(folder, redis_url))
            os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
