"""Exact copies: the key of a text on a site."""

from __future__ import annotations

import hashlib

from crawler.dedupe.urls import is_place, registered_domain
from crawler.items import Article


def content_key(article: Article) -> int:
    """Return an unsigned 64-bit hash of the article's site and content hash.

    The same text in another outlet is another article (a copy of one story), so the site is part of the key. Notices
    that share a page, or have none, may repeat on another day, so their date is part of it too.
    """
    text = f"{registered_domain(article.url)} {article.content_hash}"
    if article.published and is_place(article.url):
        text += f" {article.published:%Y%m%d%H%M}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
