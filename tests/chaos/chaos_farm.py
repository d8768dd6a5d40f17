"""The site farm of a chaos run, a process of its own: every host of the plan on one port, and a log of what was asked.

Its log has a line for each request: when (time.monotonic(), one clock on a machine), how late the farm itself may have
been to see it, host, status, path.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import TextIO

from chaos_plan import Plan, Story

START_S = 20
TICK_S = 0.005
RETRY_AFTER_S = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the server saw it: the moment when its head was complete, and what was answered.

    `late_s`: what the server's own event loop was late at most in the second before; it may have come so much sooner.
    """

    at: float
    late_s: float
    host: int
    status: int
    path: str


class Farm:
    """What each host answers at a moment."""

    def __init__(self, plan: Plan, begun: float, log: TextIO) -> None:
        self._plan = plan
        self._begun = begun
        self._wall = time.time() - 60
        self._log = log
        self._stories = {(story.host, story.path): story for story in plan.articles}
        self._by_host: dict[int, list[Story]] = {}
        for story in plan.articles:
            self._by_host.setdefault(story.host, []).append(story)
        self._hosts = {site.address: site for site in plan.sites}
        self._turns: Counter[tuple[int, str]] = Counter()
        self._late: deque[float] = deque(maxlen=round(1 / TICK_S))

    def answer(self, address: str, path: str) -> tuple[bytes, float]:
        """The whole answer to GET `path` on the host at `address`, and how long it takes in seconds."""
        host = self._hosts[address]
        self._turns[host.number, path] += 1
        rng = random.Random(f"{self._plan.seed} {host.number} {path} {self._turns[host.number, path]}")
        status, kind, body = self._body(host.number, path)
        more = ""
        if path != "/robots.txt" and rng.random() < self._share(path):
            status, body = rng.choice(((503, b""), (500, b"")))
            more = f"Retry-After: {RETRY_AFTER_S}\r\n" if status == 503 else ""
        self._log.write(f"{time.monotonic():.6f} {max(self._late, default=0.0):.6f} {host.number} {status} {path}\n")
        head = f"HTTP/1.1 {status} Told\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
        return head.encode() + body, rng.choice((0.0, 0.0, 0.01, 0.05, 0.3)) if status == 200 else 0.0

    def _share(self, path: str) -> float:
        return self._plan.faults if path.startswith("/news/") else 0.02

    def _body(self, host: int, path: str) -> tuple[int, str, bytes]:
        if path == "/robots.txt":
            delay_s = self._plan.sites[host].crawl_delay_s
            return 200, "text/plain", (f"User-agent: *\nCrawl-delay: {delay_s}\n" if delay_s else "").encode()
        if path == "/feed.xml":
            return 200, "application/rss+xml", self._feed(host).encode()
        story = self._stories.get((host, path))
        if story is None or not self._out(story):
            return 404, "text/html", b"not here"
        return 200, "text/html; charset=utf-8", story.html().encode()

    def _out(self, story: Story) -> bool:
        return time.monotonic() >= self._begun + story.at_s

    def _feed(self, host: int) -> str:
        address = self._plan.sites[host].address
        items = "".join(
            f"<item><title>{story.title}</title><link>http://{address}:{self.port}{story.path}</link>"
            f"<pubDate>{formatdate(self._wall + story.at_s, usegmt=True)}</pubDate></item>"
            for story in self._by_host.get(host, ())
            if self._out(story)
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{host}</title>{items}</channel></rss>'

    async def watch_itself(self) -> None:
        """Notes how late the event loop is, all the time."""
        while True:
            begun = time.monotonic()
            await asyncio.sleep(TICK_S)
            self._late.append(time.monotonic() - begun - TICK_S)

    port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1].decode("latin-1")
                whole, wait_s = self.answer(writer.get_extra_info("sockname")[0], path)
                if wait_s:
                    await asyncio.sleep(wait_s)
                writer.write(whole)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the client or the farm ended
        finally:
            writer.close()


async def main(plan: Plan, log: Path) -> None:
    """Serves until SIGTERM; the first line on standard output is the port."""
    with suppress(OSError):  # where it may: before all others, for what it notes is the witness
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    with log.open("w", buffering=1) as file:
        farm = Farm(plan, time.monotonic(), file)
        listener = socket.create_server(("0.0.0.0", 0), backlog=512)  # every address of 127.0.0.0/8
        farm.port = listener.getsockname()[1]
        server = await asyncio.start_server(farm.serve, sock=listener)
        watch = asyncio.create_task(farm.watch_itself())
        done = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, done.set)
        sys.stdout.write(f"{farm.port}\n")
        sys.stdout.flush()
        await done.wait()
        watch.cancel()
        server.close()


@contextmanager
def running_farm(plan: Plan, log: Path) -> Iterator[int]:
    """The farm as a process of its own; gives its port."""
    code = f"import sys, asyncio; sys.path[:0] = {sys.path!r}; import pathlib; from chaos_plan import Plan; "
    code += f"from chaos_farm import main; asyncio.run(main({plan!r}, pathlib.Path({str(log)!r})))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(START_S)


def read_log(log: Path) -> list[Asked]:
    """Every request that the farm saw, in order."""
    lines = (line.split(" ", 4) for line in log.read_text().splitlines())
    return [Asked(float(at), float(late), int(host), int(status), path) for at, late, host, status, path in lines]
