"""The fields that are derived from an article's final title and text."""

from __future__ import annotations

from dataclasses import replace

from crawler.items import Article
from crawler.text import content_hash, word_count


def finish(article: Article) -> Article:
    """Return `article` with its word count and content hash."""
    return replace(
        article,
        word_count=word_count(article.text),
        content_hash=content_hash(article.title, article.text),
    )
