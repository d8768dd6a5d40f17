"""Memory of the service's process while it crawls, which must not grow with the pages.

python benchmarks/service_memory.py [--pages 5000]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import tempfile
from pathlib import Path

from bench_room import HOSTS, crawls, publish, watch_of
from mocksite import MockSite
from news_pages import article_page

from crawler.service.worker.reactor import twisted

STEP = 500


def resident_mb() -> float:
    """Return the resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def measure(site: MockSite, total: int, processes: int) -> list[float]:
    """Publish and crawl STEP pages at a time; return the memory after each step."""
    sizes: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        async with twisted(), crawls(watch_of(site, rules=100), Path(name), processes) as (runtime, crawler):
            for end in range(STEP, total + 1, STEP):
                await asyncio.to_thread(publish, site, lambda n: article_page(n, links=20, teasers=5), end)
                await asyncio.gather(*(crawler.crawl(f"s{n}", f"m-{n}-{end}") for n in range(HOSTS)))
                gc.collect()
                sizes.append(resident_mb())
                print(f"{runtime.archive.sync.counts().articles:>6} articles: {sizes[-1]:6.1f} MB")
    return sizes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    with MockSite(HOSTS) as site:
        sizes = asyncio.run(measure(site, args.pages, args.processes))
    first = sizes[1000 // STEP - 1]
    print(f"from 1,000 to {args.pages:,} pages: {100 * (sizes[-1] / first - 1):+.1f} %")


if __name__ == "__main__":
    main()
