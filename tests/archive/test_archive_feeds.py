from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet
import pytest
from archive_samples import NOW, make_article
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.archive import Archive, ArticleRow, Entry, ItemFilter
from crawler.archive.files.formats import Format
from crawler.archive.files.item_feeds import RollingFeed
from crawler.errors import ArchiveError

DAY = timedelta(days=1)


def row(number: int, days: int = 0) -> ArticleRow:
    return ArticleRow(number, make_article(number, found=NOW + days * DAY, text="two\nlines"))


def ids(path: Path) -> list[int]:
    if path.suffix == ".parquet":
        found: list[int] = pyarrow.parquet.read_table(path).column("id").to_pylist()
        return found
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return [int(line["id"]) for line in csv.DictReader(file)]
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


def everything(folder: Path, suffix: str) -> dict[str, list[int]]:
    return {path.name: ids(path) for path in sorted(folder.glob(f"*.{suffix}"))}


@pytest.mark.parametrize("kind", [Format.JSONL, Format.CSV])
def test_days_roll_and_old_files_stay(tmp_path: Path, kind: Format):
    feed = RollingFeed(tmp_path / "feeds", "all", kind)
    assert feed.append([row(1), row(2)]) == 2
    assert feed.append([row(2), row(3), row(4, 1), row(5), row(6, 1)]) == 4
    assert feed.last_id == 6
    assert everything(tmp_path / "feeds", kind.value) == {
        f"all-2026-11-23.{kind.value}": [1, 2, 3],
        f"all-2026-11-24.{kind.value}": [4, 5, 6],  # 5 came late: yesterday's file is closed
    }


@pytest.mark.parametrize("kind", [Format.JSONL, Format.CSV])
def test_a_new_process_goes_on_where_the_last_one_stopped(tmp_path: Path, kind: Format):
    RollingFeed(tmp_path, "all", kind).append([row(1), row(2)])
    feed = RollingFeed(tmp_path, "all", kind)
    assert feed.append([row(1), row(2), row(3)]) == 1
    assert ids(feed.path("2026-11-23")) == [1, 2, 3]


@pytest.mark.parametrize("kind", [Format.JSONL, Format.CSV])
def test_what_a_crash_left_behind_the_cursor_is_cut_and_written_again(tmp_path: Path, kind: Format):
    feed = RollingFeed(tmp_path, "all", kind)
    feed.append([row(1)])
    with feed.path("2026-11-23").open("ab") as file:
        file.write(b'{"id":2,"title":"torn "and\nhalf')
    again = RollingFeed(tmp_path, "all", kind)
    again.append([row(2)])
    assert ids(again.path("2026-11-23")) == [1, 2]


def test_a_file_that_was_moved_away_is_started_again(tmp_path: Path):
    feed = RollingFeed(tmp_path, "all", Format.CSV)
    feed.append([row(1)])
    feed.path("2026-11-23").unlink()
    feed.append([row(2)])
    assert ids(feed.path("2026-11-23")) == [2]


def test_a_feed_follows_the_archive(archive: Archive, tmp_path: Path):
    feed = RollingFeed(tmp_path, "odd", Format.JSONL)
    item_filter = ItemFilter(sources=("odd",))
    archive.store([Entry(make_article(n, source="odd" if n % 2 else "even")) for n in range(6)])
    assert feed.update(archive, NOW, item_filter) == 3
    assert feed.update(archive, NOW, item_filter) == 0
    assert feed.last_id == archive.last_id() == 6
    archive.store([Entry(make_article(8, source="even"))])
    assert feed.update(archive, NOW, item_filter) == 0
    assert RollingFeed(tmp_path, "odd", Format.JSONL).last_id == 7  # what was left out is not looked at again
    archive.store([Entry(make_article(n, source="odd")) for n in (7, 9)])
    assert feed.update(archive, NOW, item_filter) == 2
    assert len(ids(feed.path("2026-11-23"))) == 5


def test_parquet_writes_a_day_when_it_is_over(tmp_path: Path):
    with Archive.open(f"sqlite:///{tmp_path}/w.db") as archive:
        feed = RollingFeed(tmp_path, "all", Format.PARQUET)
        archive.store([Entry(row(n, days).article) for n, days in [(1, 0), (2, 0), (3, 1)]])
        assert feed.update(archive, NOW) == 0
        assert feed.update(archive, NOW + DAY) == 2
        archive.store([Entry(row(4, 0).article)])
        assert feed.update(archive, NOW + DAY) == 0
        assert feed.update(archive, NOW + 2 * DAY) == 2
        archive.store([Entry(row(5, 1).article)])
        assert RollingFeed(tmp_path, "all", Format.PARQUET).update(archive, NOW + 2 * DAY) == 1
    assert everything(tmp_path, "parquet") == {
        "all-2026-11-23.parquet": [1, 2],
        "all-2026-11-24.4.parquet": [5],
        "all-2026-11-24.parquet": [3, 4],
    }


@pytest.mark.parametrize(
    ("name", "kind"), [("../x", Format.CSV), ("", Format.CSV), ("a.b", Format.CSV), ("all", Format.JSON)]
)
def test_names_and_formats_that_cannot_be(tmp_path: Path, name: str, kind: Format):
    with pytest.raises(ArchiveError, match="feed"):
        RollingFeed(tmp_path, name, kind)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"last_id": "x", "day": "", "size": 0}', '{"last_id": 1}'])
def test_a_damaged_cursor_is_reported(tmp_path: Path, content: str):
    (tmp_path / "all.csv.cursor").write_text(content)
    with pytest.raises(ArchiveError, match="delete it"):
        RollingFeed(tmp_path, "all", Format.CSV)


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveError, match="cannot be"):
        RollingFeed(tmp_path / "file" / "feeds", "all", Format.CSV).append([row(1)])


@settings(max_examples=25)
@given(plan=st.lists(st.integers(0, 2), max_size=12), cuts=st.lists(st.integers(0, 12)), torn=st.binary(max_size=9))
def test_any_restart_and_any_torn_tail_gives_each_row_once(
    tmp_path_factory: pytest.TempPathFactory, plan: list[int], cuts: list[int], torn: bytes
):
    folder = tmp_path_factory.mktemp("feed")
    rows = [row(number, days) for number, days in enumerate(plan, start=1)]
    for cut in [*cuts, len(rows)]:
        RollingFeed(folder, "all", Format.JSONL).append(rows[:cut])
        for path in sorted(folder.glob("*.jsonl"))[-1:]:  # only the file that was being written can be torn
            with path.open("ab") as file:
                file.write(torn)
    RollingFeed(folder, "all", Format.JSONL).append([*rows, row(99, 2)])
    found = [number for numbers in everything(folder, "jsonl").values() for number in numbers]
    assert found == [*range(1, len(rows) + 1), 99]


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_archive_feeds import RollingFeed, Format, row
feed = RollingFeed(Path(sys.argv[1]), "all", Format.JSONL)
print("ready", flush=True)
for number in range(feed.last_id + 1, 100_000):
    feed.append([row(number, number // 40)])
    print(number, flush=True)
"""


@pytest.mark.slow
def test_sigkill_at_any_time_loses_and_doubles_nothing(tmp_path: Path):
    command = [sys.executable, "-c", WRITER, str(tmp_path), str(Path(__file__).parent)]
    for _ in range(3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for count, _line in enumerate(process.stdout):
                if count == 25:
                    os.kill(process.pid, signal.SIGKILL)
                    break
    feed = RollingFeed(tmp_path, "all", Format.JSONL)
    feed.append([row(feed.last_id + 1, 30)])
    found = [number for numbers in everything(tmp_path, "jsonl").values() for number in numbers]
    assert len(found) >= 75
    assert found == list(range(1, feed.last_id + 1))
