"""Twisted on our event loop, for Scrapy's download handler, which needs its reactor.

See docs/decisions for why Scrapy does not run without a reactor.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")
_starting = threading.Lock()


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


def in_reactor(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the loop of this process' reactor; for threads without a loop.

    Where no reactor runs, one is started in a thread of its own, once in a process' life.
    """
    return asyncio.run_coroutine_threadsafe(work, _loop()).result()


def _loop() -> asyncio.AbstractEventLoop:
    with _starting:
        if "twisted.internet.reactor" not in sys.modules:
            ready = threading.Event()
            threading.Thread(target=lambda: asyncio.run(_serve(ready)), name="reactor", daemon=True).start()
            ready.wait()
    from twisted.internet import reactor  # noqa: PLC0415  as above

    loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop  # noqa: SLF001
    return loop


async def _serve(ready: threading.Event) -> None:
    """Run the reactor until the process ends."""
    try:
        async with twisted():
            from twisted.internet import reactor  # noqa: PLC0415  as above
            from twisted.logger import globalLogBeginner  # noqa: PLC0415  as above

            globalLogBeginner.beginLoggingTo((), redirectStandardIO=False)  # else it goes to standard error
            threads: Any = reactor.getThreadPool()
            threads.threadFactory = partial(threading.Thread, daemon=True)  # nothing stops them, and none keeps us
            ready.set()
            await asyncio.Event().wait()
    finally:
        ready.set()
