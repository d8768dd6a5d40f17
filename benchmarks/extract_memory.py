"""Memory of one extraction process over many pages, to find leaks of C libraries.

    python benchmarks/extract_memory.py [FOLDER] [--extractions 20000]

FOLDER holds *.html or *.html.gz (in any depth); without it the project's own pages are used.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from news_pages import article_page

from crawler.errors import ExtractError
from crawler.extract import examine


def resident_mb() -> float:
    """Return the resident memory of this process in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def pages(folder: Path | None) -> list[bytes]:
    """Return the pages to extract repeatedly."""
    if folder is None:
        return [article_page(n).encode() for n in range(60)]
    found = sorted(folder.rglob("*.html")) + sorted(folder.rglob("*.html.gz"))
    return [gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--extractions", type=int, default=20_000)
    args = parser.parse_args()
    step = max(1, args.extractions // 10)
    sizes = []
    for count, page in enumerate(itertools.islice(itertools.cycle(pages(args.folder)), args.extractions), start=1):
        try:
            examine(page, "https://bench.example/news/1")
        except ExtractError as error:
            print(error)
        if count % step == 0:
            sizes.append(resident_mb())
            print(f"{count:>7} extractions: {sizes[-1]:6.1f} MB", flush=True)
    print(f"after the first tenth: {sizes[-1] - sizes[0]:+.1f} MB")


if __name__ == "__main__":
    main()
