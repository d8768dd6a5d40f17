"""Packed rolling files, and their copies in an S3 bucket, against a server that speaks S3."""

from __future__ import annotations

import gzip
import io
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet
import pytest
from archive_s3 import S3, s3_server
from archive_samples import NOW, make_article

from crawler.archive import Archive, ArticleRow, Entry
from crawler.archive.files.bucket import COPY_EVERY, Bucket
from crawler.archive.files.formats import Format
from crawler.archive.files.item_feeds import RollingFeed
from crawler.config import parse_watch
from crawler.errors import ArchiveError, ConfigError
from crawler.service.scheduler.maintenance import update_feeds

DAY = timedelta(days=1)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    with s3_server() as held:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://{held.address}", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        yield held


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(f"sqlite:///{tmp_path}/a.db") as opened:
        yield opened


def row(number: int, days: int = 0) -> ArticleRow:
    return ArticleRow(number, make_article(number, found=NOW + days * DAY))


def ids(data: bytes) -> list[int]:
    return [json.loads(line)["id"] for line in gzip.decompress(data).splitlines()]


@pytest.mark.parametrize("kind", [Format.JSONL, Format.CSV])
def test_packed_files_grow_by_whole_members(tmp_path: Path, kind: Format):
    plain, packed = RollingFeed(tmp_path, "p", kind), RollingFeed(tmp_path, "z", kind, packed=True)
    for some in ([row(1), row(2)], [row(3)], [row(4, 1)]):
        plain.append(some)
        packed = RollingFeed(tmp_path, "z", kind, packed=True)
        packed.append(some)
    assert [path.name for path in packed.files] == [f"z-2026-11-{day}.{kind}.gz" for day in (23, 24)]
    for one, other in zip(plain.files, packed.files, strict=True):
        assert gzip.decompress(other.read_bytes()) == one.read_bytes()


def test_half_a_member_is_cut_off_and_written_again(tmp_path: Path):
    RollingFeed(tmp_path, "z", Format.JSONL, packed=True).append([row(1), row(2)])
    path = tmp_path / "z-2026-11-23.jsonl.gz"
    with path.open("ab") as stream:
        stream.write(gzip.compress(b"half")[:9])
    RollingFeed(tmp_path, "z", Format.JSONL, packed=True).append([row(3)])
    assert ids(path.read_bytes()) == [1, 2, 3]


def test_parquet_is_not_packed_again(tmp_path: Path):
    with pytest.raises(ArchiveError, match="built-in compression"):
        RollingFeed(tmp_path, "z", Format.PARQUET, packed=True)


WATCH = """
sources:
  - {id: example, feed: 'https://news.example/f'}
feeds:
  - {id: lines, gzip: true, to: 's3://news/all/day'}
  - {id: days, format: parquet, to: 's3://news/all/day/', keep: 5d}
"""


@pytest.mark.slow
def test_feeds_are_copied_to_the_bucket(archive: Archive, tmp_path: Path, s3: S3):
    watch = parse_watch(WATCH, {}, subject="watch.yaml")
    archive.store([Entry(make_article(1)), Entry(make_article(2))])
    update_feeds(archive, watch, tmp_path, NOW)
    lines = "news/all/day/lines-2026-11-23.jsonl.gz"
    assert ids(s3.objects[lines]) == [1, 2]
    archive.store([Entry(make_article(3))])
    s3.calls.clear()
    update_feeds(archive, watch, tmp_path, NOW + timedelta(seconds=10))
    assert s3.calls == []  # it grows: copied now and then only
    update_feeds(archive, watch, tmp_path, NOW + COPY_EVERY)
    assert ids(s3.objects[lines]) == [1, 2, 3]
    s3.calls.clear()
    update_feeds(archive, watch, tmp_path, NOW + 2 * COPY_EVERY)
    assert s3.calls == []  # nothing new
    archive.store([Entry(make_article(4, found=NOW + DAY))])
    archive.store([Entry(make_article(5, found=NOW + DAY))])
    update_feeds(archive, watch, tmp_path, NOW + DAY)
    assert ids(s3.objects["news/all/day/lines-2026-11-24.jsonl.gz"]) == [4, 5]
    table = pyarrow.parquet.read_table(io.BytesIO(s3.objects["news/all/day/days-2026-11-23.parquet"]))
    assert table.column("id").to_pylist() == [1, 2, 3]
    update_feeds(archive, watch, tmp_path, NOW + 10 * DAY)
    assert not any("parquet" in name and "2026-11-23" in name for name in s3.objects)  # older than its keep
    assert lines in s3.objects


def test_a_bucket_that_refuses_is_tried_again(
    archive: Archive, tmp_path: Path, s3: S3, caplog: pytest.LogCaptureFixture
):
    watch = parse_watch(WATCH, {}, subject="watch.yaml")
    archive.store([Entry(make_article(1))])
    s3.failing = True
    update_feeds(archive, watch, tmp_path, NOW)
    assert "upload to the bucket failed" in caplog.text
    assert "secret" not in caplog.text
    assert ids((tmp_path / "lines-2026-11-23.jsonl.gz").read_bytes()) == [1]
    s3.failing = False
    update_feeds(archive, watch, tmp_path, NOW)
    assert ids(s3.objects["news/all/day/lines-2026-11-23.jsonl.gz"]) == [1]


def test_large_files_go_in_parts_and_new_processes_know_what_is_there(tmp_path: Path, s3: S3):
    path = tmp_path / "big"
    path.write_bytes(os.urandom(12_000_000))
    assert Bucket("s3://news/x", tmp_path / "notes").copy([path], None, NOW) == 1
    assert s3.objects["news/x/big"] == path.read_bytes()
    assert sum("partNumber" in call for call in s3.calls) == 2
    again = Bucket("s3://news/x", tmp_path / "notes")
    assert again.copy([path], None, NOW) == 0
    again.delete("big")
    again.delete("big")
    again.delete("never")
    assert "news/x/big" not in s3.objects
    assert Bucket("s3://news/x", tmp_path / "notes").copy([path], None, NOW) == 1


def test_notes_that_cannot_be_read_are_reported(tmp_path: Path):
    for text in ("nonsense", "[]", '{"a": 1}'):
        (tmp_path / "notes").write_text(text)
        with pytest.raises(ArchiveError, match="delete it"):
            Bucket("s3://news/x", tmp_path / "notes")


@pytest.mark.parametrize(
    "feed", ["to: /tmp/x", "to: 's3://'", "to: 's3://news/../x?y'", "to: s3://UPPER", "gzip: true, format: parquet"]
)
def test_mistakes_in_the_watch_file(feed: str):
    with pytest.raises(ConfigError):
        parse_watch(f"feeds:\n  - {{id: a, {feed}}}\n", {}, subject="watch.yaml")
