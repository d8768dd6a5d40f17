"""What kind of document a response is, told from its first bytes rather than from its name."""

from __future__ import annotations

import zlib
from enum import StrEnum

from scrapy.http import Response

from crawler.discover.sitemaps.compressed import inflate

_HEAD_BYTES = 2048


class Kind(StrEnum):
    """The kinds of sources, as in the watch file."""

    SITE = "site"
    FEED = "feed"
    SITEMAP = "sitemap"
    SECTION = "section"
    PAGE = "page"


def kind_of(response: Response) -> Kind:
    """FEED, SITEMAP, or PAGE for everything else."""
    head = _head(response.body).replace(b"\x00", b"").lower()  # without the NULs of UTF-16
    if b"<urlset" in head or b"<sitemapindex" in head:
        return Kind.SITEMAP
    if any(mark in head for mark in (b"<rss", b"<feed", b"<rdf:rdf", b"jsonfeed.org/version")):
        return Kind.FEED
    return Kind.PAGE


def content_type(response: Response) -> str:
    """The Content-Type header, "" without one."""
    return (response.headers.get("Content-Type") or b"").decode("latin-1")


def _head(body: bytes) -> bytes:
    try:
        return inflate(body, _HEAD_BYTES)
    except zlib.error:
        return b""
