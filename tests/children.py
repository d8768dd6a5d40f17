"""A plugin of pytest for the processes that tests start: they have the default signals, and none outlives its tests.

Under `nohup` and in the background of a script SIGHUP, SIGINT or SIGQUIT are ignored, and a child inherits that. It
does not inherit a handler that does nothing.

No server, browser or service is left behind, also when its tests are interrupted or killed. Whatever the tests start
inherits the id of the run in its environment. A process beside the tests waits for their end, however it comes about,
and then ends all that still has the id. Valkey writes its title over its environment: what shows that one is ours is
the folder that it works in. All of this is read from /proc, so it works on Linux only.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path

import pytest

RUN = "PYTEST_RUN_ID"
GRACE_S = 12.0  # for what ends by itself when its tests are gone: see GRACE_S in service/nursery.py


@pytest.hookimpl(trylast=True)  # the folder of temporary files is known
def pytest_configure(config: pytest.Config) -> None:
    """Replace what ignores signals, give the run an id, and start the process that waits for its end."""
    worker = hasattr(config, "workerinput")
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        # a worker ends with its controller, which may ignore a hang-up
        if signal.getsignal(number) is signal.SIG_IGN or (worker and number is signal.SIGHUP):
            signal.signal(number, lambda *_: None)
    if worker or not Path("/proc/self/environ").exists():
        return  # a worker of xdist belongs to the run of its controller
    os.environ[RUN] = uuid.uuid4().hex
    code = "import sys; sys.path.insert(0, sys.argv[1]); from children import watch; watch(*sys.argv[2:])"
    base = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]  # as xdist does
    command = [sys.executable, "-c", code, str(Path(__file__).parent), os.environ[RUN], str(base.resolve())]
    own = {name: value for name, value in os.environ.items() if name != RUN}
    reading, _ = os.pipe()  # the other end is closed when this process ends: helpers of multiprocessing end only then
    os.posix_spawn(sys.executable, command, own, file_actions=[(os.POSIX_SPAWN_DUP2, reading, 0)], setsid=True)
    os.close(reading)


def watch(run: str, base: str) -> None:
    """Wait for the end of the run's tests, and end what they leave."""
    sys.stdin.buffer.read()
    for how, seconds in ((None, GRACE_S), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        for pid, command in left(run, base).items():
            if how is not None:
                sys.stderr.write(f"\nleft by the tests, gets {how.name}: {pid} {command}\n")
                with suppress(ProcessLookupError):
                    os.kill(pid, how)
        until = time.monotonic() + seconds
        while left(run, base) and time.monotonic() < until:
            time.sleep(0.1)


def left(run: str, base: str) -> dict[int, str]:
    """Return the processes that the run has started and that still run, with their commands."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            ours = f"{RUN}={run}".encode() in (process / "environ").read_bytes().split(b"\0")
            if ours or ((process / "exe").readlink().name == "valkey-server" and is_in(base, process / "cwd")):
                found[int(process.name)] = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:200]
    return found


def is_in(base: str, link: Path) -> bool:
    """Whether a link points to a folder in `base`."""
    return link.readlink().is_relative_to(base)
