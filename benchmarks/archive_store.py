"""The archive's speed and size.

    python benchmarks/archive_store.py [--url sqlite:////tmp/x.db] [--articles 100000]

Made-up articles of 600 words (3.7 kB of text, and as much Markdown), three tags, one alert in ten. Prints articles a
second for batches of 1, 20 and 100 (SQLite: with synchronous=FULL, which is what the archive uses, and NORMAL), bytes
an article, and the median time of what lists and live views ask at the full size.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event

from crawler.archive import Archive, Entry, ItemFilter, Order
from crawler.items import Alert, Article, Span

START = datetime(2026, 11, 1, tzinfo=UTC)
SOURCES = 200
WORDS = [
    f"{a}{b}{c}" for a in ("ra", "do", "mi", "ka", "lu", "ten") for b in ("", "ber", "nis", "qo") for c in "aeious"
]


def entries(count: int, seed: int) -> Iterator[Entry]:
    rng = random.Random(seed)
    for number in range(count):
        words = " ".join(rng.choices(WORDS, k=600))
        text = "\n\n".join(words[at : at + 500] for at in range(0, len(words), 500))
        found = START + timedelta(seconds=number * 3)
        url = f"https://news.example/{seed}/{number}/{words[:40].replace(' ', '-')}"
        article = Article(
            url=url,
            canonical_url=url,
            title=words[:70],
            text=text,
            markdown=text,
            source=f"source-{number % SOURCES}",
            found=found,
            published=found,
            language="en",
            tags=(f"tag-{number % 50}", "africa", f"rare-{number % 5000}"),
            word_count=600,
            content_hash=f"{seed:04x}{number:012x}",
        )
        if number % 10:
            yield Entry(article)
        else:
            rule = f"rule-{number // 10 % 100}"
            alert = Alert(
                f"{seed}-{number}", rule, "1:0", article.source, url, article.title, found, (Span("title", 0, 4),)
            )
            yield Entry(article, (alert,), ((alert.id, "desk"),))


def rate(archive: Archive, size: int, count: int, seed: int) -> float:
    made = list(entries(count, seed))
    started = time.perf_counter()
    for at in range(0, count, size):
        archive.store(made[at : at + size])
    return count / (time.perf_counter() - started)


def median_ms(ask: Callable[[], object], rounds: int = 7) -> float:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        ask()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def rates(url: str, label: str, level: str | None = None) -> None:
    with Archive.open(url) as archive:
        if level:
            engine = archive._engine  # noqa: SLF001 - the archive offers no way to be less safe
            event.listen(engine, "connect", lambda raw, _: raw.execute(f"PRAGMA synchronous={level}"))
            engine.dispose()
        for number, (size, count) in enumerate(((1, 400), (20, 2000), (100, 4000))):
            seed = random.randrange(1 << 30) + number
            print(f"{label}, batches of {size:>3}: {rate(archive, size, count, seed):8,.0f} articles/s")


def latencies(archive: Archive, count: int) -> None:
    newest = START + timedelta(seconds=count * 3)
    filters: dict[str, ItemFilter] = {
        "the newest 50": ItemFilter(limit=50),
        "50 of one source": ItemFilter(sources=("source-7",), limit=50),
        "50 with a common tag": ItemFilter(tags=("africa",), limit=50),
        "50 with a rare tag": ItemFilter(tags=("rare-7",), limit=50),
        "50 of a rule": ItemFilter(rules=("rule-7",), limit=50),
        "50 of the last 2 hours": ItemFilter(since=newest - timedelta(hours=2), limit=50),
        "50 of a language that is not there": ItemFilter(languages=("sw",), limit=50),
        "a follower that has all": ItemFilter(after_id=count, limit=50, order=Order.STORED),
    }
    for name, one in filters.items():
        print(f"{name}: {median_ms(lambda one=one: list(archive.items(one, bodies=False))):.2f} ms")
    print(f"one article by URL: {median_ms(lambda: archive.article('https://news.example/none')):.2f} ms")
    print(f"deliveries that wait (100): {median_ms(lambda: archive.outbox.waiting(100)):.2f} ms")
    print(f"source_stats: {median_ms(lambda: archive.source_stats(newest - timedelta(days=1))):.1f} ms")
    print(f"counts: {median_ms(archive.counts):.1f} ms")
    print(f"canonical_urls, all: {median_ms(lambda: sum(1 for _ in archive.canonical_urls()), 1):.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="")
    parser.add_argument("--articles", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.url:
            rates(options.url, "this database")
        else:
            rates(f"sqlite:///{folder}/full.db", "FULL")
            rates(f"sqlite:///{folder}/normal.db", "NORMAL", "NORMAL")
        path = Path(folder) / "large.db"
        with Archive.open(options.url or f"sqlite:///{path}") as archive:
            filled = rate(archive, 100, options.articles, 0)
            print(f"{options.articles:,} articles at {filled:,.0f} articles/s")
            latencies(archive, options.articles)
        if path.exists():
            print(f"{path.stat().st_size / options.articles:,.0f} bytes an article (text and Markdown of 600 words)")


if __name__ == "__main__":
    main()
