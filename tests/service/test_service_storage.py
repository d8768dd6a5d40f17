"""What the service stores in breaks under it: a clear error, nothing stored is lost, nothing comes twice."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from mocksite import Delay, MockSite
from redis import Redis
from service_process import PATIENCE_S, Running, wait_for, wirewatch
from test_service_faults import WATCH, publish, stored, told


@pytest.fixture
def folder(tmp_path: Path, site: MockSite) -> Path:
    site.reset()
    (tmp_path / "watch.yaml").write_text(WATCH.format(feed=site.url("/feed.xml"), delay="0s"))
    return tmp_path


def crawl(folder: Path) -> None:
    wirewatch(folder, "crawl", "a", code=None)


def test_the_database_is_deleted(folder: Path, site: MockSite):
    publish(site, range(3))
    with Running(folder) as service:
        service.until("crawl   a: done, 3 found, 3 new")
        wait_for(lambda: len(told(folder)) == 3)
        for path in (folder / "var").glob("wirewatch.db*"):
            path.unlink()
        service.until("was deleted or replaced while in use")
        assert service.process.wait(PATIENCE_S) == 1
    urls = publish(site, range(5))
    with Running(folder) as service:
        service.until("Press Ctrl-C to stop")
        crawl(folder)
        wait_for(lambda: len(told(folder)) == 5)
    assert sorted(stored(folder)) == sorted(urls)
    assert len(set(told(folder))) == 5


def test_a_page_of_the_database_is_corrupt(folder: Path, site: MockSite):
    publish(site, range(3))
    with Running(folder) as service:
        service.until("crawl   a: done, 3 found, 3 new")
        wirewatch(folder, "archive", "backup", "copy.db")
    path = folder / "var/wirewatch.db"
    pages = bytearray(path.read_bytes())
    for at in range(4096, len(pages), 4096):
        pages[at : at + 8] = b"\xff" * 8
    path.write_bytes(pages)
    with Running(folder) as service:
        service.until("the file is damaged: restore a backup")
        assert service.process.wait(PATIENCE_S) == 1
    path.unlink()
    wirewatch(folder, "archive", "restore", "copy.db")
    urls = publish(site, range(5))
    with Running(folder) as service:
        service.until("Press Ctrl-C to stop")
        crawl(folder)
        wait_for(lambda: len(stored(folder)) == 5)
    assert sorted(stored(folder)) == sorted(urls)


def test_the_files_of_valkey_are_deleted(folder: Path, site: MockSite):
    publish(site, range(3))
    with Running(folder) as service:
        service.until("crawl   a: done, 3 found, 3 new")
        shutil.rmtree(folder / "var/appendonlydir")
        os.kill(int((folder / "var/valkey.pid").read_text()), signal.SIGKILL)
        service.until("restarting it")
        urls = publish(site, range(5))
        wait_for(lambda: "queued for the running service" in wirewatch(folder, "crawl", "a", code=None))
        wait_for(lambda: len(told(folder)) == 5)
    assert sorted(stored(folder)) == sorted(urls)
    assert len(told(folder)) == 5


def test_redis_is_full(folder: Path, site: MockSite):
    publish(site, range(3))
    with Running(folder) as service:
        service.until("crawl   a: done, 3 found, 3 new")
        with Redis(unix_socket_path=str(folder / "var/valkey.sock")) as redis:
            redis.config_set("maxmemory", "1mb")
            urls = publish(site, range(5))
            service.until("command not allowed when used memory > 'maxmemory'")
            redis.config_set("maxmemory", "0")
        wait_for(lambda: "queued for the running service" in wirewatch(folder, "crawl", "a", code=None))
        wait_for(lambda: len(told(folder)) == 5)
    assert sorted(stored(folder)) == sorted(urls)
    assert len(told(folder)) == 5


def test_the_service_stands_still_in_the_middle_of_a_crawl(folder: Path, site: MockSite):
    urls = publish(site, range(8), behaviour=Delay(0.3))
    with Running(folder) as service:
        service.until(lambda line: " article " in line)
        os.kill(service.process.pid, signal.SIGSTOP)
        time.sleep(float(os.environ.get("STANDSTILL_S", "11")))  # longer than a task's lease
        os.kill(service.process.pid, signal.SIGCONT)
        wait_for(lambda: len(told(folder)) == 8)
    assert sorted(stored(folder)) == sorted(urls)
    assert len(told(folder)) == 8
