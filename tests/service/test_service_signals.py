"""Each signal ends a service in order, whenever it comes, and no Valkey stays behind."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from service_process import MONITOR, Running, wait_for

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
    assert not any("Traceback" in line or "unexpectedly" in line for line in lines)
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
