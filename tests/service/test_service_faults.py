"""Valkey, the database, the watch file and the service itself fail; nothing is lost, nothing comes twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from crawl_pages import article, feed
from mocksite import Delay, MockSite
from service_process import PATIENCE_S, Running, wait_for, wirewatch

WATCH = """sources:
  - {{id: a, feed: '{feed}', every: 1h, delay: {delay}}}
rules:
  - {{id: cranes, any: [crane], send: [file]}}
channels:
  - {{id: file, url: 'file:alerts.jsonl'}}
"""


def publish(site: MockSite, numbers: range, **how: Any) -> set[str]:
    for n in numbers:
        site.put(f"/news/crane-{n}", article(f"crane {n}"), **how)
    urls = [site.url(f"/news/crane-{n}") for n in range(numbers.stop)]
    site.put("/feed.xml", feed(urls))
    return set(urls)


def stored(folder: Path) -> list[str]:
    rows = json.loads(wirewatch(folder, "items", "list", "--limit", "1000", "--format", "json"))
    return [row["canonical_url"] for row in rows]


def told(folder: Path) -> list[str]:
    path = folder / "alerts.jsonl"
    return [json.loads(line)["id"] for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def folder(tmp_path: Path, site: MockSite) -> Path:
    site.reset()
    (tmp_path / "watch.yaml").write_text(WATCH.format(feed=site.url("/feed.xml"), delay="0s"))
    return tmp_path


def test_valkey_is_killed_and_everything_goes_on(folder: Path, site: MockSite):
    urls = publish(site, range(3))
    with Running(folder) as service:
        service.until("crawl   a: done, 3 found, 3 new")
        os.kill(int((folder / "var/valkey.pid").read_text()), signal.SIGKILL)
        service.until("restarting it")
        urls = publish(site, range(3, 6))
        wirewatch(folder, "crawl", "a")
        service.until("3 new")
        wait_for(lambda: len(told(folder)) == 6)
    assert sorted(stored(folder)) == sorted(urls)
    assert len(set(told(folder))) == 6


def test_a_redis_that_is_lost_is_rebuilt_and_tells_nothing_twice(folder: Path, site: MockSite):
    publish(site, range(3))
    with Running(folder) as service:
        service.until("crawl   a: done, 3 found, 3 new")
        wait_for(lambda: len(told(folder)) == 3)
    shutil.rmtree(folder / "var/appendonlydir")
    with Running(folder) as service:
        service.until("Redis was empty: rebuilt 3 URLs and 3 stories from the archive")
        wirewatch(folder, "crawl", "a")
        service.until("0 new, 3 unchanged")
    assert len(stored(folder)) == len(told(folder)) == 3


def test_a_new_rule_works_at_once_and_tells_what_was_there_as_one_summary(folder: Path, site: MockSite):
    publish(site, range(3))
    good = (folder / "watch.yaml").read_text()
    with Running(folder) as service:
        service.until("crawl   a: done, 3 found, 3 new")
        more = "rules:\n  - {id: late, any: [crane], send: [screen]}"
        (folder / "watch.yaml").write_text(good.replace("rules:", more) + "  - {id: screen, url: 'terminal:'}\n")
        service.until("3 existing articles match (late)")
        publish(site, range(3, 4))
        wirewatch(folder, "crawl", "a")
        service.until(lambda line: " alert " in line and "  late  " in line)
    kinds = json.loads(wirewatch(folder, "alerts", "list", "--rule", "late", "--json"))
    assert sorted(alert["baseline"] for alert in kinds) == [False, True, True, True]


def test_the_database_is_locked_for_a_while_and_nothing_is_lost(folder: Path, site: MockSite):
    urls = publish(site, range(2))
    with Running(folder) as service:
        service.until("crawl   a: done")
        urls = publish(site, range(2, 5))
        with sqlite3.connect(folder / "var/wirewatch.db", isolation_level=None) as other:
            other.execute("BEGIN EXCLUSIVE")
            with Running(folder, command=("crawl", "a")) as asked:
                service.until("retrying")
                other.execute("ROLLBACK")
                assert asked.process.wait(PATIENCE_S) == 0
        wait_for(lambda: len(stored(folder)) == 5)
    assert sorted(stored(folder)) == sorted(urls)


def test_the_service_is_killed_in_the_middle_of_a_crawl(folder: Path, site: MockSite):
    urls = publish(site, range(12), behaviour=Delay(0.3))
    with Running(folder) as service:
        service.until(lambda line: " article " in line)
        service.kill()
    with Running(folder) as service:
        wait_for(lambda: len(stored(folder)) == 12)
        wait_for(lambda: len(set(told(folder))) == 12)
    assert sorted(stored(folder)) == sorted(urls)
    assert len(told(folder)) - len(set(told(folder))) <= 2, "a delivery in flight may come twice, with the same id"


def test_a_stop_in_the_middle_of_a_crawl_ends_everything(folder: Path, site: MockSite):
    publish(site, range(12), behaviour=Delay(0.3))
    with Running(folder) as service:
        service.until(lambda line: " article " in line)
        service.stop()
        assert service.process.returncode == 0
    with pytest.raises(ProcessLookupError):  # Valkey ended in order: nothing was left for the last resort
        os.kill(int((folder / "var/valkey.pid").read_text()), 0)


def test_the_watch_file_is_followed_a_broken_edit_and_a_source_in_trouble_are_told(folder: Path, site: MockSite):
    publish(site, range(1))
    site.put("/feed2.xml", feed([site.url("/news/other")]))
    site.put("/news/other", article("the other"))
    good = (folder / "watch.yaml").read_text()
    with Running(folder) as service:
        service.until("crawl   a: done")
        (folder / "watch.yaml").write_text(good.replace("every: 1h", "evry: 1h"))
        line = service.until("keeping the last valid version")
        assert "line 2" in line
        assert "evry" in line
        (folder / "watch.yaml").write_text(
            good.replace("rules:", f"  - {{id: b, feed: '{site.url('/feed2.xml')}', delay: 0s}}\nrules:")
            + "health: {send: [file]}\n"
        )
        service.until("reloaded: 2 sources")
        service.until("crawl   b: done, 1 found, 1 new")
        a_feed_without_a_body_is_told_once(folder, site)


def a_feed_without_a_body_is_told_once(folder: Path, site: MockSite) -> None:
    site.put("/feed2.xml", "")
    for _ in range(3):  # two begin a trouble, and the third is no news
        wirewatch(folder, "crawl", "b", code=None)
        time.sleep(1)  # within one second it would be the same task

    def troubles() -> list[str]:
        path = folder / "alerts.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [row["title"] for row in rows if row["rule"] == "source health"]

    wait_for(lambda: troubles() == ["b: empty"])
    (unhealthy,) = json.loads(wirewatch(folder, "sources", "health", "--unhealthy", "--json", code=1))
    assert (unhealthy["id"], [one["name"] for one in unhealthy["problems"]]) == ("b", ["empty"])
    assert troubles() == ["b: empty"]


def test_one_source_is_crawled_now_with_and_without_a_service(folder: Path, site: MockSite):
    publish(site, range(2))
    alone = wirewatch(folder, "crawl", "a", "--json")
    run = json.loads(alone)
    assert (run["source"], run["new"], run["outcome"]) == ("a", 2, "done")
    publish(site, range(2, 3))
    with Running(folder) as service:
        service.until("Press Ctrl-C to stop")
        wait_for(lambda: "queued for the running service" in wirewatch(folder, "crawl", "a", code=None))
    assert len(stored(folder)) == 3
    assert "no source 'nope'" in wirewatch(folder, "crawl", "nope", code=2)
