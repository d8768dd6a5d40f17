from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from crawler.errors import BusyError, StateError
from crawler.state import EmbeddedServer, State, answers, socket_path


def wait_until(what, seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.02)
    return False


async def test_what_was_written_is_there_after_a_restart(tmp_path: Path):
    for expected in (None, b"1"):
        with EmbeddedServer(tmp_path) as server:
            state = State.connect(server.url, retries=3)
            assert await state.redis.get("kept") == expected
            await state.redis.set("kept", "1")
            await state.close()
    assert not answers(socket_path(tmp_path))


def test_a_folder_has_one_owner(tmp_path: Path):
    with EmbeddedServer(tmp_path), pytest.raises(BusyError, match="another Wirewatch uses this folder"):
        EmbeddedServer(tmp_path).start()
    with EmbeddedServer(tmp_path) as again:
        assert again.alive()


def test_a_server_that_dies_is_started_again(tmp_path: Path):
    with EmbeddedServer(tmp_path) as server:
        pid = int((tmp_path / "valkey.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: not server.alive())
        server.restart()
        assert answers(server.socket)
        assert int((tmp_path / "valkey.pid").read_text()) != pid
        server.restart()  # nothing to do


def test_the_server_of_a_killed_process_is_taken_over(tmp_path: Path):
    code = f"""
import os, signal
from pathlib import Path
from crawler.state import EmbeddedServer
server = EmbeddedServer(Path({str(tmp_path)!r}))
server.start()
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    assert answers(socket_path(tmp_path)), "the server outlives its process"
    orphan = int((tmp_path / "valkey.pid").read_text())
    with EmbeddedServer(tmp_path) as server:
        assert server.alive()
        assert int((tmp_path / "valkey.pid").read_text()) != orphan


def test_a_long_path_gets_a_short_socket(tmp_path: Path):
    deep = tmp_path / ("a-long-folder-name-" * 4) / ("another-one-" * 5)
    assert len(str(socket_path(deep))) < 100
    with EmbeddedServer(deep) as server:
        assert answers(server.socket)


@pytest.fixture
def deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of state whose path is too long for a socket; the temporary folder is one of its own."""
    temporary = Path(tempfile.mkdtemp())
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return tmp_path / ("a-long-folder-name-" * 4) / ("another-one-" * 5)


def test_a_short_socket_is_in_a_folder_that_only_its_user_may_enter(deep: Path, monkeypatch: pytest.MonkeyPatch):
    with EmbeddedServer(deep) as server:
        assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700
    runtime = Path(tempfile.mkdtemp())
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    assert socket_path(deep).parent == runtime
    runtime.chmod(0o755)
    assert socket_path(deep).parent != runtime, "others may look into it"


@pytest.mark.parametrize("trap", ["open", "link"])
def test_a_folder_that_another_user_may_have_created_is_refused(deep: Path, trap: str):
    home = socket_path(deep).parent
    if trap == "open":
        home.mkdir()
        home.chmod(0o777)
    else:
        elsewhere = Path(tempfile.mkdtemp())
        home.symlink_to(elsewhere)
    with pytest.raises(StateError, match="must belong to you and be private"):
        EmbeddedServer(deep).start()


def test_the_server_of_another_user_is_not_contacted(deep: Path, monkeypatch: pytest.MonkeyPatch):
    with EmbeddedServer(deep) as server:
        assert answers(server.socket)
        us = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: us + 1)
        assert not answers(server.socket)


def test_a_broken_append_only_file_is_reported(tmp_path: Path):
    with EmbeddedServer(tmp_path):
        pass
    for file in (tmp_path / "appendonlydir").glob("*.manifest"):
        file.write_text("nonsense\n")
    with pytest.raises(StateError, match="Valkey did not start"):
        EmbeddedServer(tmp_path).start()


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot use this folder"):
        EmbeddedServer(tmp_path / "file" / "var").start()
