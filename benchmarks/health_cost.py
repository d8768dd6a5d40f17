"""The cost of watching the health of many sources: CPU time for each part. Single core, SQLite in a temporary folder.

python benchmarks/health_cost.py [SOURCES]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from crawler.archive import Archive, Entry
from crawler.archive.tables.rows import add, run_values
from crawler.archive.tables.schema import runs
from crawler.config import parse_watch
from crawler.extensions.observer import Observer, digest
from crawler.health import silence
from crawler.items import Article, Observed, Outcome, Run
from crawler.service.scheduler.health import HealthWatch, silence_of

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FAULTS = 50  # one of so many sources fails in each run


def cost(name: str, times: int, work: Callable[[], object]) -> None:
    """Print the CPU time of one of so many."""
    begun = time.process_time()
    work()
    print(f"{name:52} {(time.process_time() - begun) / times * 1e6:12,.1f} µs each, {times:,}")


def one_run(number: int, minute: int) -> Run:
    """Return a run; one of FAULTS sources failed."""
    started, seen = NOW + minute * MINUTE, Observed(listing="0123456789abcdef", words=400)
    odd = number % FAULTS == 0
    outcome = Outcome.FAILED if odd else Outcome.DONE
    error = "https://x: status 500" if odd else ""
    return Run(f"{number}-{minute}", f"s{number}", started, started, outcome, error=error, pages=1, observed=seen)


def main(sources: int) -> None:
    """Measure all parts."""
    watch = parse_watch(
        "sources:\n" + "".join(f'  - {{id: s{n}, feed: "https://s{n}.example/f"}}\n' for n in range(sources)),
        {},
        subject="w",
    )
    observer, article = Observer(), Article("https://x.example/1", "T", "t", word_count=300)
    cost("a page recorded", 100_000, lambda: [observer.article(article) for _ in range(100_000)])
    keys = list(range(10**18, 10**18 + 40))
    cost("a run's digest of 40 addresses", 10_000, lambda: [digest(keys) for _ in range(10_000)])
    times = [NOW - n * 15 * MINUTE for n in range(5000)]
    cost("a silence judged, 5,000 articles", 20, lambda: [silence(times, times[-1], NOW) for _ in range(20)])
    with tempfile.TemporaryDirectory() as folder, Archive.open(f"sqlite:///{folder}/a.db") as archive:
        for minute in range(0, 60, 5):
            rows = [run_values(one_run(n, minute)) for n in range(sources)]
            archive.write(partial(add, table=runs, rows=rows))
        archive.store([Entry(Article(f"https://x/{n}", "T", "t", source="s1", found=at)) for n, at in enumerate(times)])
        watcher, later = HealthWatch(archive), NOW + 60 * MINUTE
        cost("a first check, problems reported", 1, lambda: watcher.check(watch, later))
        cost("a check without news (every 10 s)", 5, lambda: [watcher.check(watch, later) for _ in range(5)])
        cost("a silence with its queries", 10, lambda: [silence_of(archive, watch.sources[1], NOW) for _ in range(10)])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
