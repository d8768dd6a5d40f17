"""Rows per second of an export, in every format.

    python benchmarks/archive_export.py [--url sqlite:////tmp/million.db] [--articles 100000]

Exports the newest articles as `wirewatch items export` does, to a file beside others in a temporary folder. Without an
archive at --url a small one is made for the purpose. Prints rows and megabytes a second by the clock, rows a second of
CPU time (which other work on the machine disturbs less), and the memory that the process took at most.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from itertools import islice
from pathlib import Path

from archive_million import made_up

from crawler.archive import Archive, Entry, ItemFilter
from crawler.archive.files.export import export_to_file
from crawler.archive.files.formats import Format

NAMES = {Format.JSONL: "a.jsonl", Format.JSON: "a.json", Format.CSV: "a.csv", Format.PARQUET: "a.parquet"}


def measure(archive: Archive, kind: Format, path: Path, count: int) -> None:
    """Run one export and print its figures."""
    wall, cpu = time.perf_counter(), time.process_time()
    rows = export_to_file(archive.items(ItemFilter(limit=count)), path, kind)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    size = path.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"  {path.name:12} {rows:,} rows: {rows / wall:9,.0f} rows/s {size / wall / 1e6:6.1f} MB/s, "
        f"{rows / cpu:9,.0f} rows/s of CPU, {size / rows:7,.0f} bytes a row, at most {peak:.0f} MB of memory",
        flush=True,
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="")
    parser.add_argument("--articles", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Archive.open(options.url or f"sqlite:///{folder}/a.db") as archive:
        articles = iter(()) if options.url else made_up(5_000)
        while some := list(islice(articles, 100)):
            archive.store([Entry(article) for article in some])
        for kind, name in NAMES.items():
            measure(archive, kind, Path(folder) / name, options.articles)
        measure(archive, Format.JSONL, Path(folder) / "a.jsonl.gz", options.articles)


if __name__ == "__main__":
    main()
