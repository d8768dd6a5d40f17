"""What `wirewatch run` and the single roles have in common: settings, logs, signals, and the end."""

from __future__ import annotations

import asyncio
import logging
import logging.handlers
import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

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


def log_to(folder: Path | None, level: str) -> None:
    """Logs go to the error stream, or under the live view to a file that is kept small."""
    handler: logging.Handler = logging.StreamHandler()
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(folder / "wirewatch.log", maxBytes=5_000_000, backupCount=2)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for noisy in ("scrapy", "docket", "apscheduler"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
