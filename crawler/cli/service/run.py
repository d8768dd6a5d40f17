"""`wirewatch run`: the monitor."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

import settings as defaults
from crawler.cli.service import view
from crawler.cli.service.ending import ending_signals
from crawler.cli.service.first_run import reopen_demo, write_starter
from crawler.cli.service.monitoring import MetricsPort, log_to, monitored
from crawler.cli.service.web_child import command, keep_serving, next_to
from crawler.config import load_watch
from crawler.extensions.context import places_of
from crawler.observe.logs import event
from crawler.observe.server import Port
from crawler.service import opening
from crawler.service.service import Service
from crawler.service.worker.project import project_settings
from settings import env

EXIT_WITHIN_S = 4.5
_log = logging.getLogger(__name__)


def stop_on_signals(service: Service, beside: Sequence[asyncio.Task[None]] = ()) -> None:
    """Stop the service and the tasks beside it on a signal; force the process to exit after EXIT_WITHIN_S."""
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


def run(
    watch: Annotated[Path, typer.Option("--watch", "-w", envvar="WIREWATCH_WATCH", help="The watch file.")] = Path(
        "watch.yaml"
    ),
    plain: Annotated[bool, typer.Option("--plain", help="Print one line per event instead of the live view.")] = False,
    demo: Annotated[
        bool, typer.Option("--demo/--no-demo", help="Serve the demo newspaper if the watch file lists it.")
    ] = True,
    web: Annotated[bool, typer.Option("--web/--no-web", help="Serve the web page in a separate process.")] = True,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port of the web page. [default: 8765, or the next free one]")
    ] = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Crawl on schedule, store new articles, send alerts and serve the web page. Press Ctrl-C to stop.

    If there is no watch file, it writes a commented starter file that watches a demo newspaper on this machine.

    Examples:
      wirewatch run

      wirewatch run --watch desk.yaml --plain >> monitor.log

    """
    quiet = plain or not view.is_terminal()
    path, console = watch.resolve(), Console(highlight=False)
    metrics = monitored(metrics_port, os.environ)
    page = command(path, port, next_to(metrics)) if web else ()
    how: dict[str, Any] = {"first": not path.exists(), "plain": quiet, "demo": demo, "metrics": metrics}
    raise typer.Exit(asyncio.run(_run(path, console, page, **how)))


async def _run(
    path: Path, console: Console, page: tuple[str, ...], *, first: bool, plain: bool, demo: bool, metrics: Port | None
) -> int:
    async with AsyncExitStack() as stack:
        project = project_settings()
        places = places_of(project)
        log_to(None if plain else places.folder, os.environ)
        if first:
            await write_starter(path, places.folder, stack, console)
        watch = load_watch(path, os.environ)
        if demo and not first:
            await reopen_demo(watch, places.folder, stack, console)
        service = Service(watch, places, project, path, os.environ, metrics=metrics)
        beside: list[asyncio.Task[None]] = []
        stop_on_signals(service, beside)

        def ready() -> None:
            if plain:
                greeting = f"Wirewatch {defaults.VERSION}: {len(watch.sources)} sources. Press Ctrl-C to stop."
                view.lines(service.status, greeting, env.log_format(os.environ))
            else:
                beside.append(asyncio.create_task(view.live(service, console)))
            if page:
                opened = partial(_opened, console, plain=plain)
                beside.append(asyncio.create_task(keep_serving(page, opened, service.status.note)))

        service.when_ready(ready)
        if not plain:  # the log goes to a file
            logging.getLogger(opening.__name__).addHandler(logging.StreamHandler())
        try:
            await service.run()
        finally:
            for task in beside:
                task.cancel()
            for task in beside:
                with contextlib.suppress(asyncio.CancelledError):
                    await task
    if not plain:
        console.print("Stopped. [dim]Run `wirewatch items list` to see what was found.[/dim]")
    return 0


def _opened(console: Console, address: str, *, plain: bool) -> None:
    if plain:
        message = f"Web page: {address}"
        view.print_line(event("note", message) if env.log_format(os.environ) == "json" else message)
    else:
        console.print(f"Web page: [bold]{address}[/bold]")
