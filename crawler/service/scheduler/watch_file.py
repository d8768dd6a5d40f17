"""Follows the watch file: a valid edit is applied within a second, an invalid one is reported and ignored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from crawler.config import Watch, fingerprint, load_watch
from crawler.errors import ConfigError, WirewatchError

CHECK_S = 1.0


async def follow(
    path: Path, environ: Mapping[str, str], use: Callable[[Watch], Awaitable[None]], note: Callable[[str], None]
) -> None:
    """Call `use` with each new valid version of the file, `note` with a line about each invalid one. Never return.

    A version that could not be applied, as the archive is unavailable, is applied later.
    """
    known: str | None = await asyncio.to_thread(fingerprint, path)
    while True:
        await asyncio.sleep(CHECK_S)
        now = await asyncio.to_thread(fingerprint, path)
        if now == known:
            continue
        known = now
        try:
            watch = await asyncio.to_thread(load_watch, path, environ)
            await use(watch)
        except ConfigError as error:
            count = len(error.problems)
            note(f"{path} has {count} mistake{'s' * (count > 1)}; keeping the last valid version: {error.problems[0]}")
        except WirewatchError as error:
            known = None
            note(f"{path} could not be reloaded: {error}")
        else:
            note(f"{path} reloaded: {len(watch.sources)} sources, {len(watch.rules)} rules")
