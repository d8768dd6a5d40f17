"""A served archive for all tests that only read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from starlette.testclient import TestClient
from web_samples import Served, client_of, fill, make_site

from crawler.archive import Archive
from crawler.web import Site


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Served:
    folder = tmp_path_factory.mktemp("web")
    with Archive.open(f"sqlite:///{folder}/wirewatch.db") as archive:
        return Served(folder, fill(archive))


@pytest.fixture
def own(filled: Served, tmp_path: Path) -> Served:
    """A copy of the filled folder, for tests that write."""
    shutil.copy(filled.folder / "wirewatch.db", tmp_path / "wirewatch.db")
    return Served(tmp_path, filled.ids)


@pytest.fixture(scope="session")
def site(filled: Served) -> Site:
    return make_site(filled.folder)


@pytest.fixture(scope="session")
def session_client(site: Site) -> Iterator[TestClient]:
    """An application takes a while to be put together: all tests that only read share this one."""
    with client_of(site) as opened:
        yield opened


@pytest.fixture
def client(session_client: TestClient) -> TestClient:
    """A browser that was never here."""
    session_client.cookies.clear()
    return session_client


@pytest.fixture
def ids(filled: Served) -> dict[str, int]:
    return filled.ids


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for a module: more would not go together with the event loops of other tests."""
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def chromium() -> str:
    """A Chromium on this machine; without one the tests skip loudly, and fail in CI."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = os.environ.get("WIREWATCH_BROWSER") or next(filter(None, map(shutil.which, names)), None)
    if program is None:
        assert os.environ.get("CI") != "true", "CI needs a browser: apt-get install chromium"
        pytest.skip("NO CHROMIUM: the pages are not looked at in a browser; install chromium or set WIREWATCH_BROWSER")
    return program
