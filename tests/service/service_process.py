"""`wirewatch` as its users run it: a process of its own in a folder of its own."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

COMMAND = (sys.executable, "-m", "crawler")


def environment(**more: str) -> dict[str, str]:
    """The environment without the caller's own Wirewatch settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("WIREWATCH_", "SCRAPY_"))}
    return {**own, "PYTHONUNBUFFERED": "1", "WIREWATCH_EXTRACTORS": "1", "COLUMNS": "200", **more}


def wirewatch(folder: Path, *args: str, code: int | None = 0, seconds: float = 60, **env: str) -> str:
    """Runs a command to its end and returns what it printed, errors included."""
    done = subprocess.run(
        [*COMMAND, *args],
        cwd=folder,
        env=environment(**env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert code is None or done.returncode == code, f"exit code {done.returncode}: {done.stdout}"
    return done.stdout


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
        self.process = subprocess.Popen(
            [*COMMAND, *self._args],
            cwd=self.folder,
            env=environment(**self._env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._fresh.put(line.rstrip("\n"))
        self._fresh.put(None)

    def until(self, wanted: Callable[[str], bool] | str, seconds: float = 40) -> str:
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

    def stop(self, how: signal.Signals = signal.SIGINT) -> float:
        """Sends a signal and returns how long the end took, in seconds."""
        begun = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(15)
        return time.monotonic() - begun

    def kill(self) -> None:
        """SIGKILL for the service and its extraction processes; Valkey lives in a session of its own."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(15)

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()
        if self.process.stdout:
            self.process.stdout.close()
