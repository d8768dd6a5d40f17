"""The web server: its options, password and port, and an orderly shutdown."""

from __future__ import annotations

import errno
import hmac
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from crawler.errors import ConfigError, Problem
from crawler.observe.noting import begin
from crawler.observe.server import Port, serving
from crawler.runtime import Places
from crawler.web.access.passwords import hashed, is_hash
from crawler.web.app import create_app
from crawler.web.server.addresses import LOOPBACK, addresses, is_loopback
from crawler.web.server.clients import Proxies
from crawler.web.server.connections import KEEP_ALIVE_S, connection_class
from crawler.web.server.probes import readiness_of
from crawler.web.site import PASSWORD_FILE, Site, open_site, secret_in

DEFAULT_PORT = 8765
PORTS_TRIED = 50
GRACE_S = 2
_BACKLOG = 128
_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How to serve the page. `port` None: the default port or the next free one."""

    host: str = "127.0.0.1"
    port: int | None = None
    password: str = ""  # or its hash
    names: tuple[str, ...] = ()
    url: str = ""
    proxies: tuple[str, ...] = ()  # addresses or networks whose forwarding headers are trusted
    secret: str = ""  # signs sessions; "" for the stored secret of this installation


def password_hash(options: ServerOptions, folder: Path) -> str:
    """Return the hash of the given or the stored password; "" for none.

    Raises ConfigError if other machines can reach the page and it has no password or a weak one.
    """
    stored = folder / PASSWORD_FILE
    try:
        password = options.password or (stored.read_text(encoding="utf-8").strip() if stored.exists() else "")
        found = password if is_hash(password) or not password else hashed(password, _salt(options, folder))
    except (OSError, ValueError) as error:
        raise _config_error(
            "the password of the web page", str(error), "set a new one: wirewatch web --set-password"
        ) from error
    others = sorted(addresses(options.host, 0, names=options.names, url=options.url).names - LOOPBACK)
    if not found and not is_loopback(options.host):
        found_problem = f"{options.host} is reachable from other machines, but no password is set"
        raise _config_error(
            "WIREWATCH_WEB_HOST", found_problem, "set one with `wirewatch web --set-password`, or serve on 127.0.0.1"
        )
    if not found and others:
        found_problem = f"{others[0]} is reachable from other machines, but no password is set"
        raise _config_error("WIREWATCH_WEB_NAMES", found_problem, "set one with `wirewatch web --set-password`")
    return found


def _salt(options: ServerOptions, folder: Path) -> bytes:
    """Return the salt for a plain-text password: always the same, because sessions end when the hash changes."""
    return hmac.digest(_secret(options, folder), b"password salt", "sha256")[:_SALT_BYTES]


def _secret(options: ServerOptions, folder: Path) -> bytes:
    return options.secret.encode() or secret_in(folder)


def store_password(password: str, folder: Path) -> Path:
    """Store the hash of a password for later starts; return its file. Raises ValueError for a weak one, OSError."""
    password_hash = hashed(password)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / PASSWORD_FILE
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(password_hash + "\n")
    fresh.replace(path)
    return path


def bind(host: str, port: int | None) -> socket.socket:
    """Return a listening socket; `port` None: the default port or the next free one. Raises ConfigError."""
    first, count = (DEFAULT_PORT, PORTS_TRIED) if port is None else (port, 1)
    for tried in range(first, first + count):
        try:
            return _listening(host, tried)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or tried == first + count - 1:
                problem = f"cannot listen on {host} port {tried}: {error.strerror or error}"
                raise _config_error("the web page", problem, "choose another one with --host and --port") from error
    raise AssertionError  # the loop returns or raises


def _listening(host: str, port: int) -> socket.socket:
    family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
        0
    ]
    sock = socket.socket(family, kind, proto)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(_BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


def serve(
    options: ServerOptions,
    places: Places,
    watch: Path,
    environ: Mapping[str, str],
    ready: Callable[[Site, Callable[[], None]], None],
    metrics: Port | None = None,
) -> None:
    """Serve until a signal. Raises ConfigError.

    `ready` is called when the port is bound: it receives the site and a function that stops the server from another
    thread. `metrics`: the monitoring port.
    """
    password = password_hash(options, places.folder)
    sock = bind(options.host, options.port)
    with sock:
        known = addresses(options.host, sock.getsockname()[1], names=options.names, url=options.url)
        site = open_site(places, watch, environ, known, secret=_secret(options, places.folder), password=password)
        proxies = Proxies(options.proxies)
        config = uvicorn.Config(
            create_app(site),
            http=connection_class(proxies),
            ws="none",
            log_config=None,
            log_level="error",  # uvicorn warns about every invalid request
            access_log=False,
            server_header=False,
            forwarded_allow_ips=list(proxies),
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
        )
        server = _Server(config, site, metrics)
        ready(site, server.stop)
        server.run(sockets=[sock])


class _Server(uvicorn.Server):
    """Ends the streams of new articles before it shuts down: they never end by themselves."""

    def __init__(self, config: uvicorn.Config, site: Site, metrics: Port | None) -> None:
        super().__init__(config)
        self._site = site
        self._metrics = metrics
        self._beside = AsyncExitStack()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self._metrics is not None:
            begin(("web",))
            await self._beside.enter_async_context(serving(self._metrics, readiness_of(self._site)))
        await super().startup(sockets)

    def stop(self) -> None:
        """Stop the server; may be called from any thread."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._site.follower.stop()
        await super().shutdown(sockets)
        await self._beside.aclose()


def _config_error(subject: str, found: str, fix: str) -> ConfigError:
    return ConfigError((Problem(0, 0, found, fix),), subject=subject)
