"""Faults of channels that would hold back their deliveries, found before the first one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crawler.config import Channel
from crawler.errors import NotifyError
from crawler.networks import is_private_address, is_private_name
from crawler.notify import check_template, sender_for
from crawler.notify.hosts import PRIVATE_FIX

RESOLVE_S = 3.0  # for all host names together; a name that takes longer is not judged


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a channel. `key`: the key of the watch file that is at fault."""

    key: str
    found: str
    fix: str


def faults_of(channels: Iterable[Channel]) -> dict[str, list[Fault]]:
    """Return the faults of channels by id, only of those that have any. Host names are resolved, nothing is sent."""
    found: dict[str, list[Fault]] = {}
    hosts: dict[str, str] = {}
    for channel in channels:
        faults, host = _own_faults(channel)
        if faults:
            found[channel.id] = faults
        if host and not channel.private:
            hosts[channel.id] = host
    private = _private(set(hosts.values()))
    for name, host in hosts.items():
        if private.get(host):
            found.setdefault(name, []).append(Fault("url", f"{host} is on a private network", PRIVATE_FIX))
    return found


def _own_faults(channel: Channel) -> tuple[list[Fault], str]:
    """Return the faults of the address and the template, and the host of the address."""
    faults, host = [], ""
    try:
        secrets = [secret.get_secret_value() for secret in channel.secrets]
        host = sender_for(channel.id, channel.url.get_secret_value(), secrets=secrets, private=channel.private).host
    except NotifyError as error:
        faults.append(Fault("url", error.message, "see docs/watch-file.md, channels"))
    try:
        check_template(channel.id, channel.template or "")
    except NotifyError as error:
        faults.append(Fault("template", error.message, "see docs/delivery.md, templates"))
    return faults, host


def _private(hosts: set[str]) -> Mapping[str, bool]:
    """Return which hosts have only private addresses; names that cannot be resolved in time are missing."""
    found = {host: True for host in hosts if is_private_name(host)}

    def resolve(host: str) -> None:
        try:
            entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found[host] = all(is_private_address(str(entry[4][0])) for entry in entries)

    threads = [threading.Thread(target=resolve, args=[host], daemon=True) for host in hosts - found.keys()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(RESOLVE_S / len(threads))
    return dict(found)
