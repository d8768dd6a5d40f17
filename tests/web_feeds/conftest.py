"""A site over everyday and hostile articles, with kept searches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from web.web_samples import NOW, fill, make_site
from web.web_samples import client_of as opened

from crawler.archive import Archive
from crawler.archive.queries.tokens import Scope


@pytest.fixture(scope="session")
def feeds_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("feeds")
    with Archive.open(f"sqlite:///{folder}/wirewatch.db") as archive:
        fill(archive)
        archive.searches.keep("late / ferries", "q=ferry AND late&source=coast&source=nobody&since=30d", NOW)
        archive.searches.keep("broken", "q=a b OR", NOW)
        archive.searches.keep("no time", "since=never", NOW)
        archive.tokens.add("reader", "token-read", [Scope.READ], NOW)
        archive.tokens.add("hook", "token-crawl", [Scope.CRAWL], NOW)
    return folder


@pytest.fixture(scope="session")
def session_reader(feeds_folder: Path) -> Iterator[TestClient]:
    with opened(make_site(feeds_folder)) as client:
        yield client


@pytest.fixture
def reader(session_reader: TestClient) -> TestClient:
    session_reader.cookies.clear()
    return session_reader
