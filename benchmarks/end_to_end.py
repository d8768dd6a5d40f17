"""Pages a second through everything, beside trafilatura's own ceiling in the same run.

    python benchmarks/end_to_end.py [--pages 800] [--processes 2] [--rounds 3]

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
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "tests"), str(Path(__file__).parent.parent)]

from mocksite import MockSite
from news_pages import article_page, feed

HOSTS = 8


def ceiling(pages: list[str], processes: int) -> float:
    """Pages a second of trafilatura alone."""
    context = multiprocessing.get_context("forkserver")
    with context.Pool(processes) as pool:
        pool.map(extract_plainly, pages[: 4 * processes], chunksize=1)
        begun = time.perf_counter()
        pool.map(extract_plainly, pages, chunksize=4)
        return len(pages) / (time.perf_counter() - begun)


def extract_plainly(page: str) -> int:
    from trafilatura import bare_extraction  # noqa: PLC0415  in the worker

    document = bare_extraction(page.encode(), with_metadata=True)
    return len(document.text or "") if document else 0


async def crawl_rounds(
    site: MockSite, pages: int, processes: int, rounds: int, between: list[str]
) -> tuple[list[float], list[float]]:
    """Alternates rounds of the ceiling and of whole crawls in fresh state."""
    from crawler.config import parse_watch  # noqa: PLC0415
    from crawler.runtime import Places, Runtime  # noqa: PLC0415
    from crawler.service.crawls import Crawls  # noqa: PLC0415
    from crawler.service.project import project_settings  # noqa: PLC0415
    from crawler.service.reactor import twisted  # noqa: PLC0415

    settings = project_settings()
    settings.setdict(
        {
            "WIREWATCH_MAX_PAGES": pages,
            "AUTOTHROTTLE_ENABLED": False,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 4,
            "LOG_LEVEL": "ERROR",
        },
        priority="project",
    )
    sources = "\n".join(f"  - {{id: s{n}, feed: '{site.url('/feed.xml', n)}', delay: 0s}}" for n in range(HOSTS))
    rules = "\n".join(f"  - {{id: r{n}, all: ['number {n}', zeppelin]}}" for n in range(1000))
    watch = parse_watch(f"sources:\n{sources}\nrules:\n{rules}\n", {}, subject="bench")
    ceilings, ours = [], []
    async with twisted():
        for _ in range(rounds):
            ceilings.append(await asyncio.to_thread(ceiling, between, processes))
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                places = Places(folder, "", f"sqlite:///{folder / 'bench.db'}", processes)
                runtime = await Runtime.open(watch, places, owner=True)
                await asyncio.sleep(2)  # processes are warm in a service
                crawls = Crawls(runtime, settings)
                begun = time.perf_counter()
                await asyncio.gather(*(crawls.crawl(source.id, f"bench-{source.id}") for source in watch.sources))
                stored = runtime.desk.archive.counts().articles
                ours.append(stored / (time.perf_counter() - begun))
                await runtime.close()
            print(f"  round: ceiling {ceilings[-1]:.1f} pages/s, end to end {ours[-1]:.1f} ({stored} articles)")
    return ceilings, ours


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=800)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    pages = [article_page(n) for n in range(args.pages)]
    with MockSite(HOSTS) as site:
        site.put("/robots.txt", "")
        each = args.pages // HOSTS
        for host in range(HOSTS):
            mine = range(host * each, (host + 1) * each)
            for n in mine:
                site.put(f"/news/{n}.html", pages[n], host=host)
            site.put("/feed.xml", feed([site.url(f"/news/{n}.html", host) for n in mine]), host=host)
        print(f"{args.pages} pages of {statistics.mean(map(len, pages)) / 1000:.0f} kB on {HOSTS} hosts")
        ceilings, ours = asyncio.run(crawl_rounds(site, args.pages, args.processes, args.rounds, pages))
    ratio = statistics.median(ours) / statistics.median(ceilings)
    if args.json:
        print(json.dumps({"ceiling": ceilings, "end_to_end": ours, "ratio": ratio}))
    print(
        f"ceiling {statistics.median(ceilings):.1f} pages/s, end to end {statistics.median(ours):.1f}, ratio {ratio:.2f}"
    )


if __name__ == "__main__":
    main()
