"""CPU of the schedule: start, reload with one source changed, a due time, and what follows a crawl that ended.

PYTHONPATH=. python benchmarks/schedule_cost.py [--sources 100 1000 10000] [--adaptive] [--runs 10] [--articles 100]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.archive import Archive, Entry
from crawler.archive.queries.sources import NamedSource
from crawler.config import Source
from crawler.items import Article, Run
from crawler.service.scheduler.histories import Histories
from crawler.service.scheduler.schedule import Schedule


def cpu_s() -> float:
    """User and system time of all threads of this process."""
    return time.process_time()


def sources_of(count: int, *, adaptive: bool) -> list[Source]:
    """Feeds, every five minutes or adaptive."""
    every = None if adaptive else "5m"
    return [Source(id=f"s{n}", feed=f"https://h{n}.example/feed", every=every) for n in range(count)]


def fill(archive: Archive, sources: list[Source], runs: int, articles: int, now: datetime) -> None:
    """A past: the last run of each source lies an hour back."""
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
    """CPU seconds to save runs that ended, and to give their sources new times; how many got one."""
    began = cpu_s()
    for one in sources[:1000]:
        archive.save_run(Run(f"{one.id}-now", one.id, now, datetime.now(UTC), found=20))
    saved_s = cpu_s() - began
    began = cpu_s()
    known = {source.id: source for source in sources}
    adapted, _ = histories.ended(known, now, datetime.now(UTC))
    for name, past in adapted.items():
        schedule.adapt(known[name], past)
    return saved_s, cpu_s() - began, len(adapted)


async def measure(count: int, options: argparse.Namespace, folder: Path) -> None:
    """Prints a line of figures, all in CPU time."""
    sources, now = sources_of(count, adaptive=options.adaptive), datetime.now(UTC)
    fired = 0

    async def due(source_id: str, when: datetime) -> None:
        nonlocal fired
        del source_id, when
        fired += 1

    with Archive.open(f"sqlite:///{folder / f'{count}.db'}") as archive:
        fill(archive, sources, options.runs, options.articles, now)
        archive.sources.note([NamedSource(source.id, source.url) for source in sources], now)
        began = cpu_s()
        schedule, histories = Schedule(due, lambda: datetime.now(UTC)), Histories(archive)
        schedule.use(sources, histories.take_up(schedule.changed(sources)))
        schedule.start()
        await asyncio.sleep(0)
        start_s = cpu_s() - began
        changed = [
            *sources[1:],
            sources[0].model_copy(update={"tags": ("new",), "every": timedelta(minutes=7), "cron": None}),
        ]
        began = cpu_s()
        schedule.use(changed, histories.take_up(schedule.changed(changed)))
        await asyncio.sleep(0)
        reload_s = cpu_s() - began
        began, before = cpu_s(), fired
        await asyncio.sleep(options.seconds)
        fire_s, fires = cpu_s() - began, fired - before
        saved_s, adapt_s, adapted = adapt(archive, schedule, histories, sources, now)
        schedule.stop()
    print(
        f"{count:>6} sources: start {start_s:6.2f} s ({1000 * start_s / count:.3f} ms each), "
        f"reload of one {reload_s * 1000:7.1f} ms, {fires} due: {1e6 * fire_s / max(1, fires):.0f} us each, "
        f"{adapted} ended: {1000 * adapt_s / max(1, adapted):.3f} ms each (saved: {saved_s:.2f} s)"
    )


def main() -> None:
    """Runs the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, nargs="*", default=[100, 1000, 10_000])
    parser.add_argument("--adaptive", action="store_true")
    parser.add_argument("--runs", type=int, default=10, help="that a source has")
    parser.add_argument("--articles", type=int, default=100, help="that a source has")
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for count in options.sources:
            asyncio.run(measure(count, options, Path(folder)))


if __name__ == "__main__":
    main()
