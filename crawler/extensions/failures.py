"""Why a request got no response, in a line for a person."""

from __future__ import annotations

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.settings import BaseSettings

_LONGEST = 300


def reason(error: BaseException, settings: BaseSettings) -> str:
    """One line: what happened, never with the URL in it (the caller names that)."""
    too_large = f"larger than the size limit of {settings.getint('DOWNLOAD_MAXSIZE') / 2**20:g} MB"
    told = {
        DownloadTimeoutError: f"no answer within {settings.getfloat('DOWNLOAD_TIMEOUT'):g} s",
        DownloadCancelledError: too_large,
        CannotResolveHostError: "no such host",
        DownloadConnectionRefusedError: "connection refused",
        ResponseDataLossError: "the answer broke off",
        UnsupportedURLSchemeError: "not an http(s) address",
    }
    text = " ".join(_words(error).split())
    if isinstance(error, IgnoreRequest):  # Scrapy names its setting where a body outgrows it when it is unpacked
        return too_large if "DOWNLOAD_MAXSIZE" in text else text or "skipped"
    for kind, line in told.items():
        if isinstance(error, kind):
            return line
    if "certificate" in text or "SSL" in text or "TLS" in text:
        return f"no secure connection: {text[:_LONGEST]}"
    return text[:_LONGEST] or type(error).__name__


def _words(error: BaseException) -> str:
    """What an error says; of one that only wraps Twisted's failures, what the last of them says."""
    reasons = getattr(error.__cause__, "reasons", ()) if isinstance(error, DownloadFailedError) else ()
    inner = reasons[-1].value if reasons else error
    if inner.args and isinstance(inner.args[0], list):  # OpenSSL: (library, function, reason) of each
        return "SSL: " + ", ".join(str(one[-1]) for one in inner.args[0])
    return str(inner)
