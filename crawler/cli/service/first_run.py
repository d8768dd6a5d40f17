"""The first run: a starter watch file and the demo newspaper that it watches."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from crawler.cli.service.demo import DEFAULT_PORT
from crawler.config import Watch, starter
from crawler.demo import serve_demo
from crawler.errors import WirewatchError
from crawler.private import apply_user_umask, make_parents

PREFIX = "demo-"


async def write_starter(path: Path, folder: Path, stack: AsyncExitStack, console: Console) -> None:
    """Open the demo newspaper for the lifetime of `stack` and write a watch file for it. Raises OSError."""
    started = await asyncio.to_thread(_started, folder)
    demo = await stack.enter_async_context(serve_demo(DEFAULT_PORT, started=started, or_free=True))
    await asyncio.to_thread(_write_watch_file, path, starter(demo))
    console.print(f"Wrote {path}, a commented watch file. It watches a demo newspaper on this machine:")
    for outlet, url in demo.outlets():
        console.print(f"  {outlet.name:<20} {url}")


def _write_watch_file(path: Path, text: str) -> None:
    make_parents(path)
    path.write_text(text, encoding="utf-8")
    apply_user_umask(path)


def _started(folder: Path) -> datetime:
    """Return the time when the newspaper was first opened, so that later runs continue it instead of restarting it."""
    note = folder / "demo-started"
    try:
        return datetime.fromisoformat(note.read_text(encoding="ascii"))
    except (OSError, ValueError):
        now = datetime.now(UTC)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        note.write_text(now.isoformat(), encoding="ascii")
        return now


async def reopen_demo(watch: Watch, folder: Path, stack: AsyncExitStack, console: Console) -> None:
    """Open the demo newspaper again if the watch file has its sources; one that is already running is reused."""
    port = demo_port(watch)
    if port is None:
        return
    try:
        await stack.enter_async_context(serve_demo(port, started=await asyncio.to_thread(_started, folder)))
    except WirewatchError as error:
        console.print(f"{error}. Using the server that answers there.", style="yellow")


def demo_port(watch: Watch) -> int | None:
    """Return the port of the demo newspaper, or None if the watch file has none of its sources."""
    for source in watch.sources:
        parts = urlsplit(source.url)
        if source.id.startswith(PREFIX) and (parts.hostname or "").startswith("127."):
            return parts.port
    return None
