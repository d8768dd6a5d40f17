"""The servers of a Redis URL: a single one, those of Sentinels, or a cluster.

    redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE], rediss:// with TLS, unix:///PATH       one server
    redis+sentinel://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]...]/MASTER[/DATABASE]        the Sentinels' MASTER
    redis+cluster://[USER:PASSWORD@]HOST[:PORT]                                            a cluster, by one node

`rediss+sentinel` and `rediss+cluster` use TLS. Options of redis-py's connections follow `?`, for Sentinels also
`sentinel_username` and `sentinel_password`. Docket accepts the same forms: one URL serves both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from redis.asyncio.connection import parse_url

SENTINEL = ("redis+sentinel", "rediss+sentinel")
CLUSTER = ("redis+cluster", "rediss+cluster")
SINGLE = ("redis", "rediss", "unix")
SENTINEL_PORT = 26379
_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_SECRET = re.compile(r"(password=)[^&#]*")


@dataclass(frozen=True, slots=True)
class Sentinels:
    """The Sentinels of a master. `options` are for connections to the master, `own` for those to the Sentinels."""

    hosts: tuple[tuple[str, int], ...]
    master: str
    options: dict[str, Any]
    own: dict[str, Any]


def scheme(url: str) -> str:
    """Return the part before `://`. Raises ValueError for an unsupported scheme."""
    found = url.partition("://")[0]
    if "://" not in url or found not in (*SINGLE, *SENTINEL, *CLUSTER):
        known = ", ".join(f"{name}://" for name in (*SINGLE, *SENTINEL, *CLUSTER))
        raise ValueError(f"the URL must start with one of {known}")
    _check_tls(found, parse_qs(_cut(url.partition("://")[2])[2]))
    return found


def _check_tls(kind: str, given: dict[str, list[str]]) -> None:
    needs_tls = [name for name in given if name.startswith("ssl_")]
    if needs_tls and not kind.startswith("rediss"):
        raise ValueError(f"{needs_tls[0]} needs TLS: the URL must start with {kind.replace('redis', 'rediss')}://")
    for name in _FILES:
        if name in given and not Path(given[name][0]).is_file():
            raise ValueError(f"{name}: no such file: {given[name][0]}")


def sentinels(url: str) -> Sentinels:
    """Parse a Sentinel URL. Raises ValueError with a readable reason."""
    kind, _, rest = url.partition("://")
    hosts, path, query = _cut(rest)
    user, _, members = hosts.rpartition("@")
    parts = [part for part in path.split("/") if part]
    if not parts:
        raise ValueError(
            f"add the name of the master after the Sentinels, such as {kind}://{members or 'host:26379'}/mymaster"
        )
    if not parts[-1].isdecimal() and len(parts) > 1:
        raise ValueError(f"{parts[-1]!r} is not a database number")
    given = parse_qs(query, keep_blank_values=True)
    own: dict[str, Any] = {
        name: values[0] for name in ("username", "password") if (values := given.pop(f"sentinel_{name}", None))
    }
    options: dict[str, Any] = dict(parse_url(f"redis:///?{urlencode(given, doseq=True)}"))
    options |= {"db": int(parts[1]) if len(parts) > 1 else 0}
    options |= _user(user)
    if kind.startswith("rediss"):
        own |= {"ssl": True} | {name: value for name, value in options.items() if name.startswith("ssl_")}
        options["ssl"] = True
    return Sentinels(tuple(_member(member) for member in members.split(",")), unquote(parts[0]), options, own)


def cluster(url: str) -> dict[str, Any]:
    """Return the options of a cluster's client. Raises ValueError with a readable reason."""
    if "," in _cut(url.partition("://")[2])[0].rpartition("@")[2]:
        raise ValueError("pass one node of the cluster: it announces the others (a host name may resolve to several)")
    options: dict[str, Any] = dict(parse_url(url.replace("+cluster", "", 1)))
    if options.pop("db", 0):
        raise ValueError("a cluster has only database 0: remove the number")
    if not options.get("host"):
        raise ValueError("add a node of the cluster, such as redis+cluster://host:6379")
    if options.pop("connection_class", None) is not None:
        options["ssl"] = True
    return options


def hide_password(url: str) -> str:
    """Return `url` for logs and errors, with the password between `:` and `@` and those in options masked."""
    kind, separator, rest = url.partition("://")
    user, at, hosts = _SECRET.sub(r"\1***", rest).rpartition("@")
    return f"{kind}{separator}{user.split(':')[0]}:***@{hosts}" if at else f"{kind}{separator}{hosts}"


def _cut(rest: str) -> tuple[str, str, str]:
    """Split the part after `://` into user and hosts, path, query."""
    end = min((found for char in "/?#" if (found := rest.find(char)) >= 0), default=len(rest))
    path, _, query = rest[end:].partition("#")[0].partition("?")
    return rest[:end], path, query


def _user(user: str) -> dict[str, str]:
    name, _, password = user.partition(":")
    found = {"username": unquote(name), "password": unquote(password)}
    return {key: value for key, value in found.items() if value}


def _member(member: str) -> tuple[str, int]:
    try:
        found = urlsplit(f"//{member.strip()}")
        host, port = found.hostname, found.port
    except ValueError as error:
        raise ValueError(f"{member!r} is not a host with a port") from error
    if not host:
        raise ValueError(f"{member!r} is not a host")
    return host, SENTINEL_PORT if port is None else port
