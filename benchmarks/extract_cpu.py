"""CPU time of our extractor and of plain trafilatura on the same pages, paired in one run.

    python benchmarks/extract_cpu.py [FOLDER] [--pages 200] [--rounds 2]

FOLDER holds *.html or *.html.gz (searched below it); the project's own fixtures are the default. Each page is read by
both, in turns, so that a busy machine slows both alike; the figure that counts is the ratio of the sums.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from trafilatura import bare_extraction

from crawler.extract import extract

FIXTURES = Path(__file__).resolve().parent.parent / "tests" / "extract" / "pages"
URL = "https://news.example.org/2026/11/23/a-page"


def read(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def cpu_ms(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return 1000 * (time.process_time() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=FIXTURES)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    paths = sorted(p for p in args.folder.rglob("*") if p.name.endswith((".html", ".html.gz")))
    paths = paths[:: max(1, len(paths) // args.pages)]
    pages = [read(p) for p in paths]
    for page in pages[:3]:  # loads the phrase tables of both
        extract(page, URL)
        bare_extraction(page, url=URL, with_metadata=True)
    ours, theirs = [], []
    for page in pages:
        times = [
            (
                cpu_ms(lambda p=page: extract(p, URL)),
                cpu_ms(lambda p=page: bare_extraction(p, url=URL, with_metadata=True)),
            )
            for _ in range(args.rounds)
        ]
        ours.append(min(t[0] for t in times))
        theirs.append(min(t[1] for t in times))
    for name, values in (("wirewatch", ours), ("trafilatura", theirs)):
        print(
            f"{name:12s} mean {statistics.mean(values):6.1f} ms  "
            f"median {statistics.median(values):6.1f} ms  pages {len(values)}"
        )
    print(f"ratio of means {sum(ours) / sum(theirs):.3f}")


if __name__ == "__main__":
    main()
