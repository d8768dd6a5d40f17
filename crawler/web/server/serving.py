"""From settings to a served page: what is refused, which port is taken, and how it ends."""

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
class Wanted:
    """How the page is to be served. `port` None: the default one, or the next that is free."""

    host: str = "127.0.0.1"
    port: int | None = None
    password: str = ""  # or its hash
    names: tuple[str, ...] = ()
    url: str = ""
    proxies: tuple[str, ...] = ()  # addresses or networks whose forwarding headers are believed
    secret: str = ""  # that sessions are signed with; "" for that of the folder of state


def password_hash(wanted: Wanted, folder: Path) -> str:
    """The hash of the password in force: what was given, or what was kept in the folder of state; "" for none.

    Raises ConfigError for a page that more than this machine can reach and that has no password, or a weak one.
    """
    kept = folder / PASSWORD_FILE
    try:
        given = wanted.password or (kept.read_text(encoding="utf-8").strip() if kept.exists() else "")
        found = given if is_hash(given) or not given else hashed(given, _salt(wanted, folder))
    except (OSError, ValueError) as error:
        raise _refusal(
            "the password of the web page", str(error), "set a new one: wirewatch web --set-password"
        ) from error
    others = sorted(addresses(wanted.host, 0, names=wanted.names, url=wanted.url).names - LOOPBACK)
    if not found and not is_loopback(wanted.host):
        told = f"{wanted.host} is reachable from other machines, but no password is set"
        raise _refusal("WIREWATCH_WEB_HOST", told, "set one with `wirewatch web --set-password`, or serve on 127.0.0.1")
    if not found and others:
        told = f"{others[0]} is reachable from other machines, but no password is set"
        raise _refusal("WIREWATCH_WEB_NAMES", told, "set one with `wirewatch web --set-password`")
    return found


def _salt(wanted: Wanted, folder: Path) -> bytes:
    """Return the salt for a password in plain text: always the same, for sessions end when the hash changes."""
    return hmac.digest(_secret(wanted, folder), b"password salt", "sha256")[:_SALT_BYTES]


def _secret(wanted: Wanted, folder: Path) -> bytes:
    return wanted.secret.encode() or secret_in(folder)


def keep_password(password: str, folder: Path) -> Path:
    """Keep a password's hash where every later start finds it. Raises ValueError for a weak one, OSError."""
    made = hashed(password)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / PASSWORD_FILE
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(made + "\n")
    fresh.replace(path)
    return path


def bind(host: str, port: int | None) -> socket.socket:
    """A listening socket; without a port the default one or the next that is free. Raises ConfigError."""
    first, count = (DEFAULT_PORT, PORTS_TRIED) if port is None else (port, 1)
    for tried in range(first, first + count):
        try:
            return _listening(host, tried)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or tried == first + count - 1:
                told = f"cannot listen on {host} port {tried}: {error.strerror or error}"
                raise _refusal("the web page", told, "choose another one with --host and --port") from error
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
    wanted: Wanted,
    places: Places,
    watch: Path,
    environ: Mapping[str, str],
    ready: Callable[[Site, Callable[[], None]], None],
    metrics: Port | None = None,
) -> None:
    """Serve until a signal ends it. `ready` receives the site and a function that stops the server from another thread.

    `metrics`: the monitoring port.

    The port is taken then, and requests wait. Raises ConfigError.
    """
    password = password_hash(wanted, places.folder)
    sock = bind(wanted.host, wanted.port)
    with sock:
        known = addresses(wanted.host, sock.getsockname()[1], names=wanted.names, url=wanted.url)
        site = open_site(places, watch, environ, known, secret=_secret(wanted, places.folder), password=password)
        proxies = Proxies(wanted.proxies)
        config = uvicorn.Config(
            create_app(site),
            http=connection_class(proxies),
            ws="none",
            log_config=None,
            log_level="error",  # it warns of each request that it cannot read
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
    """Ends what listens to news first: such answers never end by themselves."""

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
        """End soon; from any thread."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._site.follower.stop()
        await super().shutdown(sockets)
        await self._beside.aclose()


def _refusal(subject: str, found: str, fix: str) -> ConfigError:
    return ConfigError((Problem(0, 0, found, fix),), subject=subject)
