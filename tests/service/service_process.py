"""`wirewatch` as its users run it: a process of its own in a folder of its own."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self, TextIO

from nursery import start

PATIENCE_S = 300.0  # for what takes seconds on a quiet machine; what comes earlier is not waited for
COMMAND = (sys.executable, "-m", "crawler")


def environment(**more: str) -> dict[str, str]:
    """The environment without the caller's own Wirewatch settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("WIREWATCH_", "SCRAPY_"))}
    return {**own, "PYTHONUNBUFFERED": "1", "WIREWATCH_EXTRACTORS": "1", "COLUMNS": "200", **more}


def wirewatch(folder: Path, *args: str, code: int | None = 0, seconds: float = PATIENCE_S, **env: str) -> str:
    """Runs a command to its end and returns what it printed, errors included."""
    with tempfile.TemporaryFile("w+") as out:
        process = start(args, folder, environment(**env), out=out.fileno())
        try:
            ended: int | None = process.wait(seconds)
        except subprocess.TimeoutExpired:
            ended = None
        finally:
            process.kill()
            process.wait(PATIENCE_S)
        out.seek(0)
        said = out.read()
    assert ended is not None, f"not over after {seconds} s: {said}"
    assert code is None or ended == code, f"exit code {ended}: {said}"
    return said


def wait_for(what: Callable[[], bool], seconds: float = PATIENCE_S) -> float:
    """Waits until it is true, and returns for how long, in seconds."""
    begun = time.monotonic()
    while not what():
        assert time.monotonic() < begun + seconds, "it never happened"
        time.sleep(0.05)
    return time.monotonic() - begun


MONITOR = ("run", "--plain", "--no-web")


class Running:
    """`wirewatch run`, or another command that goes on, in `folder`, from __enter__ to __exit__."""

    def __init__(self, folder: Path, *args: str, command: tuple[str, ...] = MONITOR, **env: str) -> None:
        self.folder = folder
        self._args = (*command, *args)
        self._env = env
        self.lines: list[str] = []
        self._fresh: queue.Queue[str | None] = queue.Queue()

    def __enter__(self) -> Self:
        said, out = os.pipe()
        self.process = start(self._args, self.folder, environment(**self._env), out=out)
        os.close(out)
        self._reader = threading.Thread(target=self._read, args=(open(said),), daemon=True)  # noqa: PTH123
        self._reader.start()
        return self

    def _read(self, said: TextIO) -> None:
        with said:
            for line in said:
                self._fresh.put(line.rstrip("\n"))
        self._fresh.put(None)

    def until(self, wanted: Callable[[str], bool] | str, seconds: float = PATIENCE_S) -> str:
        """The next line that fits; fails with everything printed so far when none comes in time."""
        fits = (lambda line: wanted in line) if isinstance(wanted, str) else wanted
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                line = self._fresh.get(timeout=left)
            except queue.Empty:
                break
            if line is None:
                break
            self.lines.append(line)
            if fits(line):
                return line
        raise AssertionError(f"no line with {wanted!r} within {seconds} s; printed:\n" + "\n".join(self.lines))

    def printed(self) -> str:
        """Everything printed so far."""
        while not self._fresh.empty():
            line = self._fresh.get_nowait()
            self.lines += [] if line is None else [line]
        return "\n".join(self.lines)

    def stop(self, how: signal.Signals = signal.SIGINT) -> float:
        """Sends a signal and returns how long the end took, in seconds."""
        begun = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(PATIENCE_S)
        return time.monotonic() - begun

    def kill(self) -> None:
        """SIGKILL for the service and its extraction processes; Valkey lives in a session of its own."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def __exit__(self, *_: object) -> None:
        try:
            if self.process.poll() is None:
                self.stop()
        finally:
            if self.process.poll() is None:
                self.kill()
