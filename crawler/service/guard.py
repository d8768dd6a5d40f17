"""Restarts the embedded server, and checks that the archive's file still exists."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from crawler.archive import Archive
from crawler.errors import ArchiveError, WirewatchError
from crawler.state import EmbeddedServer

CHECK_S = 0.5
RETRY_S = 5.0


async def guard(server: EmbeddedServer | None, archive: Archive, note: Callable[[str], None]) -> None:
    """Restart the embedded server whenever it dies; everything else waits for it by itself. Never return.

    Raises ArchiveError if the archive's file was deleted: articles stored now would be lost with the last process.
    """
    while True:
        await asyncio.sleep(CHECK_S)
        if not archive.in_place():
            raise ArchiveError("was deleted or replaced while in use", subject=archive.url)
        if server is None or server.alive():
            continue
        note("Valkey stopped unexpectedly; restarting it")
        try:
            await asyncio.to_thread(server.restart)
        except WirewatchError as error:
            note(f"{error}; retrying")
            await asyncio.sleep(RETRY_S)
