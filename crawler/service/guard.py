"""Keeps the embedded server alive, and sees whether the archive's file is still there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from crawler.archive import Archive
from crawler.errors import ArchiveError, WirewatchError
from crawler.state import EmbeddedServer

LOOK_S = 0.5
AGAIN_S = 5.0


async def guard(server: EmbeddedServer | None, archive: Archive, tell: Callable[[str], None]) -> None:
    """Starts the embedded server again when it died; everything else waits for it by itself. Never returns.

    Raises ArchiveError where the archive's file was deleted: what is stored now would go with the last process.
    """
    while True:
        await asyncio.sleep(LOOK_S)
        if not archive.in_place():
            raise ArchiveError("was deleted or replaced while in use", subject=archive.url)
        if server is None or server.alive():
            continue
        tell("Valkey stopped unexpectedly; restarting it")
        try:
            await asyncio.to_thread(server.restart)
        except WirewatchError as error:
            tell(f"{error}; retrying")
            await asyncio.sleep(AGAIN_S)
