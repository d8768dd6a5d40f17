"""Memory of the seen-set in Valkey: bytes per URL, and its growth.

python benchmarks/state_seen.py [--urls 1000000]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from crawler.dedupe.urls import url_key
from crawler.state import EmbeddedServer, State

STEP = 2_000


async def measure(url: str, total: int) -> None:
    """Mark `total` URLs and print the memory at each power of ten."""
    state = State.connect(url)
    now = datetime.now(UTC)
    empty = (await state.redis.info("memory"))["used_memory"]
    begun = time.perf_counter()
    mark = 10_000
    for first in range(0, total, STEP):
        await state.urls.mark(
            (url_key(f"https://site{n % 997}.example/news/article-{n}") for n in range(first, first + STEP)), now
        )
        if first + STEP >= mark:
            used = (await state.redis.info("memory"))["used_memory"] - empty
            print(f"{first + STEP:>9} URLs: {used / (first + STEP):6.2f} bytes a URL, {used / 2**20:7.1f} MB in all")
            mark *= 10
    spent = time.perf_counter() - begun
    keys = [url_key(f"https://site{n % 997}.example/news/article-{n}") for n in range(100)]
    began = time.perf_counter()
    for _ in range(100):
        await state.urls.unseen(keys, now)
    per_url = (time.perf_counter() - began) / 10_000
    print(f"marking {1e6 * spent / total:.0f} µs a URL, asking {1e6 * per_url:.0f} µs a URL in batches of 100")
    await state.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--urls", type=int, default=1_000_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer(Path(folder)) as server:
        asyncio.run(measure(server.url, args.urls))


if __name__ == "__main__":
    main()
