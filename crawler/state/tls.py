"""What is wrong between us and a server that speaks TLS, in one line. None of it passes by itself."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from contextlib import suppress

_OURS = "add ?ssl_ca_certs=/path/ca.pem"
_KNOWN = (  # what OpenSSL says, the first that fits; redis-py keeps only the text, of Sentinels in the middle of a line
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
_LOOK_S = 2


def trouble(error: BaseException) -> str | None:
    """What to mend, where `error` of redis-py is about TLS."""
    text = str(error)
    return next((meaning for sign, meaning in _KNOWN if sign in text), PLAIN if PLAIN in text else None)


async def is_plain_to_tls(error: BaseException, servers: Iterable[tuple[str, int]]) -> bool:
    """Whether `error` of a plain connection comes of a server among `servers` that speaks TLS: asks the first two."""
    if not any(sign in str(error) for sign in _CUT):
        return False
    for host, port in list(servers)[:2]:
        if await _speaks_tls(host, port):
            return True
    return False


async def _speaks_tls(host: str, port: int) -> bool:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # nothing is said to it
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_LOOK_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
        writer.transport.abort()
        return True
    return False
