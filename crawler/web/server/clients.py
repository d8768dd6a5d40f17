"""Client addresses, as limits count clients, and the reverse proxies that may forward them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import Scope

_CLIENT_PREFIX = 64  # bits: a client with one IPv6 address usually has its whole /64
_MAPPED_PREFIX = 96  # bits before an IPv4 address in ::ffff:0:0/96 (RFC 4291, 2.5.5.2)


def client_of(address: str) -> str:
    """Return the key of a client: its IPv4 address or its IPv6 /64; other text unchanged, cut to 64 characters.

    A socket bound to `::` reports IPv4 clients as ::ffff:192.0.2.1; each counts as its IPv4 address.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    plain = found.ipv4_mapped if isinstance(found, IPv6Address) and found.ipv4_mapped else found
    return str(plain) if isinstance(plain, IPv4Address) else str(ip_network((plain, _CLIENT_PREFIX), strict=False))


def client_in(scope: Scope) -> str:
    """Return the client of a request as limits count it; "" if the server does not know it."""
    return client_of(scope["client"][0]) if scope.get("client") else ""


def unnamed_proxy(scope: Scope) -> str:
    """Return the private address of a request whose X-Forwarded-For was ignored; "" for other requests.

    It is probably a reverse proxy that is missing in WIREWATCH_WEB_PROXIES.
    """
    forwarded = Headers(scope=scope).getlist("x-forwarded-for")
    address: str = scope["client"][0] if scope.get("client") else ""
    try:
        private = ip_address(address).is_private
    except ValueError:
        return ""
    return address if forwarded and private and address not in ",".join(forwarded) else ""


class Proxies:
    """The reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted: addresses or networks."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._networks = tuple(network for name in names for network in _both_forms(ip_network(name.strip())))

    def __contains__(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._networks)

    def __iter__(self) -> Iterator[str]:
        return map(str, self._networks)


def _both_forms(network: IPv4Network | IPv6Network) -> Iterator[IPv4Network | IPv6Network]:
    yield network
    if isinstance(network, IPv4Network):
        yield ip_network(f"::ffff:{network.network_address}/{_MAPPED_PREFIX + network.prefixlen}")
