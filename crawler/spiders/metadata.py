"""What the watch file and a listing know about a page: hints for the extractor, and data that the page lacks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from scrapy.http import Response, TextResponse

from crawler.config import Source
from crawler.dedupe.urls import place_url
from crawler.extract.boilerplate.learned import block_key
from crawler.extract.citations import with_citations
from crawler.extract.fields.language import code, resolve
from crawler.extract.page.hints import Hints
from crawler.items import Article, Candidate
from crawler.text import content_hash, word_count

DISAGREE: Final = timedelta(hours=36)  # between the dates of page and listing: more than time zones explain


def hints(
    source: Source | None,
    response: Response,
    now: datetime,
    learned: Collection[str] = (),
    authors: tuple[str, ...] = (),
) -> Hints:
    """Return hints for `crawler.extract.examine`.

    `learned` are the block keys of the site's boilerplate, `authors` those of the listing or of an earlier reading.
    """
    # The public `encoding` may be a guess.
    charset = (response._declared_encoding() or "") if isinstance(response, TextResponse) else ""  # noqa: SLF001
    if source is None:
        return Hints(charset=charset, boilerplate=frozenset(learned), now=now, authors=authors)
    return Hints(
        charset=charset,
        timezone=source.timezone or "",
        language=source.language or "",
        overrides=source.extract.overrides() if source.extract else None,
        boilerplate=boilerplate(source, learned),
        now=now,
        authors=authors,
    )


def boilerplate(source: Source, learned: Collection[str]) -> frozenset[str]:
    """Return the learned boilerplate, corrected by the `keep` and `drop` lines of the watch file."""
    if source.extract is None:
        return frozenset(learned)
    keep, drop = (frozenset(map(block_key, lines)) for lines in (source.extract.keep, source.extract.drop))
    return (frozenset(learned) - keep) | drop


def complete(article: Article, candidate: Candidate, source: Source | None) -> Article:
    """Fill in from the listing what the page lacks, and add the source's tags.

    The page takes precedence, but a certain date replaces an uncertain one. If both are certain and days apart, the
    page's date stays and becomes uncertain.
    """
    changes: dict[str, Any] = {"listed": candidate.listed, "found_by": candidate.found_by}
    doubt = candidate.published_uncertain
    if candidate.published and (article.published is None or (article.published_uncertain and not doubt)):
        changes |= {"published": candidate.published, "published_from": "listing", "published_uncertain": doubt}
    elif candidate.published and article.published and not doubt and not article.published_uncertain:
        changes["published_uncertain"] = abs(candidate.published - article.published) > DISAGREE
    if not article.modified and candidate.modified:
        changes |= {"modified": candidate.modified, "modified_from": "listing"}
    if not article.authors and candidate.authors:
        changes["authors"] = candidate.authors
    tags = (*(article.tags or candidate.tags), *(source.tags if source else ()))
    if tags != article.tags:
        changes["tags"] = tuple(dict.fromkeys(tags))
    if not article.language:
        changes["language"] = code(candidate.language)
    return replace(article, **changes)


def feed_article(item: Candidate, source: Source | None, now: datetime) -> Article:
    """Return the article of a feed item without a page (`own`), at the address that the feed reader gave it.

    Its text is "" if the feed has a headline only.
    """
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
    return complete(with_citations(article), item, source)
