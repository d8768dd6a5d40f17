"""Checked connections for channels: no private networks unless the channel has `private: true`."""

from __future__ import annotations

import socket

from crawler.errors import NotifyError
from crawler.networks import connect, is_private_address
from crawler.unanswered import NoAnswer, why_unanswered

PRIVATE_FIX = "if this is intended, set private: true on the channel"


def is_private(host: str) -> bool:
    """Return whether any address of a host is private, as its name resolves now; False if it does not. Blocks."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return any(is_private_address(str(address[4][0])) for address in found)


def on_private_network(host: str, label: str) -> NotifyError:
    """Return the error for a host that the channel may not reach."""
    text = f"{host} is on a private network: {PRIVATE_FIX}"
    return NotifyError(text, retryable=False, subject=label, misconfigured=True)


async def connected(host: str, port: int, *, private: bool, label: str) -> socket.socket:
    """Connect a TCP socket to a host, to the very address that was checked. Raises NotifyError."""
    try:
        return await connect(host, port, private=private)
    except PermissionError as error:
        raise on_private_network(host, label) from error
    except (socket.gaierror, UnicodeError) as error:
        raise NotifyError(f"{NoAnswer.NO_HOST}: {host}", retryable=True, subject=label) from error
    except OSError as error:
        problem = why_unanswered(error) or error.strerror or str(error)
        raise NotifyError(f"cannot connect to {host} port {port}: {problem}", retryable=True, subject=label) from error
