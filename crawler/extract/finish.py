"""The last touch on an article: what follows from its final title and text."""

from __future__ import annotations

from dataclasses import replace

from crawler.items import Article
from crawler.text import content_hash, word_count


def finish(article: Article) -> Article:
    """`article` with its word count and content hash."""
    return replace(
        article,
        word_count=word_count(article.text),
        content_hash=content_hash(article.title, article.text),
    )
