"""The first run: a starter watch file, and the demo newspaper that its sources point to."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from crawler.cli.demo import DEFAULT_PORT
from crawler.config import Watch, starter
from crawler.demo import serve_demo
from crawler.errors import WirewatchError

PREFIX = "demo-"


async def write_starter(path: Path, stack: AsyncExitStack, console: Console) -> None:
    """Opens the demo newspaper for the life of `stack` and writes a watch file for it. Raises OSError."""
    demo = await stack.enter_async_context(serve_demo(DEFAULT_PORT, started=datetime.now(UTC), or_free=True))
    await asyncio.to_thread(_write, path, starter(demo))
    console.print(f"Wrote {path}, a commented watch file. It watches a demo newspaper on this machine:")
    for outlet, url in demo.outlets():
        console.print(f"  {outlet.name:<20} {url}")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


async def reopen_demo(watch: Watch, stack: AsyncExitStack, console: Console) -> None:
    """Opens the demo newspaper again when the watch file has its sources; one that runs already is used as it is."""
    port = demo_port(watch)
    if port is None:
        return
    try:
        await stack.enter_async_context(serve_demo(port, started=datetime.now(UTC)))
    except WirewatchError as error:
        console.print(f"{error}. Using whatever answers there.", style="yellow")


def demo_port(watch: Watch) -> int | None:
    """The port of the demo newspaper, if the watch file has its sources."""
    for source in watch.sources:
        parts = urlsplit(source.url)
        if source.id.startswith(PREFIX) and (parts.hostname or "").startswith("127."):
            return parts.port
    return None
