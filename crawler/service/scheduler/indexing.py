"""The archive's search index, made whole and packed beside all other work: a portion, a pause, a portion."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

from crawler.archive import Archive
from crawler.errors import ArchiveError

INDEX_S: Final = 60.0
_AT_MOST_S: Final = 30.0  # of each minute, so that a new index of a million articles leaves crawls their share
_PAUSE_S: Final = 0.1

_log = logging.getLogger(__name__)


async def tend_index(archive: Archive) -> None:
    """Do what the index lacks, as far as half a minute goes. In threads of its own, so that no article waits."""
    began = time.monotonic()
    try:
        while await asyncio.to_thread(archive.maintain_index):
            if time.monotonic() - began > _AT_MOST_S:
                break
            await asyncio.sleep(_PAUSE_S)
    except ArchiveError as error:
        _log.warning("search index maintenance postponed: %s", error)
