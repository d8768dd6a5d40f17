"""Which addresses are of the public internet: what a page, a feed or a person names must not reach into others."""

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

# Ranges that the registries call global or reserved, and that lead into the network of whoever runs a translator or
# a tunnel: IPv4-compatible (RFC 4291, 2.5.5.1), IPv4-translated (RFC 2765), NAT64 for local use (RFC 8215), site-local.
_LOCAL: Final = tuple(map(IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "fec0::/10", "2001::/32")))
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052: how networks without IPv4 reach all of it
_ISATAP: Final = (0x0000_5EFE, 0x0200_5EFE)  # RFC 5214, section 6.1: before the IPv4 address of an interface


def is_private_address(address: str) -> bool:
    """Whether an IP address is not one of the public internet (IANA's special-purpose registries, as Python has them).

    An address that holds an IPv4 address (mapped, NAT64, 6to4, ISATAP) is as private as that one. A text that is no
    address counts as private.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (_last(ip) if ip in _NAT64 else None)
        if inner is not None:
            return _is_private(inner)
        isatap = (int(ip) >> 32) & 0xFFFF_FFFF in _ISATAP
        if any(ip in network for network in _LOCAL) or (isatap and _is_private(_last(ip))):
            return True
    return _is_private(ip)


def host_of(url: str) -> str:
    """Return the host of a URL, or of `host:port`, as names are compared: small letters, ASCII, no final dot.

    "" for what has none.
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
    """Whether a host's own name says that it is on a private network: such an address, `localhost`, `x.localhost`."""
    return host.rpartition(".")[2] == "localhost" or (_is_address(host) and is_private_address(host))


def _is_address(text: str) -> bool:
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


async def resolves_privately(host: str) -> bool:
    """Whether all addresses of a host are private; False for one that cannot be resolved: its connection will tell."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return all(is_private_address(str(address[4][0])) for address in found)


def _is_private(ip: IPv4Address | IPv6Address) -> bool:
    return not ip.is_global or ip.is_multicast


def _last(ip: IPv6Address) -> IPv4Address:
    return IPv4Address(int(ip) & 0xFFFF_FFFF)


def open_socket(address: tuple[Any, ...], *, private: bool) -> socket.socket:
    """A socket for one entry of `socket.getaddrinfo`: looked at when it is opened, so that no name changes in between.

    Raises OSError (EACCES) for an address of a private network, unless `private`.
    """
    family, kind, protocol, _, target = address
    if not private and is_private_address(str(target[0])):
        raise OSError(errno.EACCES, "address on a private network")
    made = socket.socket(family, kind, protocol)
    made.settimeout(0)
    return made


async def connect(host: str, port: int, *, private: bool) -> socket.socket:
    """Connect to a host by TCP, without blocking: the address that was looked at is the one that is used.

    Raises PermissionError where all its addresses that could be tried are of private networks, unless `private`;
    socket.gaierror or UnicodeError for a name that leads nowhere; the last OSError where nothing answers.
    """
    loop = asyncio.get_running_loop()
    problem = OSError(errno.EHOSTUNREACH, "no address")
    for entry in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            made = open_socket(entry, private=private)
        except OSError as error:  # private, or of a family of addresses that this machine does not have
            problem = error
            continue
        try:
            await loop.sock_connect(made, entry[4])
        except OSError as error:
            made.close()
            problem = error
        except BaseException:  # cancelled: nobody else would close it
            made.close()
            raise
        else:
            return made
    raise problem


class _Guarded(threading.local):
    on = False
    refused: PermissionError | None = None


_guarded = _Guarded()


@contextmanager
def public_only() -> Iterator[None]:
    """Let this thread connect to the public internet alone, whichever library connects.

    A connection into a private network raises PermissionError within that library, and here once the block has ended,
    unless another error came out of it.
    """
    _watch_connections()
    _guarded.on, _guarded.refused = True, None
    try:
        yield
    finally:
        _guarded.on = False
    if _guarded.refused is not None:
        raise _guarded.refused


@cache
def _watch_connections() -> None:
    """Look at each address that a socket of this process is about to reach.

    Not by an audit hook: it cannot be removed, and a hook in Python makes threads fail that install a trace function
    at the same moment (debuggers, coverage).
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
