"""What helps the extractor with one page, and what a listing knows that its page does not say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from scrapy.http import Response, TextResponse

from crawler.config import Source
from crawler.extract.boilerplate.learned import block_key
from crawler.extract.fields.language import code
from crawler.extract.page.hints import Hints
from crawler.items import Article, Candidate

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
    charset = (response._declared_encoding() or "") if isinstance(response, TextResponse) else ""  # noqa: SLF001  the only way to tell it from a guess
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
    """What was learned, and what the watch file says about single lines, which counts more."""
    if source.extract is None:
        return frozenset(learned)
    keep, drop = (frozenset(map(block_key, lines)) for lines in (source.extract.keep, source.extract.drop))
    return (frozenset(learned) - keep) | drop


def complete(article: Article, candidate: Candidate, source: Source | None) -> Article:
    """Fill what the page left open from what the listing said, and add the source's tags.

    The page is believed first, except that a certain date goes before one that is not; where both are certain and
    days apart, the page's stays and is uncertain.
    """
    changes: dict[str, Any] = {"listed": candidate.listed}
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
