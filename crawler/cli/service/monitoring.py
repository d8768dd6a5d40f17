"""Logging and the monitoring port, set up the same for every process of a service."""

from __future__ import annotations

import logging
import logging.handlers
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from crawler.observe.logs import OneLine, formatter
from crawler.observe.server import Port
from settings import env

MetricsPort = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="Port for /metrics, /healthz and /readyz. [default: WIREWATCH_METRICS_PORT]"),
]


def monitored(number: int | None, environ: Mapping[str, str]) -> Port | None:
    """Return the monitoring port, given or from the environment; None for no monitoring. Raises ValueError."""
    chosen = env.metrics_port(environ) if number is None else number
    return None if chosen is None else Port(env.metrics_host(environ), chosen)


def log_to(folder: Path | None, environ: Mapping[str, str]) -> None:
    """Log to standard error, or to a rotated file in `folder` while the live view is shown.

    Raises ValueError, naming the environment variable, for an invalid level or format.
    """
    level = env.log_level(environ)
    handler: logging.Handler = logging.StreamHandler()
    if folder is not None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(folder / "wirewatch.log", maxBytes=5_000_000, backupCount=2)
    handler.setFormatter(formatter(env.log_format(environ)))
    handler.addFilter(OneLine())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for noisy in ("scrapy", "docket"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    # It warns about every skipped run of a job that is still running, which only means that the machine is busy.
    logging.getLogger("apscheduler").setLevel(max(logging.ERROR, logging.getLevelName(level)))
