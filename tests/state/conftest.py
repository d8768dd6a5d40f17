"""The contract of `crawler.state` holds on a server, behind Sentinels and on a cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from valkey_kinds import Cluster, Kind, Watched

from crawler.state import EmbeddedServer, State

KINDS = ("single", "sentinel", "cluster")


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kind]:
    with Watched(tmp_path_factory.mktemp("sentinel")) as kind:
        yield kind


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kind]:
    with Cluster(tmp_path_factory.mktemp("cluster")) as kind:
        yield kind


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest) -> str:
    """Each kind in turn."""
    if request.param == "single":
        server: EmbeddedServer = request.getfixturevalue("valkey")
        return server.url
    kind: Kind = request.getfixturevalue({"sentinel": "watched"}.get(request.param, request.param))
    return kind.url


@pytest.fixture
async def state(url: str) -> AsyncIterator[State]:
    """An empty state, of each kind in turn."""
    found = State.connect(url, retries=5)
    await found.redis.flushall()
    yield found
    await found.close()
