"""Why a request got no response, in a line for a person: the same for crawls and for single pages."""

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
_NO_TLS = ("wrong version number", "record layer failure", "packet length too long", "http request")  # OpenSSL's words


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
    if isinstance(error, IgnoreRequest):
        ignored = {  # Scrapy's words
            "max redirections reached": f"more than {settings.getint('REDIRECT_MAX_TIMES')} redirects",
            "exceeded DOWNLOAD_MAXSIZE": too_large,
        }
        return next((line for words, line in ignored.items() if words in text), text or "skipped")
    for kind, line in told.items():
        if isinstance(error, kind):
            return line
    if any(words in text for words in _NO_TLS):
        return "no secure connection: is the URL http:// rather than https://?"
    if "certificate" in text or "SSL" in text or "TLS" in text:
        return f"no secure connection: {text[:_LONGEST]}"
    if isinstance(error, ValueError):  # a host or port that none can be
        return "not an http(s) address"
    return text[:_LONGEST] or type(error).__name__


def _words(error: BaseException) -> str:
    """What an error says; of one that only wraps Twisted's failures, what the last of them says."""
    reasons = getattr(error.__cause__, "reasons", ()) if isinstance(error, DownloadFailedError) else ()
    inner = reasons[-1].value if reasons else error
    if inner.args and isinstance(inner.args[0], list):  # OpenSSL: (library, function, reason) of each
        return "SSL: " + ", ".join(str(one[-1]) for one in inner.args[0])
    return str(inner)
