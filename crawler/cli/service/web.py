"""`wirewatch web`: serve the web page alone, beside a service that runs elsewhere."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from crawler.cli.service.ending import stop_on_signals
from crawler.cli.service.monitoring import MetricsPort, log_to, monitored
from crawler.cli.watchfile import DEFAULT, WatchFile
from crawler.errors import ConfigError, Problem
from crawler.observe.logs import event
from crawler.private import make_private
from crawler.runtime import Places
from crawler.web.server.serving import DEFAULT_PORT, ServerOptions, serve, store_password
from crawler.web.site import Site
from settings import env

T = TypeVar("T")
_log = logging.getLogger(__name__)
EPILOG = """Examples:

  wirewatch web

  wirewatch web --port 9000

  wirewatch web --set-password

  wirewatch web --host 0.0.0.0 --name news.example.org
"""


def web(
    host: Annotated[str, typer.Option(help="Address to bind. Any address but loopback requires a password.")] = "",
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help=f"Port. [default: {DEFAULT_PORT}, or the next free one]")
    ] = None,
    password_file: Annotated[Path | None, typer.Option(help="File with the password or its Argon2 hash.")] = None,
    name: Annotated[list[str] | None, typer.Option(help="Additional host name to accept; repeatable.")] = None,
    url: Annotated[str, typer.Option(help="Public URL behind your proxy, such as https://news.example.org")] = "",
    set_password: Annotated[
        bool, typer.Option("--set-password", help="Prompt for a password, store its hash, and exit.")
    ] = False,
    watch: WatchFile = DEFAULT,
    *,
    metrics_port: MetricsPort = None,
    child: Annotated[bool, typer.Option("--child", hidden=True)] = False,
) -> None:
    """Serve the web page only: news, search, articles and stories. `wirewatch run` also serves it."""
    places = places_from_environment()
    if set_password:
        _set_password(places.folder)
        return
    options = _server_options(host, port, password_file, name or [], url)

    def ready(site: Site, stop: Callable[[], None]) -> None:
        def stop_for(name: signal.Signals) -> None:
            _log.warning("received %s, stopping", name.name)
            stop()

        stop_on_signals(stop_for)  # uvicorn handles two of them, and raises them again at the end
        if child:
            threading.Thread(target=_end_with_parent, args=[stop], daemon=True).start()
        greeting = f"Wirewatch: {site.addresses.base}   Press Ctrl-C to stop."
        is_json = env.log_format(os.environ) == "json"
        print(site.addresses.base if child else event("note", greeting) if is_json else greeting, flush=True)

    if not child:
        log_to(None, os.environ)  # the parent logs the output of a child
        make_private(places.folder)
    serve(options, places, watch.resolve(), os.environ, ready, monitored(metrics_port, os.environ))


def _server_options(
    host: str, port: int | None, password_file: Path | None, names: list[str], url: str
) -> ServerOptions:
    """Return the options of the command line, completed from the environment. Raises ConfigError."""
    _read("WIREWATCH_WEB_HUB", env.web_hub)
    return ServerOptions(
        host or env.web_host(os.environ),
        port if port is not None else _read("WIREWATCH_WEB_PORT", env.web_port),
        _from_file(password_file) if password_file else env.web_password(os.environ),
        (*names, *env.web_names(os.environ)),
        url or _read("WIREWATCH_WEB_URL", env.web_url),
        _read("WIREWATCH_WEB_PROXIES", env.web_proxies),
        _read("WIREWATCH_WEB_SECRET", env.web_secret),
    )


def places_from_environment() -> Places:
    """Return where this installation keeps its state."""
    return Places(env.state_folder(os.environ), env.redis_url(os.environ), env.database_url(os.environ), extractors=1)


def _read(name: str, reader: Callable[[Mapping[str, str]], T]) -> T:
    try:
        return reader(os.environ)
    except ValueError as error:
        raise ConfigError((Problem(0, 0, str(error), ""),), subject=name) from error


def _from_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{path}: {error}") from error


def _set_password(folder: Path) -> None:
    password = typer.prompt("Password for the web page", hide_input=True, confirmation_prompt=True)
    try:
        path = store_password(password, folder)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(f"Password hash stored in {path}. Restart the web page if it is running.")


def _end_with_parent(stop: Callable[[], None]) -> None:
    """Stop when the parent process ends, which closes our standard input."""
    while os.read(sys.stdin.fileno(), 1024):  # unbuffered: the lock of a buffer would be held at exit
        pass
    stop()
