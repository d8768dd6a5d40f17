"""Processes of `wirewatch`, forked from one that has imported its libraries: that takes seconds, and tests start many.

Whoever is started has a session, a folder, an environment and streams of its own, runs `crawler.cli.main` as
`python -m crawler` does, and ends with the tests that started it, also when those are killed.
"""

from __future__ import annotations

import atexit
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path

LIBRARIES = (
    "crawler.service.service",
    "crawler.service.worker.once",
    "crawler.spiders.base",
    "rich.console",
    "typer.main",
)
GRACE_S = 10.0  # for a process whose tests are gone to end in order


class Started:
    """A process, with what `subprocess.Popen` offers."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._said = line.makefile("r")
        self.pid = int(self._said.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, minus the signal as in subprocess. Raises subprocess.TimeoutExpired."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        return code

    def _look(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], seconds)[0]:
            self.returncode = int(self._said.readline())
            self._said.close()
            self._line.close()
        return self.returncode

    def send_signal(self, how: int) -> None:
        """Sends it, unless the process is over."""
        if self.poll() is None:
            os.kill(self.pid, how)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


def start(args: Sequence[str], folder: Path, env: Mapping[str, str], *, out: int, stdin: int | None = None) -> Started:
    """`wirewatch ARGS` in `folder`; what it prints, errors included, goes to the file descriptor `out`."""
    ours, theirs = socket.socketpair()
    with theirs, Path(os.devnull).open() as nothing:
        _ask(theirs.fileno())
        socket.send_fds(ours, [b"x"], [nothing.fileno() if stdin is None else stdin, out, out])
        ours.sendall(json.dumps([list(args), str(folder), dict(env)]).encode() + b"\n")
    return Started(ours)


_one_by_one = threading.Lock()


def _ask(line: int) -> None:
    with _one_by_one:
        socket.send_fds(_nursery(), [b"x"], [line])


@cache
def _nursery() -> socket.socket:
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, __file__, str(theirs.fileno())]
        process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
        )

    @atexit.register
    def end() -> None:
        process.kill()  # the keepers live on, each until its process is over
        process.wait()
        ours.close()

    return ours


# What follows runs in the nursery.


def main(orders: socket.socket) -> None:
    """Forks a keeper for each order. Returns in the processes that are to be `wirewatch`, and in no other."""
    for name in LIBRARIES:
        import_module(name)
    assert "settings" not in sys.modules, "it has read the nursery's environment"
    assert "twisted.internet.reactor" not in sys.modules, "each process has its own"
    assert threading.active_count() == 1, "a fork loses threads"
    signal.signal(signal.SIGCHLD, reap)
    while True:
        _, fds, *_ = socket.recv_fds(orders, 1, 1)
        if not fds:
            os._exit(0)
        if not os.fork():
            orders.close()
            return keep(socket.socket(fileno=fds[0]))
        os.close(fds[0])


def reap(*_: object) -> None:
    """Takes leave of keepers whose processes are over; not SIG_IGN, which would hide the time that they took."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def keep(line: socket.socket) -> None:
    """Forks the process itself, tells its number and its exit code, and ends it when nobody listens any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, fds, *_ = socket.recv_fds(line, 1, 3)
    args, folder, env = json.loads(line.makefile("r").readline())
    child = os.fork()
    if not child:
        return become(args, folder, env, fds)
    for fd in fds:
        os.close(fd)
    line.sendall(f"{child}\n".encode())
    threading.Thread(target=end_with, args=(line, child), daemon=True).start()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        line.sendall(f"{code}\n".encode())
    finally:
        os._exit(0)


def end_with(line: socket.socket, child: int) -> None:
    """Ends the process when the other end of the line is closed: in order if it can, so that its Valkey ends too."""
    with suppress(ConnectionError):
        line.recv(1)
    with suppress(ProcessLookupError):  # it is over
        os.killpg(child, signal.SIGTERM)
        time.sleep(GRACE_S)
        os.killpg(child, signal.SIGKILL)


def become(args: list[str], folder: str, env: dict[str, str], fds: list[int]) -> None:
    """Makes this process one that was just started as `python -m crawler ARGS`."""
    os.setsid()
    os.chdir(folder)
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
    os.closerange(3, 1024)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.argv = ["wirewatch", *args]
    sys.path[0] = folder
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.FileIO(n, "w"), "utf-8", write_through=True) for n in (1, 2))


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
    from crawler.cli import main as wirewatch

    wirewatch()
