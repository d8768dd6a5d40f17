"""Allowed host names of the page, so that other sites cannot reach it through their own name (DNS rebinding)."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.types import Scope

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the page is served, and the host names under which it may be reached.

    `names`: host names without port, in lower case. `literals`: accept any IP address too. A page with a password that
    is served to a network can, because DNS rebinding requires a name.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    names: frozenset[str] = LOOPBACK
    literals: bool = False
    url: str = ""  # the public URL if the page is behind a proxy: https://news.example.org

    @property
    def base(self) -> str:
        """The URL of the first page without a trailing slash."""
        if self.url:
            return self.url.rstrip("/")
        shown = "127.0.0.1" if self.host in {"", "0.0.0.0", "::"} else self.host  # noqa: S104  compared, not bound
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}"

    @property
    def https(self) -> bool:
        """Whether the public URL uses https."""
        return self.url.startswith("https://")

    def secure(self, scope: Scope) -> bool:
        """Return whether the cookies of a response are for https only."""
        return self.https or scope.get("scheme") == "https"

    def allows(self, header: str) -> bool:
        """Return whether a Host header is allowed."""
        host = host_of(header)
        return host in self.names or (self.literals and _is_literal(host))


def addresses(host: str, port: int, *, names: Iterable[str] = (), url: str = "") -> Addresses:
    """Return the addresses of a page that is bound to `host` and `port`."""
    known = {name.strip().lower().rstrip(".") for name in names if name.strip()}
    if url:
        known.add(urlsplit(url).hostname or "")
    local = is_loopback(host)
    if not local:
        known |= {socket.gethostname().lower()}
    if not _is_any(host):
        known.add(host.lower())
    return Addresses(host, port, frozenset((known | LOOPBACK) - {""}), literals=not local, url=url)


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a bind address. No name but localhost counts as loopback."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(header: str) -> str:
    """Return the host of a Host header or origin, in lower case, without port and brackets; "" if it is invalid."""
    try:
        return (urlsplit(f"//{header.strip()}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_any(host: str) -> bool:
    return host in {"", "0.0.0.0", "::"}  # noqa: S104  compared, not bound


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
