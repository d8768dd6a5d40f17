"""`wirewatch scheduler`, `worker`, `deliver`: the roles of `wirewatch run` as separate processes."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any

import typer

import settings as defaults
from crawler.cli.service import view
from crawler.cli.service.monitoring import MetricsPort, log_to, monitored
from crawler.cli.service.run import stop_on_signals
from crawler.config import load_watch
from crawler.errors import ConfigError, Problem
from crawler.extensions.context import places_of
from crawler.observe.server import Port
from crawler.service.service import CRAWLS_AT_ONCE, Role, Service
from crawler.service.worker.project import project_settings
from settings import env

WatchFile = Annotated[Path, typer.Option("--watch", "-w", envvar="WIREWATCH_WATCH", help="The watch file.")]
Concurrency = Annotated[
    int, typer.Option("--concurrency", "-c", min=1, max=1000, help="Maximum number of concurrent crawls.")
]
DEFAULT = Path("watch.yaml")


def scheduler(watch: WatchFile = DEFAULT, metrics_port: MetricsPort = None) -> None:
    """Schedule crawls and queue them for the workers. Run several for failover: one is active, the others stand by.

    Requires WIREWATCH_REDIS_URL and WIREWATCH_DATABASE_URL, the same for all processes.

    Examples:
      WIREWATCH_REDIS_URL=redis://cache WIREWATCH_DATABASE_URL=postgresql://db/news wirewatch scheduler

    """
    _serve(Role.SCHEDULER, watch, metrics_port)


def worker(
    watch: WatchFile = DEFAULT, concurrency: Concurrency = CRAWLS_AT_ONCE, metrics_port: MetricsPort = None
) -> None:
    """Crawl the sources that are due. Run as many workers as you need, on any number of machines.

    Requires WIREWATCH_REDIS_URL and WIREWATCH_DATABASE_URL, the same for all processes. Starts one extraction process
    for each core; set WIREWATCH_EXTRACTORS to change that.

    Examples:
      wirewatch worker --concurrency 100

    """
    _serve(Role.WORKER, watch, metrics_port, concurrency=concurrency)


def deliver(watch: WatchFile = DEFAULT, metrics_port: MetricsPort = None) -> None:
    """Send alerts. Run as many as you need: one plans the messages, all of them send.

    Requires WIREWATCH_REDIS_URL and WIREWATCH_DATABASE_URL, the same for all processes.

    Examples:
      wirewatch deliver

    """
    _serve(Role.DELIVER, watch, metrics_port)


def _serve(role: Role, path: Path, metrics_port: int | None, *, concurrency: int = CRAWLS_AT_ONCE) -> None:
    if not env.redis_url(os.environ):
        fix = (
            f"set WIREWATCH_REDIS_URL to the same address for all; `wirewatch run` needs no Redis and includes `{role}`"
        )
        raise ConfigError((Problem(0, 0, "the processes of a service must share one Redis", fix),), subject=str(role))
    raise typer.Exit(asyncio.run(_run(role, path.resolve(), monitored(metrics_port, os.environ), concurrency)))


async def _run(role: Role, path: Path, metrics: Port | None, concurrency: int) -> int:
    project = project_settings()
    log_to(None, os.environ)
    watch = load_watch(path, os.environ)
    roles = frozenset({role})
    places = places_of(project)
    how: dict[str, Any] = {"roles": roles, "concurrency": concurrency, "metrics": metrics}
    service = Service(watch, places, project, path, os.environ, **how)
    stop_on_signals(service)

    def ready() -> None:
        greeting = f"Wirewatch {defaults.VERSION} {role}: {len(watch.sources)} sources. Press Ctrl-C to stop."
        view.lines(service.status, greeting, env.log_format(os.environ))

    service.when_ready(ready)
    await service.run()
    return 0
