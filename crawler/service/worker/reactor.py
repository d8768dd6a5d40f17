"""Twisted on our event loop: Scrapy's download handler needs its reactor, we never do.

See docs/decisions for why this way, and not Scrapy without a reactor.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def twisted() -> AsyncIterator[None]:
    """Runs Twisted's asyncio reactor on the running loop for the length of the block, once in a process' life."""
    if "twisted.internet.reactor" in sys.modules:
        raise RuntimeError("a Twisted reactor is already installed; a process can host only one service")
    from twisted.internet import asyncioreactor  # noqa: PLC0415  importing it earlier would choose a reactor

    asyncioreactor.install(asyncio.get_running_loop())  # type: ignore[no-untyped-call]
    from twisted.internet import reactor as installed  # noqa: PLC0415  exists only after the line before

    reactor: Any = installed
    reactor.startRunning(installSignalHandlers=False)
    try:
        yield
    finally:
        # Not reactor.stop(): it would stop the loop under everything else. What could hang the process is its threads.
        if reactor.threadpool is not None:
            reactor.threadpool.stop()
