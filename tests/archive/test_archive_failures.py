"""What goes wrong with databases, made to happen."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from archive_postgres import PASSWORD, Postgres
from archive_samples import make_article, make_entry
from sqlalchemy import QueuePool, create_engine, text

from crawler.archive import Archive, Entry, engine
from crawler.archive.tables.schema import SCHEMA_VERSION
from crawler.errors import ArchiveError


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("nonsense", "not a database URL"),
        ("mysql://u:secret@h/d", "only sqlite"),
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
        ("sqlite:///file:x?mode=memory", "must be a file"),
        ("sqlite:////proc/nowhere/w.db", "folder cannot be created"),
        ("postgresql://u:secret@127.0.0.1:1/d", "the database is unreachable"),
        ("postgresql://u@127.0.0.1:1/d?password=secret", "the database is unreachable"),
        ("postgres://u:secret@no-such-host.invalid/d", "the database is unreachable"),
    ],
)
def test_urls_that_do_not_work(url: str, what: str):
    with pytest.raises(ArchiveError, match=what) as caught:
        Archive.open(url)
    assert "secret" not in str(caught.value)


def test_an_unreachable_server_is_worth_waiting_for():
    with pytest.raises(ArchiveError) as caught:
        Archive.open("postgresql://u:secret@127.0.0.1:1/d")
    assert caught.value.transient


def test_a_missing_driver_is_reported(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ArchiveError, match=r"pip install 'wirewatch\[postgres\]'"):
        Archive.open("postgresql://u:secret@127.0.0.1:1/d")


def test_the_archive_shows_its_url_without_the_password(database_url: str):
    with Archive.open(database_url) as archive:
        assert archive.url.startswith(("sqlite:///", "postgresql://postgres:***@127.0.0.1:"))


def test_a_wrong_password_is_reported_without_the_password(postgres: Postgres):
    with pytest.raises(ArchiveError, match="rejected") as caught:
        Archive.open(postgres.url("postgres", "wrong-word"))
    assert "wrong-word" not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert not caught.value.transient


def test_a_missing_database_is_reported(postgres: Postgres):
    with pytest.raises(ArchiveError, match="no such database"):
        Archive.open(postgres.url("nothing_here"))


def test_a_full_server_is_worth_waiting_for(postgres: Postgres):
    postgres.execute("CREATE DATABASE narrow CONNECTION LIMIT 1")
    postgres.execute("CREATE ROLE narrow LOGIN PASSWORD 'narrow' CONNECTION LIMIT 0")
    url = postgres.url("narrow").replace(f"postgres:{PASSWORD}", "narrow:narrow")
    with pytest.raises(ArchiveError, match="no free connection") as caught:
        Archive.open(url)
    assert caught.value.transient


def test_a_server_that_drops_us_costs_one_error_and_then_works(postgres: Postgres):
    postgres.execute("CREATE DATABASE dropped")
    with Archive.open(postgres.url("dropped")) as archive:
        archive.store([Entry(make_article(1))])
        rows = archive.items()
        next(rows)
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'dropped'")
        assert archive.counts().articles == 1  # the pool notices and connects again


def test_a_read_only_server_is_reported(postgres: Postgres):
    postgres.execute("CREATE DATABASE standby")
    with Archive.open(postgres.url("standby")):
        pass
    postgres.execute("ALTER DATABASE standby SET default_transaction_read_only = on")
    with Archive.open(postgres.url("standby")) as archive, pytest.raises(ArchiveError, match="read-only"):
        archive.store([Entry(make_article(1))])


def test_a_schema_of_a_newer_program_is_refused(database_url: str):
    Archive.open(database_url).close()
    raw = create_engine(database_url)
    with raw.begin() as connection:
        connection.execute(text("UPDATE meta SET value = '99' WHERE key = 'schema'"))
    raw.dispose()
    with pytest.raises(ArchiveError, match=f"schema 99, this version supports {SCHEMA_VERSION}: upgrade"):
        Archive.open(database_url)


@pytest.mark.parametrize("statement", ["CREATE TABLE articles (x INT)", "CREATE TABLE meta (key TEXT, value TEXT)"])
def test_another_program_s_database_is_left_alone(database_url: str, statement: str):
    if database_url.startswith("sqlite"):
        Path(database_url.removeprefix("sqlite:///")).parent.mkdir()
    raw = create_engine(database_url)
    with raw.begin() as connection:
        connection.execute(text(statement))
    raw.dispose()
    with pytest.raises(ArchiveError, match="another program"):
        Archive.open(database_url)


def test_reading_creates_nothing(database_url: str):
    with pytest.raises(ArchiveError, match="no archive found"):
        Archive.open(database_url, create=False)
    if database_url.startswith("sqlite"):
        assert not Path(database_url.removeprefix("sqlite:///")).exists()
    Archive.open(database_url).close()
    Archive.open(database_url, create=False).close()


def test_an_empty_file_is_no_archive_yet(tmp_path: Path):
    (tmp_path / "w.db").touch()
    with pytest.raises(ArchiveError, match="no archive found"):
        Archive.open(f"sqlite:///{tmp_path}/w.db", create=False)


def test_a_file_that_is_no_database(tmp_path: Path):
    (tmp_path / "w.db").write_bytes(b"plain text, and enough of it to be read as a header" * 100)
    with pytest.raises(ArchiveError, match="not an SQLite database"):
        Archive.open(f"sqlite:///{tmp_path}/w.db")


def test_a_folder_in_place_of_the_file(tmp_path: Path):
    with pytest.raises(ArchiveError, match="cannot be opened"):
        Archive.open(f"sqlite:///{tmp_path}")


def test_a_locked_file_is_waited_for_and_then_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_S", 0.2)
    path = tmp_path / "w.db"
    with Archive.open(f"sqlite:///{path}") as archive:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveError, match="locked") as caught:
            archive.store([Entry(make_article(1))])
        assert caught.value.transient
        assert list(archive.items()) == []  # readers never wait for a writer
        other.execute("ROLLBACK")
        other.close()
        archive.store([Entry(make_article(1))])


def test_a_full_disk_is_reported_and_the_batch_is_undone(tmp_path: Path):
    with Archive.open(f"sqlite:///{tmp_path}/w.db") as archive:
        archive.store([Entry(make_article(1))])
        with archive._engine.connect() as connection:  # SQLite's own way to have a small disk
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 5}")
        with pytest.raises(ArchiveError, match="disk is full") as caught:
            archive.store([Entry(make_article(n, text="long " * 20_000)) for n in range(2, 5)])
        assert caught.value.transient
        assert archive.counts().articles == 1


def test_a_read_only_file_is_reported(tmp_path: Path):
    with Archive.open(f"sqlite:///{tmp_path}/w.db") as archive:
        with archive._engine.connect() as connection:  # root, as whom tests may run, writes to read-only files
            connection.exec_driver_sql("PRAGMA query_only=ON")
        with pytest.raises(ArchiveError, match="read-only"):
            archive.store([Entry(make_article(1))])


def test_too_many_readers_at_once_is_worth_waiting_for(tmp_path: Path):
    with Archive.open(f"sqlite:///{tmp_path}/w.db") as archive, ExitStack() as stack:
        pool = archive._engine.pool
        assert isinstance(pool, QueuePool)
        pool._timeout = 0.05
        for _ in range(pool.size() + pool._max_overflow):
            stack.enter_context(archive._engine.connect())
        with pytest.raises(ArchiveError, match="in use") as caught:
            archive.counts()
        assert caught.value.transient


def test_two_that_open_a_new_archive_at_once(database_url: str):
    failures: list[BaseException] = []

    def open_it() -> None:
        try:
            Archive.open(database_url).close()
        except BaseException as error:  # noqa: BLE001 - a thread's failure must reach the test
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Archive.open(database_url, create=False) as archive:
        assert archive.counts().articles == 0


def test_writers_at_once_store_each_article_once(database_url: str):
    results: list[int] = []

    def write(offset: int) -> None:
        with Archive.open(database_url) as archive:
            for start in range(0, 60, 6):
                # Opposite orders would deadlock without the writers' lock
                numbers = list(range(start, start + 6))[:: 1 if offset else -1]
                stored = archive.store([make_entry(make_article(n), "a") for n in numbers])
                results.extend(result.article_id for result in stored if result.is_new)

    Archive.open(database_url).close()
    threads = [threading.Thread(target=write, args=(n % 2,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == len(set(results)) == 60
    with Archive.open(database_url) as archive:
        assert (archive.counts().articles, archive.counts().pending) == (60, 60)


WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from archive_samples import make_article, make_entry
from crawler.archive import Archive
archive = Archive.open(sys.argv[1])
for number in range(1_000_000):
    archive.store([make_entry(make_article(number), "a")])
    print(number, flush=True)
"""


@pytest.mark.slow
def test_what_was_acknowledged_survives_sigkill(database_url: str):
    command = [sys.executable, "-c", WRITER, database_url, str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 20:
                process.send_signal(signal.SIGKILL)
                break
        acknowledged = int(([line, *process.stdout])[-1] or 0)
    with Archive.open(database_url) as archive:
        counted = archive.counts()
        assert counted.articles >= acknowledged + 1
        assert counted.articles == counted.alerts == counted.pending
        assert archive.outbox.waiting()
