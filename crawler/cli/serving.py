"""How `wirewatch run` and the single roles end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Sequence

from crawler.cli.ending import ending_signals
from crawler.service.service import Service

EXIT_WITHIN_S = 4.5
_log = logging.getLogger(__name__)


def stop_on_signals(service: Service, beside: Sequence[asyncio.Task[None]] = ()) -> None:
    """Have signals end the service in order, and what runs `beside`; the process is gone soon, whatever hangs."""
    loop = asyncio.get_running_loop()

    def stop(name: signal.Signals) -> None:
        _log.warning("received %s, stopping", name.name)
        service.stop()
        for task in beside:
            task.cancel()
        last_resort = threading.Timer(EXIT_WITHIN_S, _leave, args=[service])
        last_resort.daemon = True
        last_resort.start()

    for name in ending_signals():
        loop.add_signal_handler(name, stop, name)


def _leave(service: Service) -> None:
    service.kill_server()
    os._exit(0)
