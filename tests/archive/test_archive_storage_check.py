"""What a readiness probe asks an archive: whether it can store, at a bounded cost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event

from crawler.archive import Archive
from crawler.archive.maintenance import storage_check
from crawler.archive.maintenance.storage_check import BAD_S, GOOD_S, StorageCheck
from crawler.errors import ArchiveError

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def check_of(archive: Archive, clock: Clock) -> StorageCheck:
    return StorageCheck(lambda: archive, clock, lambda: NOW)


def test_it_writes_once_in_a_while(database_url: str):
    with Archive.open(database_url) as archive:
        clock, writes = Clock(), []

        @event.listens_for(archive._engine, "before_cursor_execute")
        def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
            writes.append(statement.startswith("INSERT"))

        one = check_of(archive, clock)
        for _ in range(100):
            one.check()
        assert sum(writes) == 1
        clock.now += GOOD_S
        one.check()
        assert sum(writes) == 2


def test_an_archive_that_cannot_store_says_why_and_recovers(tmp_path: Path):
    with Archive.open(f"sqlite:///{tmp_path}/w.db") as archive:
        clock = Clock()
        one = check_of(archive, clock)
        one.check()
        with archive._engine.connect() as connection:  # root, as whom tests may run, writes to read-only files
            connection.exec_driver_sql("PRAGMA query_only=ON")
        clock.now += GOOD_S
        for _ in range(2):
            with pytest.raises(ArchiveError, match="read-only"):
                one.check()
        with archive._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only=OFF")
        clock.now += BAD_S
        one.check()


def test_a_schema_that_changed_under_it_is_noticed(database_url: str):
    with Archive.open(database_url) as archive:
        archive.write(lambda connection: connection.exec_driver_sql("UPDATE meta SET value='99' WHERE key='schema'"))
        with pytest.raises(ArchiveError, match="schema 99"):
            check_of(archive, Clock()).check()
        archive.write(lambda connection: connection.exec_driver_sql("UPDATE meta SET value='x' WHERE key='schema'"))
        with pytest.raises(ArchiveError, match="another program"):
            check_of(archive, Clock()).check()


def test_a_full_disk_is_noticed_before_a_write_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(storage_check, "MIN_FREE", 2**62)
    with Archive.open(f"sqlite:///{tmp_path}/w.db") as archive, pytest.raises(ArchiveError, match="the disk is full"):
        check_of(archive, Clock()).check()


def test_an_archive_that_another_process_writes_to_can_store(tmp_path: Path):
    with Archive.open(f"sqlite:///{tmp_path}/w.db") as archive, Archive.open(archive.url) as other:
        with archive._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=10")
        with other._write():
            check_of(archive, Clock()).check()


def test_another_archive_in_its_place_is_checked_at_once(tmp_path: Path):
    with Archive.open(f"sqlite:///{tmp_path}/a.db") as first, Archive.open(f"sqlite:///{tmp_path}/b.db") as second:
        given = [first]
        one = StorageCheck(lambda: given[0], Clock(), lambda: NOW)
        one.check()
        with second._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
        given[0] = second
        with pytest.raises(ArchiveError, match="read-only"):
            one.check()
