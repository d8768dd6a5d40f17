"""The page "Coverage": seconds with many sources.

    python benchmarks/coverage_page.py [--sources 10000] [--weeks 8] [--articles 20] [--rules 200]
        [--folder /tmp/coverage]

Rows are written directly: a week of each source has four listings, one source in fifty has a problem, and
`--articles` of the last week per source. Each figure is the median of five answers, after a first one.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Table, insert

from crawler.archive import Archive
from crawler.archive.tables.coverage import source_weeks
from crawler.archive.tables.rows import alert_values, article_values
from crawler.archive.tables.schema import alerts, articles, source_health
from crawler.config import parse_watch
from crawler.health.recall import recall
from crawler.items import Alert, Article
from crawler.runtime import Places, utc_now
from crawler.service.scheduler.coverage import last_week
from crawler.usecases.coverage.overview import Show, coverage, rule_coverage
from crawler.web import create_app, open_site
from crawler.web.server.addresses import addresses

PORTION = 20_000
NOW = utc_now()


def fill(archive: Archive, sources: int, weeks: int, each: int, rules: int) -> None:
    rng = random.Random(3)
    fill_weeks(archive, sources, weeks, rng)
    unhealthy = [
        {"source": f"source-{number}", "condition": "failing", "since": NOW, "detected": NOW, "detail": "503"}
        for number in range(0, sources, 50)
    ]
    many(archive, source_health, unhealthy)
    fill_articles(archive, sources, each, rng)
    raised = [
        Alert(
            f"a{number}", f"rule-{number % rules}", "1", "source-1", "https://x.example/", "T", NOW, story=f"{number}"
        )
        for number in range(rules * 100)
    ]
    many(archive, alerts, [alert_values(one, None) for one in raised])


def fill_weeks(archive: Archive, sources: int, weeks: int, rng: random.Random) -> None:
    monday = last_week(NOW)
    rows = []
    for number in range(sources):
        missing = rng.choice((0, 0, 0, 5, 40))
        for back in range(weeks):
            sightings = [(True, rng.randrange(3)) for _ in range(60)] + [(False, 1 + rng.randrange(2))] * missing
            found = recall(sightings, checks=rng.choice((0, 2, 2)))
            at = f"https://www.site{number}.example/a/rather/long/address/of/a/listing"
            shares = [[kind, f"{at}/{kind}.xml", kind == "feed", found.named // 2, 3] for kind in KINDS]
            rows.append(
                {
                    "source": f"source-{number}",
                    "week": monday - timedelta(weeks=back),
                    "named": found.named,
                    "seen": found.seen,
                    "least": found.least,
                    "most": found.most,
                    "unknown": found.unknown.name if found.unknown else "",
                    "shares": shares,
                }
            )
    many(archive, source_weeks, rows)


def fill_articles(archive: Archive, sources: int, each: int, rng: random.Random) -> None:
    texts = []
    for number in range(sources * each):
        found_at = NOW - timedelta(days=7) * rng.random()
        url = f"https://www.site{number % sources}.example/{number}"
        published = found_at - timedelta(seconds=rng.randrange(3600))
        one = Article(
            url, "T", "Text. " * 200, source=f"source-{number % sources}", found=found_at, published=published
        )
        texts.append(article_values(one) | {"key": number.to_bytes(16, "big")})
        if len(texts) == PORTION:
            many(archive, articles, texts)
            texts.clear()
    many(archive, articles, texts)


KINDS = ("feed", "sitemap", "section", "home")


def many(archive: Archive, table: Table, rows: list[dict[str, Any]]) -> None:
    for at in range(0, len(rows), PORTION):
        archive.write(lambda connection, at=at: connection.execute(insert(table), rows[at : at + PORTION]))


def took(work: Callable[[], object]) -> str:
    times, processor = [], []
    for _ in range(6):
        begun, busy = time.perf_counter(), time.process_time()
        work()
        times.append(time.perf_counter() - begun)
        processor.append(time.process_time() - busy)
    return f"{median(times[1:]):.2f} s, {median(processor[1:]):.2f} s of them processor time (first {times[0]:.2f} s)"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sources", type=int, default=10_000)
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--articles", type=int, default=20)
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{folder}/wirewatch.db"
    text = ["sources:"]
    text += [f"  - {{id: source-{n}, feed: 'https://www.site{n}.example/feed.xml'}}" for n in range(given.sources)]
    text += ["rules:", *(f"  - {{id: rule-{n}, query: flood{n}}}" for n in range(given.rules))]
    (folder / "watch.yaml").write_text("\n".join(text) + "\n")
    watch = parse_watch((folder / "watch.yaml").read_text(), {}, subject="w")
    with Archive.open(url) as archive:
        if not archive.last_id():
            fill(archive, given.sources, given.weeks, given.articles, given.rules)
        monday = last_week(NOW)
        print("latest week of all:", took(lambda: archive.coverage_overview.latest(monday)))
        print("50 sources:", took(lambda: coverage(archive, watch.sources, NOW)))
        print("50 that miss:", took(lambda: coverage(archive, watch.sources, NOW, show=Show.MISSING, start=500)))
        print("rules:", took(lambda: rule_coverage(archive, watch, NOW)))
    site = open_site(Places(folder, "", url, 1), folder / "watch.yaml", {}, addresses("127.0.0.1", 8765))
    with TestClient(create_app(site), base_url="http://127.0.0.1:8765") as client:
        print("page:", took(lambda: client.get("/coverage").raise_for_status()))
        print("API:", took(lambda: client.get("/api/v1/coverage").raise_for_status()))
        print("API, 200:", took(lambda: client.get("/api/v1/coverage?limit=200").raise_for_status()))
        print("bytes of the page:", len(client.get("/coverage").content))


if __name__ == "__main__":
    main()
