"""CPU of the schedule: start, reload with one changed source, due times, and rescheduling after a crawl.

PYTHONPATH=. python benchmarks/schedule_cost.py [--sources 100 1000 10000] [--adaptive] [--runs 10] [--articles 100]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.archive import Archive, Entry
from crawler.archive.queries.sources import NamedSource
from crawler.config import Source
from crawler.items import Article, Run
from crawler.schedule.schedule import Schedule
from crawler.service.scheduler.histories import Histories

TICK_S = 0.25


def cpu_s() -> float:
    """Return user and system time of all threads of this process."""
    return time.process_time()


def sources_of(count: int, *, adaptive: bool) -> list[Source]:
    """Return feeds, every five minutes or adaptive."""
    every = None if adaptive else "5m"
    return [Source(id=f"s{n}", feed=f"https://h{n}.example/feed", every=every) for n in range(count)]


def fill(archive: Archive, sources: list[Source], runs: int, articles: int, now: datetime) -> None:
    """Store runs and articles; the last run of each source was an hour ago."""
    for source in sources:
        for back in range(runs):
            at = now - timedelta(minutes=60 + 5 * back)
            archive.save_run(Run(f"{source.id}-{back}", source.id, at, at, found=20, new=1))
        page = f"https://{source.id}.example"
        batch = [
            Entry(Article(f"{page}/{n}", "T", "x", source=source.id, found=now - timedelta(minutes=60 + 20 * n)))
            for n in range(articles)
        ]
        if batch:
            archive.store(batch)


def adapt(
    archive: Archive, schedule: Schedule, histories: Histories, sources: list[Source], now: datetime
) -> tuple[float, float, int]:
    """Return the CPU seconds to save finished runs and to reschedule their sources, and how many were rescheduled."""
    began = cpu_s()
    for one in sources[:1000]:
        archive.save_run(Run(f"{one.id}-now", one.id, now, datetime.now(UTC), found=20))
    saved_s = cpu_s() - began
    began = cpu_s()
    known = {source.id: source for source in sources}
    adapted, _ = histories.update(known, now, datetime.now(UTC))
    for name, past in adapted.items():
        schedule.adapt(known[name], past, now)
    return saved_s, cpu_s() - began, len(adapted)


def measure(count: int, options: argparse.Namespace, folder: Path) -> None:
    """Print a line of figures, all in CPU time."""
    sources, now = sources_of(count, adaptive=options.adaptive), datetime.now(UTC)
    with Archive.open(f"sqlite:///{folder / f'{count}.db'}") as archive:
        fill(archive, sources, options.runs, options.articles, now)
        archive.sources.note([NamedSource(source.id, source.url) for source in sources], now)
        began = cpu_s()
        schedule, histories = Schedule(), Histories(archive)
        schedule.use(sources, histories.load(schedule.changed(sources)), now)
        schedule.take(now)
        start_s = cpu_s() - began
        changed = [
            *sources[1:],
            sources[0].model_copy(update={"tags": ("new",), "every": timedelta(minutes=7), "cron": None}),
        ]
        began = cpu_s()
        schedule.use(changed, histories.load(schedule.changed(changed)), now)
        reload_s = cpu_s() - began
        began, released = cpu_s(), 0
        for tick in range(round(options.seconds / TICK_S)):
            released += len(schedule.take(now + timedelta(seconds=tick * TICK_S)))
        release_s = cpu_s() - began
        saved_s, adapt_s, adapted = adapt(archive, schedule, histories, sources, now)
    print(
        f"{count:>6} sources: start {start_s:6.2f} s ({1000 * start_s / count:.3f} ms each), "
        f"reload of one {reload_s * 1000:7.1f} ms, {released} due: {1e6 * release_s / max(1, released):.0f} us each, "
        f"{adapted} ended: {1000 * adapt_s / max(1, adapted):.3f} ms each (saved: {saved_s:.2f} s)"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, nargs="*", default=[100, 1000, 10_000])
    parser.add_argument("--adaptive", action="store_true")
    parser.add_argument("--runs", type=int, default=10, help="of each source")
    parser.add_argument("--articles", type=int, default=100, help="of each source")
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for count in options.sources:
            measure(count, options, Path(folder))


if __name__ == "__main__":
    main()
