"""The cost of run records: bytes in the archive, and time of each poll, on SQLite.

python benchmarks/run_records.py [--runs 2000]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.archive import Archive
from crawler.items import Candidate, ReadListing, Run, Waiting

BEGIN = datetime(2026, 11, 23, 8, tzinfo=UTC)
NEW = 5  # candidates of a poll with news
LISTINGS = 100  # of a large site's run


def main() -> None:
    """Measure runs without records, of an unchanged feed, of a feed with news, and of a large site."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000)
    count = parser.parse_args().runs
    plain = measure("no record", count, lambda archive, run, _n: archive.save_run(run))
    for name, poll in (("unchanged feed", unchanged), (f"feed with {NEW} new", news), (f"{LISTINGS} listings", large)):
        measure(name, count // 10 if poll is large else count, poll, plain)


def measure(
    name: str, count: int, poll: Callable[[Archive, Run, int], None], than: tuple[float, float] = (0, 0)
) -> tuple[float, float]:
    """Print and return bytes and milliseconds of a run, and the difference."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "items.db"
        with Archive.open(f"sqlite:///{path}") as archive:
            before, begun = size(archive), time.perf_counter()
            for n in range(count):
                started = BEGIN + timedelta(seconds=n)
                run_id = f"crawl:bbc-world:{started:%Y%m%dT%H%M%S}"
                poll(archive, Run(run_id, "bbc-world", started, started + timedelta(seconds=2), found=5), n)
            taken_ms = (time.perf_counter() - begun) / count * 1000
            used = (size(archive) - before) / count
    more = f"  (+{used - than[0]:.0f} bytes, +{taken_ms - than[1]:.2f} ms)" if than[0] else ""
    print(f"{name:18} {used:6.0f} bytes a run, {taken_ms:6.2f} ms{more}")
    return used, taken_ms


def size(archive: Archive) -> int:
    """Return the bytes of the pages in use."""
    return archive.dashboard.figures(BEGIN).bytes


def feed(run: Run, status: int, named: int = 0, new: int = 0) -> ReadListing:
    """Return the record of one feed."""
    return ReadListing(
        "feed", "https://feeds.news.example/world/rss.xml", run.started, status, "", named, new, named - new
    )


def unchanged(archive: Archive, run: Run, _n: int) -> None:
    """Store a poll with the response 304."""
    archive.listings.waiting(run.source, run.started)
    archive.save_run(run, [feed(run, 304)])


def news(archive: Archive, run: Run, n: int) -> None:
    """Store a poll with new candidates, all of which were stored as articles."""
    archive.listings.waiting(run.source, run.started)
    named = [Waiting(n * NEW + at, candidate(n * NEW + at)) for at in range(NEW)]
    archive.listings.record(run, [feed(run, 200, 30, NEW)], named)
    archive.save_run(run, (), [one.key for one in named])


def large(archive: Archive, run: Run, n: int) -> None:
    """Store a poll of a site with many listings, one of which has news."""
    news(archive, run, n)
    archive.save_run(run, [feed(run, 304)] * (LISTINGS - 1))


def candidate(n: int) -> Candidate:
    """Return a candidate of a feed."""
    url = f"https://www.news.example/world/2026/nov/23/a-headline-of-some-length-{n}"
    listed = {"listed_in": "https://feeds.news.example/world/rss.xml", "listed": BEGIN}
    return Candidate(url, f"A headline of some length {n}", BEGIN, tags=("World",), guid=f"urn:news:{n}", **listed)


if __name__ == "__main__":
    main()
