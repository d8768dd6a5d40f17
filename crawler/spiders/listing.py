"""Listings: what kind of document a response is, and the record of a listing."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from enum import StrEnum

from scrapy import Request
from scrapy.http import Response

from crawler.config import Source
from crawler.discover.sitemaps.compressed import inflate
from crawler.items import ReadListing
from crawler.schedule.due_time import is_adaptive

_HEAD_BYTES = 2048


class Kind(StrEnum):
    """The kinds of sources, as in the watch file."""

    SITE = "site"
    FEED = "feed"
    SITEMAP = "sitemap"
    SECTION = "section"
    PAGE = "page"


def kind_of(response: Response) -> Kind:
    """Return FEED or SITEMAP by the first bytes of the body, not by its name; PAGE for everything else."""
    head = _head(response.body).replace(b"\x00", b"").lower()  # without the NULs of UTF-16
    if b"<urlset" in head or b"<sitemapindex" in head:
        return Kind.SITEMAP
    if any(mark in head for mark in (b"<rss", b"<feed", b"<rdf:rdf", b"jsonfeed.org/version")):
        return Kind.FEED
    return Kind.PAGE


def content_type(response: Response) -> str:
    """Return the Content-Type header, "" without one."""
    return (response.headers.get("Content-Type") or b"").decode("latin-1")


def _head(body: bytes) -> bytes:
    try:
        return inflate(body, _HEAD_BYTES)
    except zlib.error:
        return b""


def read_before(response: Response) -> bool:
    """Return whether an earlier crawl read this listing."""
    known = response.request.meta.get("listing_known") if response.request else None
    return bool(known and known.body_hash)


def overflow_detail(url: str, entries: int, source: Source | None) -> str:
    """Return the description of a feed all of whose entries are new since the last poll, and what is done about it."""
    seen = f"all {entries} entries of {url} were new since the last poll, so others may have come and gone"
    if source is None or is_adaptive(source):
        return f"{seen}; it is polled sooner for a week"
    if source.every is None:
        return f"{seen}: poll it more often than its `cron` line does"
    return f"{seen}: set `every: {_half(source.every)}` or less, or leave it out"


def _half(interval: timedelta) -> str:
    """Return half an interval as the watch file has it, in whole minutes if it is longer than two."""
    seconds = max(1, int(interval.total_seconds() // 2))
    return f"{seconds // 60}m" if seconds >= 60 else f"{seconds}s"  # noqa: PLR2004  seconds in a minute


def record_of(answered: Response | Request, source: Source | None, now: datetime) -> ReadListing:
    """Return the record of a listing with its status only; of a request, the record of one without a response."""
    request, status = (answered.request, answered.status) if isinstance(answered, Response) else (answered, 0)
    if request is None:
        return ReadListing("address", answered.url, now, status)
    address: str = next(iter(request.meta.get("redirect_urls", ())), request.url)
    return ReadListing(_name(request, address, source), address, now, status)


def _name(request: Request, address: str, source: Source | None) -> str:
    kind = request.cb_kwargs.get("kind")
    if kind is Kind.SITE or (kind is Kind.SECTION and source is not None and address == source.url != ""):
        return "home" if source is None or Kind(source.kind) is Kind.SITE else "section"
    return "child" if request.cb_kwargs.get("depth") else kind.value if kind else "address"
