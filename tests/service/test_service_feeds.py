from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.archive import Archive, Entry
from crawler.config import parse_watch
from crawler.items import Alert, Article
from crawler.service.scheduler.maintenance import update_feeds

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WATCH = """
sources:
  - {id: a, feed: 'https://a.example/f', tags: [east]}
  - {id: b, feed: 'https://b.example/f'}
rules:
  - {id: cranes, any: [crane]}
feeds:
  - {id: everything}
  - {id: east, sources: {tags: [east]}, format: csv}
  - {id: french, languages: [fr]}
  - {id: cranes, rules: [cranes]}
  - {id: days, format: parquet, rules: [cranes], keep: 10d}
"""


def article(n: int, source: str, language: str = "en", found: datetime = NOW) -> Article:
    url = f"https://{source}.example/{n}"
    return Article(
        url=url, title=f"T{n}", text="crane", canonical_url=url, source=source, language=language, found=found
    )


@pytest.fixture
def archive(tmp_path: Path):
    with Archive.open(f"sqlite:///{tmp_path / 'a.db'}") as archive:
        yield archive


def titles(path: Path) -> list[str]:
    return [json.loads(line)["title"] for line in path.read_text().splitlines()]


def test_each_feed_takes_what_it_asks_for_and_grows(archive: Archive, tmp_path: Path):
    watch = parse_watch(WATCH, {}, subject="watch.yaml")
    alert = Alert("1", "cranes", "v", "b", "https://b.example/2", "T2", NOW)
    archive.store([Entry(article(1, "a")), Entry(article(2, "b"), (alert,)), Entry(article(3, "b", "fr"))])
    update_feeds(archive, watch, tmp_path, NOW)
    update_feeds(archive, watch, tmp_path, NOW)
    assert titles(tmp_path / "everything-2026-03-02.jsonl") == ["T1", "T2", "T3"]
    with (tmp_path / "east-2026-03-02.csv").open() as stream:
        assert [row["title"] for row in csv.DictReader(stream)] == ["T1"]
    assert titles(tmp_path / "french-2026-03-02.jsonl") == ["T3"]
    assert titles(tmp_path / "cranes-2026-03-02.jsonl") == ["T2"]
    assert not list(tmp_path.glob("*.parquet")), "a day is written when it is over"
    archive.store([Entry(article(4, "a"))])
    update_feeds(archive, watch, tmp_path, NOW)
    assert titles(tmp_path / "everything-2026-03-02.jsonl") == ["T1", "T2", "T3", "T4"]
    update_feeds(archive, watch, tmp_path, NOW + timedelta(days=1))
    assert [path.name for path in tmp_path.glob("*.parquet")] == ["days-2026-03-02.parquet"]
    update_feeds(archive, watch, tmp_path, NOW + timedelta(days=12))
    assert not list(tmp_path.glob("*.parquet")), "older than its keep"
    assert (tmp_path / "everything-2026-03-02.jsonl").exists()


def test_a_feed_that_cannot_be_written_does_not_stop_the_others(archive: Archive, tmp_path: Path):
    watch = parse_watch(WATCH, {}, subject="watch.yaml")
    (tmp_path / "east.csv.cursor").write_text("nonsense")
    archive.store([Entry(article(1, "a"))])
    update_feeds(archive, watch, tmp_path, NOW)
    assert titles(tmp_path / "everything-2026-03-02.jsonl") == ["T1"]
