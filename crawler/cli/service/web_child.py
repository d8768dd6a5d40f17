"""The web page beside a service: a process of its own, started again when it ends, and ended with the service."""

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
NICENESS = "5"  # a crawl that is due and a page that is asked for share the processor three to one
_REFUSED = 2  # the exit code for a mistake in the configuration: starting again would not help

_log = logging.getLogger("crawler.web")


def next_to(metrics: Port | None) -> int | None:
    """The page's own port for monitoring: the one after the service's; none where that is any that is free."""
    return metrics.number + 1 if metrics is not None and metrics.number else None


def command(watch: Path, port: int | None, metrics_port: int | None = None) -> tuple[str, ...]:
    """How the page is started, with this Python: behind the crawls, where the system knows `nice`."""
    given = {"--port": port, "--metrics-port": metrics_port}
    chosen = tuple(word for name, value in given.items() if value is not None for word in (name, str(value)))
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
        *chosen,
    )


async def keep_serving(argv: Sequence[str], opened: Callable[[str], None], tell: Callable[[str], None]) -> None:
    """Run the page until cancelled. `opened` hears its address at each start, `tell` what goes wrong."""
    pause_s = FIRST_PAUSE_S
    while True:
        code, last, served = await _serve_once(argv, opened)
        if code == _REFUSED:
            tell(f"web page not served: {last}")
            return
        pause_s = FIRST_PAUSE_S if served else min(LONGEST_PAUSE_S, 2 * pause_s)
        tell(f"web page stopped ({last or f'exit code {code}'}); restarting in {pause_s:.0f} s")
        await asyncio.sleep(pause_s)


async def _serve_once(argv: Sequence[str], opened: Callable[[str], None]) -> tuple[int, str, bool]:
    """One life of the process: its exit code, its last words, and whether it was ever open."""
    pipe = asyncio.subprocess.PIPE
    page = await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe, stderr=pipe)
    assert page.stdout is not None
    assert page.stderr is not None
    words = asyncio.create_task(_log_lines(page.stderr))
    try:
        address = (await page.stdout.readline()).decode("utf-8", "replace").strip()
        if address:
            opened(address)
        code = await page.wait()
        return code, await words, bool(address)
    finally:
        await _end(page)
        words.cancel()


async def _log_lines(stream: asyncio.StreamReader) -> str:
    """Put a process' words into our log; the last of them."""
    last = ""
    while True:
        try:
            line = await stream.readline()
        except ValueError:  # longer than the stream's limit
            continue
        if not line:
            return last
        said = line.decode("utf-8", "replace").strip()
        if said:
            last = said[:500]
            _log.warning("%s", last)


async def _end(page: asyncio.subprocess.Process) -> None:
    """Ask it to end by closing its standard input, as it would see when we died; then insist."""
    if page.returncode is not None:
        return
    if page.stdin is not None:
        page.stdin.close()
    for insist in (None, page.terminate, page.kill):
        with contextlib.suppress(ProcessLookupError):
            if insist is not None:
                insist()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(page.wait(), GRACE_S / 3)
            return
