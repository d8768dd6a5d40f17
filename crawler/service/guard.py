"""Keeps the embedded server alive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from crawler.errors import WirewatchError
from crawler.state import EmbeddedServer

LOOK_S = 0.5
AGAIN_S = 5.0


async def guard(server: EmbeddedServer | None, tell: Callable[[str], None]) -> None:
    """Starts the embedded server again when it died; everything else waits for it by itself. Never returns."""
    while True:
        await asyncio.sleep(LOOK_S)
        if server is None or server.alive():
            continue
        tell("Valkey ended unexpectedly; starting it again")
        try:
            await asyncio.to_thread(server.restart)
        except WirewatchError as error:
            tell(f"{error}; trying again")
            await asyncio.sleep(AGAIN_S)
