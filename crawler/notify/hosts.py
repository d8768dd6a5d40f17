"""Where a channel may lead: not into a private network, unless its `private: true` says so."""

from __future__ import annotations

import asyncio
import socket

from crawler.errors import NotifyError
from crawler.networks import is_private_address, open_socket

PRIVATE_FIX = "set private: true on the channel if that is meant"


def is_private(host: str) -> bool:
    """Whether any address of a host is private, as its name resolves now; False where it does not. Blocks."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return any(is_private_address(str(address[4][0])) for address in found)


async def connected(host: str, port: int, *, private: bool, label: str) -> socket.socket:
    """A connected TCP socket to a host; the address that was checked is the one that is used. Raises NotifyError."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotifyError(f"{host} cannot be resolved", retryable=True, subject=label) from error
    problem = ""
    for entry in found:
        try:
            made = open_socket(entry, private=private)
        except PermissionError as error:
            message = f"{host} is on a private network: {PRIVATE_FIX}"
            raise NotifyError(message, retryable=False, subject=label) from error
        except OSError as error:  # a family of addresses that this machine does not have
            problem = error.strerror or str(error)
            continue
        try:
            await loop.sock_connect(made, entry[4])
        except OSError as error:
            made.close()
            problem = error.strerror or str(error)
        except BaseException:  # cancelled: nobody else would close it
            made.close()
            raise
        else:
            return made
    raise NotifyError(f"{host} port {port} cannot be reached: {problem}", retryable=True, subject=label)
