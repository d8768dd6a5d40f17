"""Archives of every released schema, with data, opened by this program. `schemas/` holds dumps of them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from archive_postgres import Postgres
from sqlalchemy import text

from crawler.archive import Archive, DeliveryState
from crawler.archive.migrations import FOLDER
from crawler.archive.tables.columns import metadata
from crawler.archive.tables.schema import SCHEMA_VERSION
from crawler.health import SOURCE_HEALTH
from crawler.items import Observed
from crawler.rules import Matcher, RuleSpec, compile_rule

SCHEMAS = Path(__file__).parent / "schemas"
RELEASED = range(1, SCHEMA_VERSION)
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.fixture(params=[(version, kind) for version in RELEASED for kind in ("sqlite", "postgresql")], ids=str)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[int, str]]:
    version, kind = request.param
    dump = (SCHEMAS / f"{version}.{kind}.sql").read_text(encoding="utf-8")
    if kind == "sqlite":
        with sqlite3.connect(tmp_path / "old.db") as plain:
            plain.executescript(dump)
        plain.close()
        yield version, f"sqlite:///{tmp_path}/old.db"
        return
    server: Postgres = request.getfixturevalue("postgres")
    schema = f"old{version}"
    server.execute(f"CREATE SCHEMA {schema}; SET search_path = {schema}; {dump}")
    yield version, server.url("postgres") + f"?options=-csearch_path%3D{schema}"
    server.execute(f"DROP SCHEMA {schema} CASCADE")


def differences(archive: Archive) -> list[Any]:
    with archive._engine.connect() as connection, warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*expression-based index.*ix_articles_language_found")
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": connection.dialect.name == "postgresql",
                "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
            },
        )
        return compare_metadata(context, metadata)


def columns(path: Path) -> set[tuple[Any, ...]]:
    with sqlite3.connect(path) as plain:
        tables = [row[0] for row in plain.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {(table, *row[1:]) for table in tables for row in plain.execute(f"PRAGMA table_info({table})")}
        found |= {*plain.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '%lower(%'")}
    plain.close()
    return found


def texts_of(archive: Archive, query: str) -> list[int]:
    matcher = Matcher([compile_rule(RuleSpec("q", query))])
    return [row.id for row, _ in archive.search(matcher)]


def test_nothing_is_lost_and_everything_works(old: tuple[int, str]):
    version, url = old
    with Archive.open(url, create=False) as archive:
        assert [row.id for row in archive.items()] == [1, 2, 3, 4]
        assert archive.article(1).article.authors == ("Jane O'Neil",)
        assert archive.article("https://news.example/2").article.text.startswith("大使馆")
        matched = [alert for alert in archive.alerts() if alert.rule != SOURCE_HEALTH]
        assert {(alert.rule, alert.article_id) for alert in matched} == {("us-in-iraq", 1), ("us-in-iraq", 3)}
        assert [(run.id, run.new) for run in archive.runs()] == [("r1", 4)]
        assert archive.counts().pending + archive.counts().sent == 4
        assert texts_of(archive, "embassy OR Mombasa OR 大使馆 OR Müller") == [1, 2, 3, 4], "the index is filled"
        assert archive.derived_alerts.known_rules() == ({"us-in-iraq"} if version < 4 else set())
        if version > 1:
            assert sorted(story.article_id for story in archive.stories.listed()) == [1, 2, 3, 4]
        if version > 2:
            assert [one.state for one in archive.outbox.deliveries(state=DeliveryState.SENT)] == [DeliveryState.SENT]
            assert [silence.name for silence in archive.outbox.silences(NOW)] == ["noisy"]
            assert archive.outbox.disabled()["closed"].reason == "410 Gone"
            assert [revision.number for revision in archive.visits.revisions(2)] == [0, 1]
            assert archive.visits.due_sources(NOW + timedelta(hours=2)) == ["s-0", "s-1"]
            assert texts_of(archive, "Sunday") == [2]
        if version > 4:
            assert [source.id for source in archive.sources.listed()] == ["s-0", "s-1"]
        assert [one.source for one in archive.health.open_problems()] == (["s-1"] if version > 5 else [])
        if version > 8:
            check_schema_9(archive)
    with Archive.open(url, create=False) as archive:
        assert archive.last_id() == 4, "a second opening finds nothing to do"


def check_schema_9(archive: Archive) -> None:
    """What schema 9 has and schema 10 renames."""
    kinds = {alert.kind for alert in archive.alerts() if alert.rule == SOURCE_HEALTH}
    assert kinds == {"unhealthy", "recovered"}
    [problem] = archive.health.open_problems()
    assert problem.detected == datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    assert archive.health.abnormal(NOW - timedelta(days=1), until=NOW) == {"s-0": NOW - timedelta(hours=1)}
    [run] = archive.runs()
    assert run.observed == Observed(listing="ab", signals=(("moved", "https://www.news.example/feed"),))
    [known] = archive.feed_items.known([bytes(range(16))]).values()
    assert (known.article_id, known.title) == (2, "Headline 1")
    [listing] = archive.listings.of("r1")
    assert (listing.named, listing.new, listing.known) == (5, 4, 1)
    assert archive.listings.waiting_keys("s-0") == {2**64 - 7}
    [silence] = archive.outbox.silences(NOW)
    [search] = archive.searches.listed()
    [token] = archive.tokens.listed()
    assert silence.created == search.created == token.created == NOW
    assert archive.outbox.last_created("desk", "single", NOW) == NOW


def test_the_tables_are_those_of_a_new_archive(old: tuple[int, str]):
    _, url = old
    with Archive.open(url, create=False) as archive:
        assert differences(archive) == []
        with archive._engine.connect() as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) == f"{SCHEMA_VERSION:04d}"
            assert connection.scalar(text("SELECT value FROM meta WHERE key = 'schema'")) == str(SCHEMA_VERSION)
            if connection.dialect.name == "sqlite":
                assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
                assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


def test_on_sqlite_defaults_and_all_are_those_of_a_new_archive(old: tuple[int, str], tmp_path: Path):
    _, url = old
    if not url.startswith("sqlite"):
        return
    for one in (url, f"sqlite:///{tmp_path}/new.db"):
        Archive.open(one).close()
    assert columns(tmp_path / "old.db") == columns(tmp_path / "new.db")


def test_a_new_archive_has_the_tables_of_the_metadata(archive: Archive):
    assert differences(archive) == []


def test_two_processes_that_open_an_old_archive_at_once_upgrade_it_once(old: tuple[int, str]):
    _, url = old
    with ThreadPoolExecutor(4) as threads:
        opened = list(threads.map(lambda _: Archive.open(url, create=False), range(4)))
    assert [archive.last_id() for archive in opened] == [4] * 4
    for archive in opened:
        archive.close()


def test_every_schema_has_its_revision():
    script = ScriptDirectory(str(FOLDER))
    assert [one.revision for one in script.walk_revisions()] == [f"{n:04d}" for n in range(SCHEMA_VERSION, 0, -1)]


def test_an_upgrade_that_fails_changes_nothing(tmp_path: Path):
    with sqlite3.connect(tmp_path / "old.db") as plain:
        plain.executescript((SCHEMAS / "2.sqlite.sql").read_text(encoding="utf-8"))
        plain.execute("CREATE TABLE known_rules (rule TEXT)")  # in the way of schema 4, after schema 3 is done
        before = plain.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()
    with pytest.raises(Exception, match="known_rules"):
        Archive.open(f"sqlite:///{tmp_path}/old.db")
    assert plain.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall() == before
    assert plain.execute("SELECT value FROM meta").fetchall() == [("2",)]
    plain.close()


@pytest.mark.slow
def test_alembic_is_loaded_only_for_an_upgrade(tmp_path: Path):
    program = "import sys, crawler.archive as a; a.Archive.open(sys.argv[1]).close(); print('alembic' in sys.modules)"
    for _ in range(2):  # a new archive, and one that is there
        done = subprocess.run(  # noqa: PLW1510  told below
            [sys.executable, "-c", program, f"sqlite:///{tmp_path}/a.db"], capture_output=True, text=True
        )
        assert done.stdout.strip() == "False", done.stderr
