"""Which addresses are of the public internet: what a page, a feed or a person names must not reach into others."""

from __future__ import annotations

import errno
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

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
        raise OSError(errno.EACCES, "an address of a private network")
    made = socket.socket(family, kind, protocol)
    made.settimeout(0)
    return made
