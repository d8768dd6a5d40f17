"""Twisted on our event loop, for Scrapy's download handler, which needs its reactor.

See docs/decisions for why Scrapy does not run without a reactor.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def twisted() -> AsyncIterator[None]:
    """Run Twisted's asyncio reactor on the running loop for the block, once in the life of a process."""
    if "twisted.internet.reactor" in sys.modules:
        raise RuntimeError("a Twisted reactor is already installed; a process can host only one service")
    from twisted.internet import asyncioreactor  # noqa: PLC0415  an earlier import would install another

    asyncioreactor.install(asyncio.get_running_loop())  # type: ignore[no-untyped-call]
    from twisted.internet import reactor as installed  # noqa: PLC0415  exists only after the line before

    reactor: Any = installed
    reactor.startRunning(installSignalHandlers=False)
    try:
        yield
    finally:
        # Not reactor.stop(), which would stop the event loop. Only its threads could keep the process alive.
        if reactor.threadpool is not None:
            reactor.threadpool.stop()
