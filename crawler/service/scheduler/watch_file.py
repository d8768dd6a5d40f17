"""Follows the watch file: a good edit is taken up within a second, a broken one is told and left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from crawler.config import Watch, fingerprint, load_watch
from crawler.errors import ConfigError, WirewatchError

LOOK_S = 1.0


async def follow(
    path: Path, environ: Mapping[str, str], use: Callable[[Watch], Awaitable[None]], tell: Callable[[str], None]
) -> None:
    """Calls `use` with each new good version of the file, `tell` with a line about each broken one. Never returns.

    A version that could not be taken up, for want of the archive, is taken up later.
    """
    known: str | None = await asyncio.to_thread(fingerprint, path)
    while True:
        await asyncio.sleep(LOOK_S)
        now = await asyncio.to_thread(fingerprint, path)
        if now == known:
            continue
        known = now
        try:
            watch = await asyncio.to_thread(load_watch, path, environ)
            await use(watch)
        except ConfigError as error:
            count = len(error.problems)
            tell(f"{path} has {count} mistake{'s' * (count > 1)}; keeping the last valid version: {error.problems[0]}")
        except WirewatchError as error:
            known = None
            tell(f"{path} could not be reloaded: {error}")
        else:
            tell(f"{path} reloaded: {len(watch.sources)} sources, {len(watch.rules)} rules")
