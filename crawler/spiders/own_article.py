"""An article whose only place is its feed: the text of the item, at the address that the feed reader gave it."""

from __future__ import annotations

from datetime import datetime

from crawler.config import Source
from crawler.dedupe.urls import place_url
from crawler.extract.fields.language import resolve
from crawler.items import Article, Candidate
from crawler.spiders.hints import complete
from crawler.text import content_hash, word_count


def own_article(item: Candidate, source: Source | None, now: datetime) -> Article:
    """Return the article of an item that is `own`. Its text is "" where the feed gives a headline only."""
    text = item.text or ("" if item.summary.casefold() == item.title.casefold() else item.summary)
    known = source.language or "" if source else ""
    declared = [(known, "watch file"), (item.language, "feed")]
    language, _ = resolve([pair for pair in declared if pair[0]], f"{item.title}\n\n{text}")
    article = Article(
        url=item.url,
        title=item.title,
        text=text,
        canonical_url=place_url(item.url),
        lead=item.summary if item.summary != text else "",
        markdown=text,
        language=language,
        fetched=now,
        word_count=word_count(text),
        content_hash=content_hash(item.title, text),
    )
    return complete(article, item, source)
