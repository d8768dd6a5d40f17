"""Which addresses are of the public internet: what a page, a feed or a person names must not reach into others."""

from __future__ import annotations

import errno
import socket
from ipaddress import ip_address
from typing import Any


def is_private_address(address: str) -> bool:
    """Whether an IP address is not one of the public internet (IANA's special-purpose registries, as Python has them).

    A text that is no address counts as private.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return True
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return not ip.is_global or ip.is_multicast


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
