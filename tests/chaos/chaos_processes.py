"""The processes of a chaos run: roles, Valkey, PostgreSQL; how each is killed and comes again."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from archive_postgres import PASSWORD, _binaries, _free_port
from nursery import Started, start
from service_process import environment

from crawler.state import EmbeddedServer

STOP_S = 20


class Role:
    """One `wirewatch scheduler|worker|deliver`, in a session of its own, over all its lives."""

    def __init__(self, name: str, role: str, folder: Path, env: dict[str, str]) -> None:
        self.name = name
        self.role = role
        self._folder = folder
        self._env = environment(**env)
        self._sessions: list[int] = []
        self.process: Started | None = None

    @property
    def log(self) -> Path:
        """What all its lives printed."""
        return self._folder / f"{self.name}.log"

    def start(self) -> None:
        """Begins a life."""
        with self.log.open("ab") as log:
            log.write(f"--- {time.monotonic():.3f} a new life\n".encode())
            log.flush()
            self.process = start([self.role], self._folder, self._env, out=log.fileno())
        self._sessions.append(self.process.pid)

    def ready(self) -> bool:
        """Whether its present life has said that it is ready."""
        return "Press Ctrl-C to stop" in self.log.read_text(errors="replace").rpartition(" a new life\n")[2]

    def ended(self) -> bool:
        """Whether its present life is over."""
        return self.process is not None and self.process.poll() is not None

    def last_words(self) -> str:
        """The last line that it printed."""
        return self.log.read_text(errors="replace").strip().rpartition("\n")[2]

    def kill(self) -> None:
        """SIGKILL for the process itself, as the kernel does it: what it started has to end by itself."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(STOP_S)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(STOP_S)

    def left_over(self) -> list[int]:
        """Processes of its sessions that still run."""
        return [pid for pid, session in _sessions() if session in self._sessions]


def _sessions() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                yield int(entry.name), int(fields[3])


class Valkey:
    """A Valkey with appendfsync everysec that may lose its last second when it is killed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._server = EmbeddedServer(folder)
        self._sizes: list[tuple[float, Path, int]] = []
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self.url = self._server.url

    def __enter__(self) -> Self:
        self._server.start()
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._watcher.join()
        self._server.stop()

    def kill(self) -> None:
        """SIGKILL."""
        os.kill(int((self._folder / "valkey.pid").read_text()), signal.SIGKILL)
        while self._server.alive():
            time.sleep(0.005)

    def lose(self, seconds: float) -> int:
        """Cuts off what was written within the last seconds, as a power cut would; how many bytes."""
        end = time.monotonic() - seconds
        file = self._file()
        kept = max((size for at, path, size in self._sizes if path == file and at <= end), default=0)
        lost = file.stat().st_size - kept
        os.truncate(file, kept)
        return lost

    def start(self) -> None:
        """Comes again."""
        self._server.restart()

    def _file(self) -> Path:
        return max((self._folder / "appendonlydir").glob("*.incr.aof"), key=lambda path: path.stat().st_mtime)

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            try:
                file = self._file()
                self._sizes.append((time.monotonic(), file, file.stat().st_size))
            except (OSError, ValueError):
                continue


class Postgres:
    """A PostgreSQL server that can be cut off and come again."""

    def __init__(self) -> None:
        self._bin, self._port = _binaries(), _free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="ww-chaos-"))
        self._user = "nobody" if os.geteuid() == 0 else None

    @property
    def dsn(self) -> str:
        """For psycopg."""
        return f"host=127.0.0.1 port={self._port} user=postgres password={PASSWORD} dbname=postgres"

    @property
    def url(self) -> str:
        """For Wirewatch."""
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self._port}/postgres"

    def __enter__(self) -> Self:
        password = self._folder / "password"
        password.write_text(PASSWORD)
        if self._user:
            owner = pwd.getpwnam(self._user)
            for path in (self._folder, password):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        told = f"-U postgres --pwfile {password} -A scram-sha-256 -E UTF8 --no-locale --no-sync"
        self._run("initdb", *told.split())
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        shutil.rmtree(self._folder)

    def start(self) -> None:
        """Starts the server, or starts it again."""
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=80"
        self._run("pg_ctl", "-w", "-t", "150", "-l", str(self._folder / "log"), "-o", options, "start")

    def cut(self) -> None:
        """Ends it without a word to its clients."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:  # no pipes: the server would inherit them
        command = [str(self._bin / program), "-D", str(self._folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=self._user, timeout=180)


@contextmanager
def all_started(roles: list[Role]) -> Iterator[list[Role]]:
    """The roles, from start to SIGTERM."""
    for role in roles:
        role.start()
    try:
        yield roles
    finally:
        for role in roles:
            if role.process is not None and role.process.poll() is None:
                role.process.terminate()
        for role in roles:
            if role.process is not None:
                try:
                    role.process.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    role.process.kill()
                    role.process.wait()
