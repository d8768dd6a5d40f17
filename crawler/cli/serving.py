"""How `wirewatch run` and the single roles end."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Sequence

from crawler.service.service import Service

EXIT_WITHIN_S = 4.5


def stop_on_signals(service: Service, beside: Sequence[asyncio.Task[None]] = ()) -> None:
    """Ctrl-C and SIGTERM ask the service to end, and what runs `beside`; the process is gone soon, whatever hangs."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        service.stop()
        for task in beside:
            task.cancel()
        last_resort = threading.Timer(EXIT_WITHIN_S, os._exit, args=[0])
        last_resort.daemon = True
        last_resort.start()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
