"""Pages per second of whole crawls, compared with trafilatura alone in the same run.

    python benchmarks/end_to_end.py [--pages 2000] [--processes 2] [--rounds 3]

End to end: feeds and pages fetched over HTTP from a site in a process of its own, extracted, deduplicated in Valkey,
matched against 1,000 rules, stored in SQLite. Ceiling: as many processes running trafilatura.bare_extraction with
metadata on the same pages, nothing else. Both alternate in each round; the ratio of the medians is the figure.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import statistics
import tempfile
import time
from pathlib import Path

from bench_room import HOSTS, crawls, publish, watch_of
from mocksite import MockSite
from news_pages import article_page, feed

from crawler.service.worker.reactor import twisted

WARM = 40  # pages


def ceiling(pages: list[str], processes: int) -> float:
    """Return pages per second of trafilatura alone."""
    with multiprocessing.get_context("forkserver").Pool(processes) as pool:
        pool.map(extract_plainly, pages[: 4 * processes], chunksize=1)
        begun = time.perf_counter()
        pool.map(extract_plainly, pages, chunksize=4)
        return len(pages) / (time.perf_counter() - begun)


def extract_plainly(page: str) -> int:
    """Process a page with trafilatura alone."""
    from trafilatura import bare_extraction  # noqa: PLC0415  in the process that needs it

    document = bare_extraction(page.encode(), with_metadata=True)
    return len(document.text or "") if document else 0


async def end_to_end(site: MockSite, processes: int) -> float:
    """Return pages per second of whole crawls with empty state."""
    watch = watch_of(site, rules=1000, warm=True)
    with tempfile.TemporaryDirectory() as name:
        async with crawls(watch, Path(name), processes) as (runtime, crawler):
            await crawler.crawl("warm", "bench-warm")  # a service's processes are warm
            before = runtime.archive.sync.counts().articles
            begun = time.perf_counter()
            await asyncio.gather(*(crawler.crawl(source.id, f"bench-{source.id}") for source in watch.sources))
            return (runtime.archive.sync.counts().articles - before) / (time.perf_counter() - begun)


async def rounds(site: MockSite, pages: list[str], processes: int, total: int) -> tuple[list[float], list[float]]:
    """Alternate both, `total` times."""
    ceilings, ours = [], []
    async with twisted():
        for _ in range(total):
            ceilings.append(await asyncio.to_thread(ceiling, pages, processes))
            ours.append(await end_to_end(site, processes))
            print(f"  round: ceiling {ceilings[-1]:.1f} pages/s, end to end {ours[-1]:.1f}")
    return ceilings, ours


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    pages = [article_page(n) for n in range(args.pages)]
    with MockSite(HOSTS) as site:
        publish(site, pages.__getitem__, args.pages)
        site.put("/warm.xml", feed([site.url(f"/warm/{n}.html") for n in range(WARM)]))
        for n in range(WARM):
            site.put(f"/warm/{n}.html", article_page(args.pages + n))
        print(f"{args.pages} pages of {statistics.mean(map(len, pages)) / 1000:.0f} kB on {HOSTS} hosts")
        ceilings, ours = asyncio.run(rounds(site, pages, args.processes, args.rounds))
    ratio = statistics.median(ours) / statistics.median(ceilings)
    if args.json:
        print(json.dumps({"ceiling": ceilings, "end_to_end": ours, "ratio": ratio}))
    middle = statistics.median(ceilings), statistics.median(ours)
    print(f"ceiling {middle[0]:.1f} pages/s, end to end {middle[1]:.1f}, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
