"""Each signal ends a service in order, whenever it comes, and no Valkey stays behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from crawl_pages import article, feed
from mocksite import Delay, MockSite
from service_process import MONITOR, PATIENCE_S, Running, wait_for

from crawler.archive import Archive
from crawler.cli.service.ending import ending_signals

ENDING = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM]


def is_running(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text()), 0)
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return False
    return True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "watch.yaml").write_text("sources: []\n")
    return tmp_path


def ended_in_order(folder: Path, service: Running, code: int) -> list[str]:
    """Check how a service ended that got a signal; what it printed then."""
    assert service.process.returncode == code
    lines = rest_of(service)
    assert not [line for line in lines if "Traceback" in line or "unexpectedly" in line], "\n".join(lines)
    assert not is_running(folder / "var/valkey.pid")
    return [line for line in lines if line.rstrip().endswith("stopping")]


def rest_of(service: Running) -> list[str]:
    with pytest.raises(AssertionError):
        service.until("\0 no line", seconds=5)
    return service.lines


@pytest.mark.parametrize("how", ENDING)
def test_a_service_that_runs(folder: Path, how: signal.Signals):
    with Running(folder) as service:
        service.until("Press Ctrl-C to stop")
        service.stop(how)
    (line,) = ended_in_order(folder, service, 0)
    assert how.name in line


@pytest.mark.parametrize("how", ENDING)
def test_a_service_that_starts(folder: Path, how: signal.Signals):
    """Before, SIGTERM left a traceback, and the others a Valkey that nobody owned."""
    with Running(folder) as service:
        wait_for((folder / "var/valkey.conf").exists)
        service.stop(how)
    assert len(ended_in_order(folder, service, 0)) == 1


@pytest.mark.parametrize("how", ENDING)
def test_the_web_page_alone(folder: Path, how: signal.Signals):
    with Running(folder, command=("web", "--port", "0")) as service:
        service.until("Press Ctrl-C to stop")
        service.stop(how)
    (line,) = ended_in_order(folder, service, 0)
    assert how.name in line


@pytest.mark.parametrize("end", [os.kill, os.killpg], ids=["service", "every-process"])
def test_the_middle_of_a_crawl(tmp_path: Path, site: MockSite, end: Callable[[int, int], None]):
    """`timeout`, shells and some supervisors send SIGTERM to every process of the group at once."""
    site.reset()
    urls = [site.url(f"/news/crane-{n}") for n in range(40)]
    for n in range(len(urls)):
        site.put(f"/news/crane-{n}", article(f"crane {n}"), behaviour=Delay(0.02))
    site.put("/feed.xml", feed(urls))
    (tmp_path / "watch.yaml").write_text(
        f"sources:\n  - {{id: a, feed: '{site.url('/feed.xml')}', every: 1h, delay: 0s}}\n"
    )
    with Running(tmp_path) as service:
        service.until("Press Ctrl-C to stop")
        with Archive.open(f"sqlite:///{tmp_path}/var/wirewatch.db") as archive:
            wait_for(lambda: len(list(archive.items())) > 3)
        end(service.process.pid, signal.SIGTERM)
        service.process.wait(PATIENCE_S)
    ended_in_order(tmp_path, service, 0)
    assert not [line for line in service.lines if "ERROR" in line]
    with Running(tmp_path) as service, Archive.open(f"sqlite:///{tmp_path}/var/wirewatch.db") as archive:
        assert len(list(archive.items())) < len(urls), "the crawl was over before the signal"
        wait_for(lambda: len(list(archive.items())) == len(urls))


def test_a_crawl_that_waits_for_its_host(tmp_path: Path, site: MockSite):
    """Before, each page that waited was logged as failed, with errors of a Redis that had ended."""
    site.reset()
    urls = [site.url(f"/news/crane-{n}") for n in range(20)]
    for n in range(len(urls)):
        site.put(f"/news/crane-{n}", article(f"crane {n}"))
    site.put("/feed.xml", feed(urls))
    source = f"{{id: a, feed: '{site.url('/feed.xml')}', every: 1h, delay: 20s}}"
    (tmp_path / "watch.yaml").write_text(f"sources:\n  - {source}\n")
    with Running(tmp_path) as service:
        service.until("Press Ctrl-C to stop")
        wait_for(lambda: len(site.requests) >= 2)
        service.stop(signal.SIGTERM)
    ended_in_order(tmp_path, service, 0)
    assert not [line for line in service.lines if "ERROR" in line or "/news/" in line]


@pytest.mark.parametrize("command", [MONITOR, ("items", "tail"), ("web",), ("scheduler",)], ids=" ".join)
@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGTERM])
def test_a_process_that_has_not_opened_anything(folder: Path, command: tuple[str, ...], how: signal.Signals):
    with Running(folder, command=command, WIREWATCH_REDIS_URL="redis://127.0.0.1:1") as service:
        time.sleep(0.02)  # anywhere in its first steps
        service.stop(how)
    assert service.process.returncode in {0, 1, 128 + how, -how}
    assert not any("Traceback" in line for line in rest_of(service))
    assert not (folder / "var/valkey.pid").exists()


def test_what_a_parent_has_ignored_stays_ignored(folder: Path):
    """As `nohup wirewatch run &` does."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert signal.SIGHUP not in ending_signals()
    finally:
        signal.signal(signal.SIGHUP, before)
    assert signal.SIGHUP in ending_signals()
