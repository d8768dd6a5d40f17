"""Errors of the network: no host answered, as opposed to an answer with any status. One table for both directions.

An exception is classified by its class and errno. Its `NoAnswer` becomes part of the error that a run or a delivery is
stored with, and `is_unanswered` recognizes exactly these texts there.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final


class NoAnswer(StrEnum):
    """Why no host answered, in the words of every error about it."""

    LATE = "no answer within"  # the caller adds its time limit
    TIMED_OUT = "connection timed out"
    NO_HOST = "no such host"
    REFUSED = "connection refused"
    BROKEN = "the connection broke off"
    UNREACHABLE = "network unreachable"
    FAILED = "connection failed"  # the library does not say why


_NUMBERS: Final = {
    errno.ECONNREFUSED: NoAnswer.REFUSED,
    errno.ETIMEDOUT: NoAnswer.TIMED_OUT,
    **dict.fromkeys((errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE, errno.ENOTCONN), NoAnswer.BROKEN),
    **dict.fromkeys(
        (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL, errno.ENETRESET),
        NoAnswer.UNREACHABLE,
    ),
}
NAMES: Final = {  # of exceptions; other libraries are not imported here, and a test imports each
    "socket.gaierror": NoAnswer.NO_HOST,
    "builtins.TimeoutError": NoAnswer.TIMED_OUT,
    "builtins.ConnectionRefusedError": NoAnswer.REFUSED,
    "builtins.ConnectionResetError": NoAnswer.BROKEN,
    "builtins.ConnectionAbortedError": NoAnswer.BROKEN,
    "builtins.BrokenPipeError": NoAnswer.BROKEN,
    "scrapy.exceptions.CannotResolveHostError": NoAnswer.NO_HOST,
    "scrapy.exceptions.DownloadConnectionRefusedError": NoAnswer.REFUSED,
    "scrapy.exceptions.DownloadTimeoutError": NoAnswer.TIMED_OUT,
    "scrapy.exceptions.ResponseDataLossError": NoAnswer.BROKEN,
    "twisted.internet.error.DNSLookupError": NoAnswer.NO_HOST,
    "twisted.internet.error.UnknownHostError": NoAnswer.NO_HOST,
    "twisted.internet.error.ConnectionRefusedError": NoAnswer.REFUSED,
    "twisted.internet.error.TCPTimedOutError": NoAnswer.TIMED_OUT,
    "twisted.internet.error.TimeoutError": NoAnswer.TIMED_OUT,
    "twisted.internet.error.NoRouteError": NoAnswer.UNREACHABLE,
    "twisted.internet.error.ConnectionClosed": NoAnswer.BROKEN,
    "aiohttp.client_exceptions.ServerDisconnectedError": NoAnswer.BROKEN,
    "aiosmtplib.errors.SMTPServerDisconnected": NoAnswer.BROKEN,
    "playwright._impl._errors.TimeoutError": NoAnswer.TIMED_OUT,
}
_CODES: Final = {  # Chromium's, in the messages of its errors
    "ERR_NAME_NOT_RESOLVED": NoAnswer.NO_HOST,
    "ERR_CONNECTION_REFUSED": NoAnswer.REFUSED,
    "ERR_CONNECTION_TIMED_OUT": NoAnswer.TIMED_OUT,
    "ERR_TIMED_OUT": NoAnswer.TIMED_OUT,
    "ERR_CONNECTION_RESET": NoAnswer.BROKEN,
    "ERR_CONNECTION_CLOSED": NoAnswer.BROKEN,
    "ERR_EMPTY_RESPONSE": NoAnswer.BROKEN,
    "ERR_ADDRESS_UNREACHABLE": NoAnswer.UNREACHABLE,
    "ERR_INTERNET_DISCONNECTED": NoAnswer.UNREACHABLE,
    "ERR_NETWORK_CHANGED": NoAnswer.UNREACHABLE,
    "ERR_SOCKS_CONNECTION_HOST_UNREACHABLE": NoAnswer.UNREACHABLE,
    "ERR_SOCKS_CONNECTION_FAILED": NoAnswer.FAILED,
}
_CODE: Final = re.compile(r"net::(ERR_[A-Z_]+)")
_TEXT: Final = re.compile("|".join(rf"\b{re.escape(one)}\b" for one in NoAnswer), re.IGNORECASE)
_ANSWERED: Final = re.compile(r"\b(?:status|answered) [1-5]\d\d\b")


def is_unanswered(error: str) -> bool:
    """Return whether the error of a run or a delivery is that no host answered."""
    return bool(_TEXT.search(error)) and not _ANSWERED.search(error)


def why_unanswered(error: BaseException) -> NoAnswer | None:
    """Return why no host answered, by the class and errno of an exception and its causes; None for other errors."""
    return next((kind for one in _causes(error) if (kind := _kind(one)) is not None), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what it was raised from, or wraps: Twisted's failures, the OSError of aiohttp."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        failures = getattr(one, "reasons", None) or ()
        waiting += [one.__cause__, getattr(one, "os_error", None), *(getattr(each, "value", None) for each in failures)]


def _kind(error: BaseException) -> NoAnswer | None:
    for cls in type(error).__mro__:
        if (kind := NAMES.get(f"{cls.__module__}.{cls.__qualname__}")) is not None:
            return kind
    number = getattr(error, "errno", None) or getattr(error, "osError", None)  # osError: Twisted's name
    if number in _NUMBERS:
        return _NUMBERS[number]
    code = _CODE.search(str(error)) if "playwright" in type(error).__module__ else None
    return _CODES.get(code[1]) if code else None
