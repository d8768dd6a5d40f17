"""A whole service over Sentinels and a cluster, whose master dies in the middle: nothing is lost or comes twice."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from crawl_pages import article, feed
from mocksite import Delay, MockSite
from service_process import Running, wait_for, wirewatch

sys.path.insert(0, str(Path(__file__).parents[1] / "state"))
from valkey_kinds import Cluster, Kind, Watched

WATCH = """sources:
  - {{id: a, feed: '{feed}', every: 1h, delay: 50ms}}
rules:
  - {{id: cranes, any: [crane], send: [file]}}
channels:
  - {{id: file, url: 'file:alerts.jsonl'}}
"""


@pytest.mark.parametrize("kind", [Watched, Cluster])
def test_a_master_dies_in_the_middle_of_a_crawl(kind: Callable[[Path], Kind], tmp_path: Path, site: MockSite):
    site.reset()
    paths = [f"/news/crane-{n}" for n in range(8)]
    for n, path in enumerate(paths):
        site.put(path, article(f"crane {n}"), behaviour=Delay(0.3))
    site.put("/feed.xml", feed([site.url(path) for path in paths]))
    folder, servers_in = tmp_path / "desk", tmp_path / "servers"
    folder.mkdir()
    servers_in.mkdir()
    (folder / "watch.yaml").write_text(WATCH.format(feed=site.url("/feed.xml")))

    def told() -> list[str]:
        path = folder / "alerts.jsonl"
        return [json.loads(line)["id"] for line in path.read_text().splitlines()] if path.exists() else []

    with kind(servers_in) as servers:
        env = {"WIREWATCH_REDIS_URL": servers.url}
        with Running(folder, **env) as service:
            service.until(lambda line: " article " in line)
            servers.fail()
            wait_for(lambda: len(told()) == len(paths))
            if kind is Cluster:  # behind Sentinels it comes after the crawl that was cut short is looked at again
                assert "queued for the running service" in wirewatch(folder, "crawl", "a", **env)
                service.until("0 found, 0 new, 1 unchanged")  # the feed itself
        rows = json.loads(wirewatch(folder, "items", "list", "--limit", "1000", "--json", **env))
        assert "8 URLs marked as seen" in wirewatch(folder, "state", "rebuild", **env)
    assert sorted(row["canonical_url"] for row in rows) == sorted(site.url(path) for path in paths)
    assert len(set(told())) == len(told()) == len(paths)
