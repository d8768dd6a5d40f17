"""A run that is interrupted or killed leaves nothing behind, and one that ignores signals does not hand that on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from service_process import wait_for

TESTS = Path(__file__).parent
INNER = """
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from archive_postgres import running_postgres
from crawler.state import EmbeddedServer

def test_something_long(tmp_path):
    with EmbeddedServer(tmp_path / "state"), running_postgres() as postgres:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(900)"], start_new_session=True)
        with psycopg.connect(postgres.url("postgres").replace("+psycopg", "")) as connection:
            (folder,) = connection.execute("SHOW data_directory").fetchone()
        files = (tmp_path / "state/valkey.pid", Path(folder) / "postmaster.pid")
        Path("written").write_text(" ".join([str(child.pid), *(file.read_text().split()[0] for file in files)]))
        Path("written").rename("pids")
        time.sleep(900)
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="the plugin needs /proc")
@pytest.mark.parametrize("workers", ["0", "1"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_no_server_outlives_its_tests(tmp_path: Path, how: signal.Signals, workers: str):
    (tmp_path / "test_inner.py").write_text(INNER)
    folders = os.pathsep.join(map(str, (TESTS, TESTS / "archive", TESTS.parent)))
    command = [sys.executable, "-m", "pytest", "-p", "children", "-p", "no:cacheprovider", "-n", workers]
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(
            [*command, f"--basetemp={tmp_path / 'base'}", "test_inner.py"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": folders},
            stdout=log,
            stderr=log,
            start_new_session=True,
        ) as run,
    ):
        try:
            wait_for((tmp_path / "pids").exists, 120)
            pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
            assert all(map(is_running, pids))
            run.send_signal(how)
            run.wait(60)
        finally:
            run.kill()
    wait_for(lambda: not any(map(is_running, pids)), 60)


IGNORING = """
import signal
import subprocess
import sys

def test_a_child():
    code = "import signal; print([signal.getsignal(n) for n in (1, 2, 3)])"
    out = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert "SIG_IGN" not in out, out
    signal.raise_signal(signal.SIGHUP)  # ignored here, as before
"""


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_run_that_ignores_signals_starts_processes_that_do_not(tmp_path: Path, workers: str):
    """As under `nohup make test &` in a script."""
    (tmp_path / "test_inner.py").write_text(IGNORING)
    code = "import os, signal, sys; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 3)]; os.execv(sys.argv[1], "
    code += "sys.argv[1:])"
    command = [sys.executable, "-m", "pytest", "-p", "children", "-p", "no:cacheprovider", "-n", workers]
    env = {**os.environ, "PYTHONPATH": str(TESTS)}
    ended = subprocess.run(
        [sys.executable, "-c", code, *command, "test_inner.py"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
