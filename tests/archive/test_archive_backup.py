"""Backups while the service writes, and putting them back."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from archive_postgres import Postgres, _binaries
from archive_samples import make_article, make_entry
from sqlalchemy import make_url
from typer.testing import CliRunner

from crawler.archive import Archive, ItemFilter, Order
from crawler.archive.engine import parse_url
from crawler.archive.maintenance.backup import backup_file, restore_file
from crawler.archive.maintenance.backup_postgres import dump_database, restore_database
from crawler.cli import app, mount
from crawler.errors import ArchiveError
from crawler.rules import Matcher, RuleSpec, compile_rule

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def quiet(done: int, total: int) -> None:
    assert done <= total


def fill(archive: Archive, first: int, count: int) -> None:
    archive.store([make_entry(make_article(n, text=f"{n} " * 3_000), "r") for n in range(first, first + count)])


def numbers(path: Path) -> list[int]:
    with Archive.open(f"sqlite:///{path}", create=False) as archive:
        assert len(archive.alerts(limit=None)) == archive.counts().articles, "articles and alerts of one moment"
        return sorted(row.id for row in archive.items(bodies=False))


@contextmanager
def written_to(archive: Archive, count: int) -> Iterator[list[int]]:
    """Fills an archive with so many articles, and goes on meanwhile; how many there are."""
    fill(archive, 0, count)
    stop, written = threading.Event(), [count]

    def write() -> None:
        while not stop.is_set():
            fill(archive, written[0], 5)
            written[0] += 5

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield written
    finally:
        stop.set()
        writer.join()


@pytest.mark.slow
def test_a_backup_under_writes_is_a_snapshot(tmp_path: Path):
    seen: list[int] = []
    with Archive.open(f"sqlite:///{tmp_path}/a.db") as archive, written_to(archive, 300) as written:
        for turn in range(3):
            backup_file(tmp_path / "a.db", tmp_path / f"copy{turn}.db", lambda done, total: seen.append(done))
    copies = [numbers(tmp_path / f"copy{turn}.db") for turn in range(3)]
    assert 300 <= len(copies[0]) <= len(copies[1]) <= len(copies[2])
    for copy in copies:
        assert copy == list(range(1, len(copy) + 1))
    assert written[0] > len(copies[0]), "the writer was not held up"
    assert seen
    assert not list(tmp_path.glob(".*.part*"))


def test_a_backup_is_put_back_and_the_old_archive_is_kept(tmp_path: Path):
    path = tmp_path / "a.db"
    with Archive.open(f"sqlite:///{path}") as archive:
        fill(archive, 0, 3)
        backup_file(path, tmp_path / "copy.db", quiet)
        fill(archive, 3, 2)
    kept = restore_file(tmp_path / "copy.db", path, NOW)
    assert kept == tmp_path / "a.before-20261123-080000.db"
    assert numbers(path) == [1, 2, 3]
    assert numbers(kept) == [1, 2, 3, 4, 5]
    assert restore_file(tmp_path / "copy.db", tmp_path / "new" / "b.db", NOW) is None
    assert numbers(tmp_path / "new" / "b.db") == [1, 2, 3]


def test_nothing_is_put_back_under_a_running_service(tmp_path: Path):
    path = tmp_path / "a.db"
    with Archive.open(f"sqlite:///{path}") as archive:
        fill(archive, 0, 1)
        backup_file(path, tmp_path / "copy.db", quiet)
        fill(archive, 1, 1)
        with pytest.raises(ArchiveError, match="stop it first"):
            restore_file(tmp_path / "copy.db", path, NOW)
        assert archive.last_id() == 2
        fill(archive, 2, 1)
    assert numbers(path) == [1, 2, 3]


def test_an_existing_file_is_never_overwritten(tmp_path: Path):
    with Archive.open(f"sqlite:///{tmp_path}/a.db"):
        (tmp_path / "copy.db").write_text("mine")
        with pytest.raises(ArchiveError, match="already exists"):
            backup_file(tmp_path / "a.db", tmp_path / "copy.db", quiet)
    assert (tmp_path / "copy.db").read_text() == "mine"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file"),
        (b"no database at all" * 100, "not a database"),
        ("CREATE TABLE other (a)", "not a Wirewatch archive"),
        ("CREATE TABLE meta (key, value); INSERT INTO meta VALUES ('schema', '99')", "schema 99"),
    ],
)
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes | str | None, said: str):
    copy, path = tmp_path / "copy.db", tmp_path / "a.db"
    if isinstance(content, bytes):
        copy.write_bytes(content)
    elif content:
        with sqlite3.connect(copy) as plain:
            plain.executescript(content)
        plain.close()
    with Archive.open(f"sqlite:///{path}") as archive:
        fill(archive, 0, 1)
    with pytest.raises(ArchiveError, match=said):
        restore_file(copy, path, NOW)
    assert numbers(path) == [1]


def test_a_damaged_copy_is_refused(tmp_path: Path):
    path, copy = tmp_path / "a.db", tmp_path / "copy.db"
    with Archive.open(f"sqlite:///{path}") as archive:
        fill(archive, 0, 20)
        backup_file(path, copy, quiet)
    data = bytearray(copy.read_bytes())
    for at in range(4096 * 3, 4096 * 40):
        data[at] = 0xAA
    copy.write_bytes(data)
    with pytest.raises(ArchiveError, match=r"damaged|malformed"):
        restore_file(copy, path, NOW)
    assert len(numbers(path)) == 20


@pytest.fixture
def database(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("PATH", f"{_binaries()}{os.pathsep}{os.environ['PATH']}")
    name = f"backup{secrets.token_hex(4)}"
    postgres.execute(f"CREATE DATABASE {name}")
    yield postgres.url(name)
    postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_postgresql_goes_out_and_comes_back(database: str, tmp_path: Path):
    url = parse_url(database)
    with Archive.open(database) as archive:
        fill(archive, 0, 3)
        dump_database(url, tmp_path / "copy.dump")
        with pytest.raises(ArchiveError, match="already exists"):
            dump_database(url, tmp_path / "copy.dump")
        fill(archive, 3, 2)
        with pytest.raises(ArchiveError, match="stop it first"):
            restore_database(url, tmp_path / "copy.dump", NOW, create=False)
    kept = restore_database(url, tmp_path / "copy.dump", NOW, create=False)
    with Archive.open(database) as archive:
        assert archive.counts().articles == 3
        fill(archive, 7, 1)
        assert archive.last_id() == 4
    assert kept is not None
    restore_database(url, kept, NOW.replace(hour=9), create=False)
    with Archive.open(database) as archive:
        assert archive.counts().articles == 5


def test_a_copy_of_postgresql_under_writes_is_a_snapshot(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WIREWATCH_DATABASE_URL", database)
    mount(["archive"])
    copies = [tmp_path / f"copy{turn}.dump" for turn in range(2)]
    with Archive.open(database) as archive, written_to(archive, 100) as written:
        for copy in copies:
            before = written[0]
            done = CliRunner().invoke(app, ["archive", "backup", str(copy), "--json"])
            assert done.exit_code == 0, done.output
            assert json.loads(done.stdout)["bytes"] == copy.stat().st_size
            deadline = time.monotonic() + 30
            while written[0] == before and time.monotonic() < deadline:
                time.sleep(0.01)
            assert written[0] > before, "the writer goes on"
    counts = []
    for turn, copy in enumerate(copies):
        restore_database(parse_url(database), copy, NOW.replace(hour=turn), create=False)
        with Archive.open(database) as archive:
            assert [row.id for row in archive.items(ItemFilter(order=Order.STORED), bodies=False)] == list(
                range(1, archive.last_id() + 1)
            )
            assert len(archive.alerts(limit=None)) == archive.counts().articles, "articles and alerts of one moment"
            matcher = Matcher([compile_rule(RuleSpec("q", "90"))])
            assert [row.id for row, _ in archive.search(matcher)] == [91], "the search index is there"
            counts.append(archive.last_id())
    assert 100 <= counts[0] < counts[1] <= written[0]


def test_without_postgresqls_tools_it_says_which(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    url = make_url("postgresql+psycopg://me:secret@127.0.0.1:1/none")
    with pytest.raises(ArchiveError, match=r"pg_dump is not installed.*postgresql-client") as caught:
        dump_database(url, tmp_path / "copy.dump")
    assert "secret" not in str(caught.value)


def test_a_database_that_cannot_be_reached_is_reported(database: str, tmp_path: Path):
    url = make_url("postgresql+psycopg://me:secret@127.0.0.1:1/none")
    with pytest.raises(ArchiveError, match="pg_dump failed"):
        dump_database(url, tmp_path / "copy.dump")
    with pytest.raises(ArchiveError, match="no such file"):
        restore_database(url, tmp_path / "none.dump", NOW, create=True)
