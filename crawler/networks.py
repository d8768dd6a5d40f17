"""Which addresses are of the public internet: what a page, a feed or a person names must not reach into others."""

from __future__ import annotations

from ipaddress import ip_address


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
