"""Diagnosis of TLS errors between us and a server, as one-line messages. A retry does not help against any of them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from contextlib import suppress

_OURS = "add ?ssl_ca_certs=/path/ca.pem"
_MESSAGES = (  # parts of OpenSSL's messages, the first match counts; redis-py keeps only the text
    ("certificate has expired", "the server's certificate has expired"),
    ("certificate is not yet valid", "the server's certificate is not valid yet"),
    (
        "mismatch, certificate is not valid for",
        "the server's certificate is for another host",
    ),
    ("CERTIFICATE_VERIFY_FAILED", f"the server's certificate is not signed by a trusted CA: {_OURS}"),
    ("WRONG_VERSION_NUMBER", "the server does not use TLS on this port: its URL must start with redis, not rediss"),
    (
        "CERTIFICATE_REQUIRED",
        "the server requires a client certificate: add ?ssl_certfile=...&ssl_keyfile=... to the URL",
    ),
    ("ALERT_UNKNOWN_CA", "the server does not trust the CA of the client certificate (ssl_certfile)"),
)
PLAIN = "the server requires TLS: its URL must start with rediss, not redis"
_CUT = ("Connection closed by server", "reset by peer")  # what a plain client sees of TLS
_CONNECT_TIMEOUT_S = 2


def explain(error: BaseException) -> str | None:
    """Return the fix if `error` of redis-py is about TLS, otherwise None."""
    text = str(error)
    return next((meaning for part, meaning in _MESSAGES if part in text), PLAIN if PLAIN in text else None)


async def is_plain_to_tls(error: BaseException, servers: Iterable[tuple[str, int]]) -> bool:
    """Return whether `error` of a plain connection comes from a TLS server: connects to the first two of `servers`."""
    if not any(part in str(error) for part in _CUT):
        return False
    for host, port in list(servers)[:2]:
        if await _speaks_tls(host, port):
            return True
    return False


async def _speaks_tls(host: str, port: int) -> bool:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # nothing is sent to it
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_CONNECT_TIMEOUT_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
        writer.transport.abort()
        return True
    return False
