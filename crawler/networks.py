"""Protection of private networks: addresses from pages, feeds and users must not reach into them."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Final
from urllib.parse import urlsplit

# Ranges that the registries list as global or reserved, but that a translator or tunnel maps to its local network:
# IPv4-compatible (RFC 4291, 2.5.5.1), IPv4-translated (RFC 2765), local-use NAT64 (RFC 8215), site-local.
_LOCAL: Final = tuple(map(IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "fec0::/10", "2001::/32")))
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052: IPv4 addresses for networks without IPv4
_ISATAP: Final = (0x0000_5EFE, 0x0200_5EFE)  # RFC 5214, section 6.1: precedes the IPv4 address of an interface


def is_private_address(address: str) -> bool:
    """Return whether an IP address is not public (IANA's special-purpose registries, as in `ipaddress`).

    An address that embeds an IPv4 address (mapped, NAT64, 6to4, ISATAP) is as private as that one. A text that is not
    an address counts as private.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (_embedded_ipv4(ip) if ip in _NAT64 else None)
        if inner is not None:
            return _is_private(inner)
        isatap = (int(ip) >> 32) & 0xFFFF_FFFF in _ISATAP
        if any(ip in network for network in _LOCAL) or (isatap and _is_private(_embedded_ipv4(ip))):
            return True
    return _is_private(ip)


def host_of(url: str) -> str:
    """Return the host of a URL or of `host:port`, normalized: lower case, ASCII, no final dot.

    "" if there is none.
    """
    try:
        host = (urlsplit(url if "://" in url else f"//{url}").hostname or "").rstrip(".")
    except ValueError:
        return ""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def is_private_name(host: str) -> bool:
    """Return whether a host name is private by itself: a private address, `localhost` or `x.localhost`."""
    return host.rpartition(".")[2] == "localhost" or (_is_address(host) and is_private_address(host))


def _is_address(text: str) -> bool:
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


async def resolves_privately(host: str) -> bool:
    """Return whether all addresses of a host are private.

    False for a host that cannot be resolved: the connection reports that error.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return all(is_private_address(str(address[4][0])) for address in found)


def _is_private(ip: IPv4Address | IPv6Address) -> bool:
    return not ip.is_global or ip.is_multicast


def _embedded_ipv4(ip: IPv6Address) -> IPv4Address:
    return IPv4Address(int(ip) & 0xFFFF_FFFF)


def open_socket(address: tuple[Any, ...], *, private: bool) -> socket.socket:
    """Open a socket for one entry of `socket.getaddrinfo`, checked here so that DNS cannot change in between.

    Raises OSError (EACCES) for an address of a private network, unless `private`.
    """
    family, kind, protocol, _, target = address
    if not private and is_private_address(str(target[0])):
        raise OSError(errno.EACCES, "address on a private network")
    sock = socket.socket(family, kind, protocol)
    sock.settimeout(0)
    return sock


async def connect(host: str, port: int, *, private: bool) -> socket.socket:
    """Connect to a host by TCP, without blocking, at exactly the address that was checked.

    Raises PermissionError if all usable addresses are on private networks, unless `private`; socket.gaierror or
    UnicodeError for a name that cannot be resolved; the last OSError if no address accepts the connection.
    """
    loop = asyncio.get_running_loop()
    problem = OSError(errno.EHOSTUNREACH, "no address")
    for entry in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            sock = open_socket(entry, private=private)
        except OSError as error:  # private, or of an address family that this machine lacks
            problem = error
            continue
        try:
            await loop.sock_connect(sock, entry[4])
        except OSError as error:
            sock.close()
            problem = error
        except BaseException:  # cancelled: nothing else would close it
            sock.close()
            raise
        else:
            return sock
    raise problem


class _Guarded(threading.local):
    on = False
    refused: PermissionError | None = None


_guarded = _Guarded()


@contextmanager
def public_only() -> Iterator[None]:
    """Allow this thread to connect only to the public internet, whichever library connects.

    A connection to a private network raises PermissionError within that library, and again at the end of the block,
    unless another error left it.
    """
    _install_guards()
    _guarded.on, _guarded.refused = True, None
    try:
        yield
    finally:
        _guarded.on = False
    if _guarded.refused is not None:
        raise _guarded.refused


@cache
def _install_guards() -> None:
    """Check each address that a socket of this process connects or sends to.

    An audit hook is not an alternative: it cannot be removed, and a hook in Python makes threads fail that install a
    trace function at the same time (debuggers, coverage).
    """
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _guard(getattr(socket.socket, name)))


def _guard(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def guarded(self: socket.socket, *args: Any) -> Any:
        address = args[-1] if _guarded.on else None
        if isinstance(address, tuple) and is_private_address(str(address[0])):
            _guarded.refused = PermissionError(errno.EACCES, "address on a private network")
            raise _guarded.refused
        return method(self, *args)

    return guarded
