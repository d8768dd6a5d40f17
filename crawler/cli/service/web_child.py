"""The web page beside a service: a child process that is restarted when it ends, and ended with the service."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from crawler.observe.server import Port

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
GRACE_S = 3.0
NICENESS = "5"  # gives crawls three quarters of a busy processor
_CONFIG_ERROR = 2  # the exit code for an invalid configuration: a restart would not help

_log = logging.getLogger("crawler.web")


def next_to(metrics: Port | None) -> int | None:
    """Return the monitoring port of the page, the one after the service's; None if the service uses any free port."""
    return metrics.number + 1 if metrics is not None and metrics.number else None


def command(watch: Path, port: int | None, metrics_port: int | None = None) -> tuple[str, ...]:
    """Return the command line of the page; if the system has `nice`, with a lower priority than crawls."""
    values = {"--port": port, "--metrics-port": metrics_port}
    options = tuple(word for name, value in values.items() if value is not None for word in (name, str(value)))
    nice = shutil.which("nice")
    return (
        *((nice, "-n", NICENESS) if nice else ()),
        sys.executable,
        "-m",
        "crawler",
        "web",
        "--child",
        "--watch",
        str(watch),
        *options,
    )


async def keep_serving(argv: Sequence[str], opened: Callable[[str], None], report: Callable[[str], None]) -> None:
    """Run the page until cancelled. `opened` receives its address at each start, `report` any errors."""
    pause_s = FIRST_PAUSE_S
    while True:
        code, last, served = await _serve_once(argv, opened)
        if code == _CONFIG_ERROR:
            report(f"web page not served: {last}")
            return
        pause_s = FIRST_PAUSE_S if served else min(LONGEST_PAUSE_S, 2 * pause_s)
        report(f"web page stopped ({last or f'exit code {code}'}); restarting in {pause_s:.0f} s")
        await asyncio.sleep(pause_s)


async def _serve_once(argv: Sequence[str], opened: Callable[[str], None]) -> tuple[int, str, bool]:
    """Run the process once; return its exit code, its last line of output, and whether it served."""
    pipe = asyncio.subprocess.PIPE
    page = await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe, stderr=pipe)
    assert page.stdout is not None
    assert page.stderr is not None
    output = asyncio.create_task(_log_lines(page.stderr))
    try:
        address = (await page.stdout.readline()).decode("utf-8", "replace").strip()
        if address:
            opened(address)
        code = await page.wait()
        return code, await output, bool(address)
    finally:
        await _end(page)
        output.cancel()


async def _log_lines(stream: asyncio.StreamReader) -> str:
    """Copy the output of a process to our log; return the last line."""
    last = ""
    while True:
        try:
            line = await stream.readline()
        except ValueError:  # longer than the stream's limit
            continue
        if not line:
            return last
        text = line.decode("utf-8", "replace").strip()
        if text:
            last = text[:500]
            _log.warning("%s", last)


async def _end(page: asyncio.subprocess.Process) -> None:
    """End the process: close its standard input, as if we had died, then terminate and kill it."""
    if page.returncode is not None:
        return
    if page.stdin is not None:
        page.stdin.close()
    for end in (None, page.terminate, page.kill):
        with contextlib.suppress(ProcessLookupError):
            if end is not None:
                end()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(page.wait(), GRACE_S / 3)
            return
