"""Both databases of the contract, started by the tests: SQLite in a folder, PostgreSQL as a server of their own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_postgres import Postgres, running_postgres

from crawler.archive import Archive


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/var/wirewatch.db"
        return
    server: Postgres = request.getfixturevalue("postgres")
    schema = f"t{secrets.token_hex(6)}"  # faster than a database for each test
    server.execute(f"CREATE SCHEMA {schema}")
    yield server.url("postgres") + f"?options=-csearch_path%3D{schema}"
    server.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def archive(database_url: str) -> Iterator[Archive]:
    with Archive.open(database_url) as opened:
        yield opened
