"""The roles as processes of their own: schedulers, workers and deliverers share a Redis and an archive."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from crawl_pages import article, feed
from mocksite import MockSite
from redis import Redis
from service_process import Running, wait_for, wirewatch

from crawler.state import EmbeddedServer, keys
from crawler.state.keys import LEADER_RENEW_S, LEADER_TTL_S

WATCH = """sources:
{sources}
rules:
  - {{id: cranes, any: [crane], send: [file]}}
channels:
  - {{id: file, url: 'file:alerts.jsonl'}}
"""


@pytest.fixture(scope="module")
def site() -> Iterator[MockSite]:
    with MockSite(3) as site:
        yield site


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedServer]:
    folder = tmp_path / "valkey"
    folder.mkdir()
    server = EmbeddedServer(folder)
    server.start()
    yield server
    server.stop()


def watch(site: MockSite, hosts: int, numbers: range) -> str:
    for host in range(hosts):
        paths = [f"/news/crane-{host * 7 + n}" for n in numbers]
        for path in paths:
            site.put(path, article(path[6:].replace("-", " ")), host=host)
        site.put("/feed.xml", feed([site.url(path, host) for path in paths]), host=host)
    lines = (f"  - {{id: s{n}, feed: '{site.url('/feed.xml', n)}', every: 1h, delay: 300ms}}" for n in range(hosts))
    return WATCH.format(sources="\n".join(lines))


def leader(redis: Redis) -> bytes | None:
    return redis.get(keys.leader("schedule"))


def test_a_killed_scheduler_is_replaced_and_workers_share_the_crawls(tmp_path: Path, site: MockSite, valkey):
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "watch.yaml").write_text(watch(site, 2, range(4)))
    env = {"WIREWATCH_REDIS_URL": valkey.url, "WIREWATCH_LOG_LEVEL": "ERROR"}

    def stored() -> Counter[str]:
        rows = json.loads(wirewatch(folder, "items", "list", "--limit", "1000", "--json", **env))
        return Counter(row["canonical_url"] for row in rows)

    def runs() -> list[dict[str, object]]:
        return json.loads(wirewatch(folder, "runs", "--json", **env))

    def told() -> Counter[str]:
        path = folder / "alerts.jsonl"
        return Counter(json.loads(line)["id"] for line in path.read_text().splitlines()) if path.exists() else Counter()

    with ExitStack() as stack, Redis.from_url(valkey.url) as redis:
        first = stack.enter_context(Running(folder, command=("scheduler",), **env))
        first.until("Press Ctrl-C to stop")
        wait_for(lambda: leader(redis))
        second = stack.enter_context(Running(folder, command=("scheduler",), **env))
        workers = [stack.enter_context(Running(folder, command=("worker",), **env)) for _ in range(2)]
        stack.enter_context(Running(folder, command=("deliver",), **env))
        wait_for(lambda: len(told()) == 8, 90)
        assert set(stored().values()) == {1}
        wait_for(lambda: sum(run["finished"] is not None for run in runs()) == 2)  # else a kill would have one repeated

        led = leader(redis)
        first.kill()
        assert wait_for(lambda: leader(redis) not in {led, None}, 30) <= LEADER_TTL_S + LEADER_RENEW_S + 10
        (folder / "watch.yaml").write_text(watch(site, 3, range(4)))
        workers[0].kill()
        wait_for(lambda: len(told()) == 12, 60)
        second.stop()
        assert leader(redis) is None, "who ends in order makes room at once"
    assert len(stored()) == 12
    assert set(stored().values()) == {1}
    assert set(told().values()) == {1}
    assert len(site.asked("/feed.xml")) == 3, "each source was crawled once"


def test_a_role_needs_a_redis_that_it_can_share(tmp_path: Path):
    (tmp_path / "watch.yaml").write_text("sources: []\n")
    for role in ("scheduler", "worker", "deliver"):
        said = wirewatch(tmp_path, role, code=2)
        assert "set WIREWATCH_REDIS_URL" in said
        assert "Examples" in wirewatch(tmp_path, role, "--help")
