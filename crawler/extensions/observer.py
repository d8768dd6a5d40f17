"""What one crawl meets at its source: written down as it goes, kept with the run, judged by crawler.health."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final
from urllib.parse import urlsplit

from scrapy.http import Response

from crawler.config import Source
from crawler.dedupe.urls import registered_domain
from crawler.items import Article, Candidate, Observed

EXPIRES_SOON: Final = timedelta(days=14)
_FOR_GOOD: Final = frozenset({301, 308})
_MOST_CHARS: Final = 500
_REFUSED: Final = dict.fromkeys((401, 402, 403, 407, 429, 451), "refused") | dict.fromkeys((404, 410), "gone")


class Observer:
    """One crawl's notes. Nothing here asks anybody anything: it costs next to nothing for each page."""

    def __init__(self) -> None:
        self.pages = 0
        self._reasons: Counter[str] = Counter()
        self._nowhere: Counter[str] = Counter()  # why pages gave no article, at any attempt
        self._words: list[int] = []
        self._paywalled = 0
        self._newest: datetime | None = None
        self._signs: dict[str, str] = {}

    def sign(self, name: str, what: str) -> None:
        """A listing met something; the first one of each name counts."""
        self._signs.setdefault(name, what[:_MOST_CHARS])

    def answered(self, response: Response, source: Source | None, now: datetime) -> None:
        """A listing came: whether it has moved for good, and how long its certificate is good."""
        if source is not None and (there := moved_to(response, source)):
            self.sign("moved", there)
        until = expiry(response.certificate)
        if until is not None and until - now < EXPIRES_SOON:
            self.sign("certificate", f"it expires on {until:%Y-%m-%d %H:%M} UTC")

    def listed(self, candidates: Iterable[Candidate]) -> None:
        """Notes the newest date that a listing gives."""
        dates = [one.published for one in candidates if one.published is not None]
        self._newest = max((self._newest, *dates) if self._newest else dates, default=None)

    def article(self, article: Article) -> None:
        """A page gave an article."""
        self.pages += 1
        self._words.append(article.word_count)
        self._paywalled += article.paywalled

    def no_article(self, reason: str, tries: int) -> None:
        """A page gave none; only its first attempt counts, or one dead page would look like many."""
        self._nowhere[reason] += 1
        if tries <= 1:
            self.pages += 1
            self._reasons[reason] += 1

    def nowhere(self) -> str:
        """Say that no page gave an article, and why; "" where one did, or no page was fetched."""
        if self._words or not self._nowhere:
            return ""
        why = ", ".join(f"{reason} ({count})" for reason, count in self._nowhere.most_common())
        pages = self._nowhere.total()
        return (
            f"none of the {pages} pages was an article: {why}" if pages > 1 else f"the page was not an article: {why}"
        )

    def observed(self, listed: Collection[int]) -> Observed:
        """All of it; `listed`: the keys of the addresses that were listed."""
        return Observed(
            listing=digest(listed),
            newest=self._newest,
            reasons=tuple(sorted(self._reasons.items())),
            paywalled=self._paywalled,
            words=round(median(self._words)) if self._words else 0,
            signals=tuple(sorted(self._signs.items())),
        )


def status_reason(status: int) -> str:
    """Why a page that answered with this status gave no article: "refused", "gone", "broken"."""
    return _REFUSED.get(status, "broken")


def digest(keys: Collection[int]) -> str:
    """The same for the same addresses, in whatever order; "" for none."""
    if not keys:
        return ""
    packed = b"".join(key.to_bytes(8, signed=key < 0) for key in sorted(keys))
    return hashlib.blake2b(packed, digest_size=8).hexdigest()


def moved_to(response: Response, source: Source) -> str:
    """Where the source's own address leads for good (301, 308); "" where it does not, or only to https.

    A site's front page may lead anywhere on the same site.
    """
    way: list[str] = response.meta.get("redirect_urls", [])
    reasons = response.meta.get("redirect_reasons", [])
    if not way or way[0] != source.url or not all(reason in _FOR_GOOD for reason in reasons):
        return ""
    if source.kind == "site" and registered_domain(way[0]) == registered_domain(response.url):
        return ""
    return "" if urlsplit(way[0])[1:] == urlsplit(response.url)[1:] else response.url


def expiry(certificate: Any) -> datetime | None:
    """When a certificate (Twisted's, of pyOpenSSL) ends; None without one."""
    original = getattr(certificate, "original", None)
    ends: bytes | None = original.get_notAfter() if original is not None else None
    return datetime.strptime(ends.decode(), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC) if ends else None
