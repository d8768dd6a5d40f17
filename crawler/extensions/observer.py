"""What a crawl observes at its source: collected on the way, saved with the run, judged by crawler.health."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final
from urllib.parse import urlsplit

from scrapy.exceptions import (
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from scrapy.settings import BaseSettings

from crawler.config import Source
from crawler.dedupe.urls import registered_domain
from crawler.items import Article, Candidate, Observed
from crawler.unanswered import NoAnswer, why_unanswered

EXPIRES_SOON: Final = timedelta(days=14)
_PERMANENT: Final = frozenset({301, 308})
_MOST_CHARS: Final = 500
_LONGEST_REASON: Final = 300
_NO_TLS: Final = ("wrong version number", "record layer failure", "packet length too long", "http request")  # OpenSSL
_REFUSED: Final = dict.fromkeys((401, 402, 403, 407, 429, 451), "refused") | dict.fromkeys((404, 410), "gone")


class Observer:
    """The observations of one crawl. Nothing here makes a request, so that a page costs next to nothing."""

    def __init__(self) -> None:
        self.pages = 0
        self._reasons: Counter[str] = Counter()
        self._no_article: Counter[str] = Counter()  # why pages gave no article, at any attempt
        self._words: list[int] = []
        self._paywalled = 0
        self._newest: datetime | None = None
        self._signals: dict[str, str] = {}

    def signal(self, name: str, detail: str) -> None:
        """Record a signal of a problem at a listing; the first one of each name counts."""
        self._signals.setdefault(name, detail[:_MOST_CHARS])

    def answered(self, response: Response, source: Source | None, now: datetime) -> None:
        """Check a listing's response: whether it has moved permanently, and whether its certificate expires soon."""
        if source is not None and (target := moved_to(response, source)):
            self.signal("moved", target)
        until = expiry(response.certificate)
        if until is not None and until - now < EXPIRES_SOON:
            self.signal("certificate", f"it expires on {until:%Y-%m-%d %H:%M} UTC")

    def listed(self, candidates: Iterable[Candidate]) -> None:
        """Record the newest date of a listing."""
        dates = [one.published for one in candidates if one.published is not None]
        self._newest = max((self._newest, *dates) if self._newest else dates, default=None)

    def article(self, article: Article) -> None:
        """Record that a page gave an article."""
        self.pages += 1
        self._words.append(article.word_count)
        self._paywalled += article.paywalled

    def no_article(self, reason: str, tries: int) -> None:
        """Record that a page gave no article. Only its first attempt counts, or one dead page would look like many."""
        self._no_article[reason] += 1
        if tries <= 1:
            self.pages += 1
            self._reasons[reason] += 1

    def no_article_summary(self) -> str:
        """Return why no page gave an article; "" if one did, or if no page was fetched."""
        if self._words or not self._no_article:
            return ""
        why = ", ".join(f"{reason} ({count})" for reason, count in self._no_article.most_common())
        pages = self._no_article.total()
        return (
            f"none of the {pages} pages was an article: {why}" if pages > 1 else f"the page was not an article: {why}"
        )

    def observed(self, listed: Collection[int]) -> Observed:
        """Return all observations. `listed`: the URL keys of the addresses that were listed."""
        return Observed(
            listing=digest(listed),
            newest=self._newest,
            reasons=tuple(sorted(self._reasons.items())),
            paywalled=self._paywalled,
            words=round(median(self._words)) if self._words else 0,
            signals=tuple(sorted(self._signals.items())),
        )


def status_reason(status: int) -> str:
    """Return why a page with this status gave no article: "refused", "gone", "broken"."""
    return _REFUSED.get(status, "broken")


def digest(keys: Collection[int]) -> str:
    """Return a digest that does not depend on the order of the keys; "" for none."""
    if not keys:
        return ""
    packed = b"".join(key.to_bytes(8, signed=key < 0) for key in sorted(keys))
    return hashlib.blake2b(packed, digest_size=8).hexdigest()


def moved_to(response: Response, source: Source) -> str:
    """Return where the source's address redirects permanently (301, 308); "" if it does not, or only to https.

    A site's front page may redirect anywhere on the same site.
    """
    redirects: list[str] = response.meta.get("redirect_urls", [])
    reasons = response.meta.get("redirect_reasons", [])
    if not redirects or redirects[0] != source.url or not all(reason in _PERMANENT for reason in reasons):
        return ""
    if source.kind == "site" and registered_domain(redirects[0]) == registered_domain(response.url):
        return ""
    return "" if urlsplit(redirects[0])[1:] == urlsplit(response.url)[1:] else response.url


def expiry(certificate: Any) -> datetime | None:
    """Return when a certificate (Twisted's, of pyOpenSSL) expires; None without one."""
    original = getattr(certificate, "original", None)
    expires: bytes | None = original.get_notAfter() if original is not None else None
    return datetime.strptime(expires.decode(), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC) if expires else None


def failure_reason(error: BaseException, settings: BaseSettings) -> str:
    """Return why a request got no response, as one line without the URL, which the caller names."""
    too_large = f"larger than the size limit of {settings.getint('DOWNLOAD_MAXSIZE') / 2**20:g} MB"
    messages = {
        DownloadTimeoutError: f"{NoAnswer.LATE} {settings.getfloat('DOWNLOAD_TIMEOUT'):g} s",
        DownloadCancelledError: too_large,
        UnsupportedURLSchemeError: "not an http(s) address",
    }
    text = " ".join(_message_of(error).split())
    if isinstance(error, IgnoreRequest):
        ignored = {  # Scrapy's messages
            "max redirections reached": f"more than {settings.getint('REDIRECT_MAX_TIMES')} redirects",
            "exceeded DOWNLOAD_MAXSIZE": too_large,
        }
        return next((line for message, line in ignored.items() if message in text), text or "skipped")
    named = next((line for kind, line in messages.items() if isinstance(error, kind)), None) or why_unanswered(error)
    if named:
        return str(named)
    if any(message in text for message in _NO_TLS):
        return "no secure connection: is the URL http:// rather than https://?"
    if "certificate" in text or "SSL" in text or "TLS" in text:
        return f"no secure connection: {text[:_LONGEST_REASON]}"
    if isinstance(error, ValueError):  # an invalid host or port
        return "not an http(s) address"
    return text[:_LONGEST_REASON] or type(error).__name__


def _message_of(error: BaseException) -> str:
    """Return the message of an error; of one that only wraps Twisted's failures, that of the last of them."""
    reasons = getattr(error.__cause__, "reasons", ()) if isinstance(error, DownloadFailedError) else ()
    inner = reasons[-1].value if reasons else error
    if inner.args and isinstance(inner.args[0], list):  # OpenSSL: (library, function, reason) of each
        return "SSL: " + ", ".join(str(one[-1]) for one in inner.args[0])
    return str(inner)
