"""A large archive: speed of writing and searching, and disk usage per article.

    python benchmarks/archive_million.py [--articles 1000000] [--url sqlite:////tmp/million.db] [--search-only]

Made-up articles of 60 to 340 words (Zipf's law over 120,000 words), 400 sources, 3 languages. The first 20,000 go
through `Archive.store` in batches of 1, 20 and 100; the rest are written in bulk, with the same rows and index (on
PostgreSQL the index is made by `Archive.tend`, as after an upgrade; it needs a database of its own). Then each query is
queried for its newest 20 articles, with texts and positions of the terms, 15 times in a row and once more from the
middle of the archive; prints medians, the slowest of the 15, and the middle, in milliseconds. "Worst case": words that
are in half of all articles, and seldom side by side.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, text

from crawler.archive import Archive, Entry, ItemFilter
from crawler.archive.search import fulltext
from crawler.archive.search.candidate_query import words_of
from crawler.archive.search.reindex import begin
from crawler.archive.tables.rows import article_values, tag_keys
from crawler.archive.tables.schema import article_tags, articles
from crawler.items import Article
from crawler.rules import RuleSpec, Scanner, compile_rule

START = datetime(2026, 1, 1, tzinfo=UTC)
SAMPLE = 20_000
BULK = 2_000
QUERIES = {
    "rare word": "kestrelwood",
    "word, 1 in 1,000": "harbourmaster",
    "word, 1 in 100": "embassy",
    "word, 1 in 10": "minister",
    "word, 1 in 2": "government",
    "phrase": '"prime minister"',
    "phrase, worst case": '"the government"',
    "phrase of rarer words": '"green zone"',
    "phrase, seldom": '"embassy minister"',
    "wildcard, narrow": "harbourm*",
    "wildcard, wide": "gov*",
    "AND": "embassy AND minister AND (rocket* OR attack*)",
    "NEAR": "embassy NEAR/10 (rocket* OR attack*)",
    "NOT": "government NOT minister",
    "OR of many": "(harbourmaster OR kestrelwood OR embassy OR rocket OR zone)",
    "field and word": "author:mwangi AND embassy",
    "title only": "title:embassy",
    "another script": "大使馆",
    "nothing found": "embassy AND kestrelwood AND harbourmaster",
}
PLANTED = {
    "prime minister": 0.03, "prime": 0.01, "government": 0.5, "minister": 0.1, "embassy": 0.01, "green zone": 0.004,
    "rocket": 0.02, "attacks": 0.03, "harbourmaster": 0.001, "kestrelwood": 0.00002, "大使馆": 0.005, "zone": 0.01,
    "governor": 0.03,
}  # fmt: skip


def made_up(count: int) -> Iterator[Article]:
    rng = random.Random(1)
    letters = "eeeeaaaiiioootttnnnsssrrrhlldcumfpgwybvk"
    common = (  # noqa: SIM905  as one reads it
        "the of to and in a said that for on was with as by at he his from it is were had been has have not "
        "but they who which will would more an or"
    ).split()
    vocabulary = common + ["".join(rng.choices(letters, k=rng.randint(3, 11))) for _ in range(120_000)]
    weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(len(vocabulary))))
    names = ["Wanjiku Mwangi", "Ana Souza", "J. O’Neil", "Li Wei", "Sara Haddad", "Tom Berg"]
    for number in range(count):
        words = rng.choices(vocabulary, cum_weights=weights, k=rng.randint(60, 340))
        for word, share in PLANTED.items():
            if rng.random() < share:
                words.insert(rng.randrange(len(words)), word)
        title = " ".join(words[20:29]).capitalize()
        body = " ".join(words)
        body = "\n\n".join(body[at : at + 600] for at in range(0, len(body), 600))
        found = START + timedelta(seconds=number * 25 + rng.randint(0, 60))
        yield Article(
            url=f"https://www.outlet-{number % 400}.example/news/{number}-{'-'.join(words[20:25])}", title=title,
            text=body, markdown=body, source=f"outlet-{number % 400}", found=found, published=found,
            published_from="json-ld", language=("en", "en", "fr", "pt")[number % 4], tags=("news", f"t{number % 50}"),
            authors=(names[number % 6],), word_count=len(words), content_hash=f"1:{number:032x}",
        )  # fmt: skip


def store(archive: Archive, some: Iterator[Article]) -> None:
    for size, share in ((1, 1_000), (20, 4_000), (100, SAMPLE - 5_000)):
        batch = [Entry(article) for article in itertools.islice(some, share)]
        began = time.perf_counter()
        for at in range(0, share, size):
            archive.store(batch[at : at + size])
        print(f"  stored in batches of {size}: {share / (time.perf_counter() - began):,.0f} articles/s", flush=True)


def bulk(archive: Archive, some: Iterator[Article], first: int) -> None:
    began, done = time.perf_counter(), 0
    while batch := list(itertools.islice(some, BULK)):
        ids = range(first + done + 1, first + done + len(batch) + 1)
        numbered = list(zip(ids, batch, strict=True))
        with archive._write() as connection:  # noqa: SLF001
            connection.execute(insert(articles), [article_values(a) | {"id": n} for n, a in numbered])
            tags = [{"tag": tag, "article_id": n} for n, a in numbered for tag in tag_keys(a.tags)]
            connection.execute(insert(article_tags), tags)
            if connection.dialect.name == "sqlite":
                fulltext.write(connection, [(n, words_of(a)) for n, a in numbered])
        done += len(batch)
        if done % 100_000 == 0:
            print(f"  {first + done:,}: {done / (time.perf_counter() - began):,.0f} articles/s in bulk", flush=True)


def index(archive: Archive, count: int) -> None:
    archive.write(begin)
    began, done, reported = time.perf_counter(), 0, 0
    while some := archive.maintain_index():
        done += some
        if done - reported > 100_000 or done == count:
            reported = done
            print(f"  {done:,} indexed: {done / (time.perf_counter() - began):,.0f} articles/s", flush=True)


def sizes(archive: Archive, count: int) -> None:
    with archive._engine.connect() as connection:  # noqa: SLF001
        if connection.dialect.name == "sqlite":
            rows = connection.execute(text("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC"))
        else:
            rows = connection.execute(
                text("SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' ORDER BY 2 DESC")
            )
        found = [(name, int(size)) for name, size in rows]
    print(f"  {sum(size for _, size in found) / count:,.0f} bytes an article")
    for name, size in found[:9]:
        print(f"    {name}: {size / count:,.0f}")


def searches(archive: Archive, count: int) -> None:
    middle = ItemFilter(limit=20, after=(START + timedelta(seconds=count // 2 * 25), 0))
    every: list[float] = []
    for name, query in QUERIES.items():
        matcher = Scanner(compile_rule(RuleSpec("q", query)))
        taken, hits = [], 0
        for turn in range(16):
            began = time.perf_counter()
            hits = len(list(archive.search(matcher, middle if turn == 15 else ItemFilter(limit=20))))
            taken.append((time.perf_counter() - began) * 1000)
        every += taken
        p95 = sorted(taken[:15])[14]
        print(
            f"  {name:24} {statistics.median(taken):7.1f} {p95:7.1f} middle {taken[15]:7.1f}  {hits:3} of 20: {query}"
        )
    every.sort()
    print(f"  all: median {statistics.median(every):.1f}, p95 {every[int(len(every) * 0.95)]:.1f} ms", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--url", default="sqlite:////tmp/million.db")
    parser.add_argument("--search-only", action="store_true", help="the archive is filled already")
    options = parser.parse_args()
    if not options.search_only and options.url.startswith("sqlite"):
        for end in ("", "-wal", "-shm"):
            Path(options.url.removeprefix("sqlite:///") + end).unlink(missing_ok=True)
    with Archive.open(options.url) as archive:
        if not options.search_only:
            some = made_up(options.articles)
            store(archive, some)
            bulk(archive, some, SAMPLE)
            if not options.url.startswith("sqlite"):
                index(archive, options.articles)
            plain = archive._engine.connect()  # noqa: SLF001
            with plain.execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("ANALYZE" if connection.dialect.name == "sqlite" else "VACUUM ANALYZE"))
        count = archive.last_id()
        print(f"{count:,} articles in {options.url.partition(':')[0]}")
        sizes(archive, count)
        searches(archive, count)


if __name__ == "__main__":
    main()
