"""A furnished folder for all tests that only read, a copy for those that write."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_server import Furnished, furnish
from starlette.testclient import TestClient
from web.web_samples import client_of, make_site


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    folder = tmp_path_factory.mktemp("api")
    return furnish(folder)


@pytest.fixture
def own(furnished: Furnished, tmp_path: Path) -> Furnished:
    for name in ("wirewatch.db", "watch.yaml"):
        shutil.copy(furnished.folder / name, tmp_path / name)
    return Furnished(tmp_path, furnished.ids)


@pytest.fixture(scope="session")
def session_api(furnished: Furnished) -> Iterator[TestClient]:
    """An application takes a while to be put together: all tests that only read share this one."""
    with client_of(make_site(furnished.folder)) as client:
        yield client


@pytest.fixture
def api(session_api: TestClient) -> TestClient:
    """A program on this machine that has no token."""
    session_api.cookies.clear()
    return session_api


@pytest.fixture
def writer(own: Furnished) -> Iterator[TestClient]:
    """A program with a token that may write, over a copy."""
    with client_of(make_site(own.folder)) as client:
        client.headers["authorization"] = "Bearer token-write"
        yield client
