"""What helps the extractor with one page, and what a listing knows that its page does not say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from scrapy.http import Response, TextResponse

from crawler.config import Source
from crawler.extract.hints import Hints
from crawler.extract.learned import block_key
from crawler.items import Article, Candidate


def hints(source: Source | None, response: Response, now: datetime, learned: Collection[str] = ()) -> Hints:
    """Hints for `crawler.extract.examine`; `learned` are the block keys of the site's furniture."""
    charset = (response._declared_encoding() or "") if isinstance(response, TextResponse) else ""  # noqa: SLF001  the only way to tell it from a guess
    if source is None:
        return Hints(charset=charset, furniture=frozenset(learned), now=now)
    return Hints(
        charset=charset,
        timezone=source.timezone or "",
        language=source.language or "",
        overrides=source.extract.overrides() if source.extract else None,
        furniture=furniture(source, learned),
        now=now,
    )


def furniture(source: Source, learned: Collection[str]) -> frozenset[str]:
    """What was learned, and what the watch file says about single lines, which counts more."""
    if source.extract is None:
        return frozenset(learned)
    keep, drop = (frozenset(map(block_key, lines)) for lines in (source.extract.keep, source.extract.drop))
    return (frozenset(learned) - keep) | drop


def complete(article: Article, candidate: Candidate, source: Source | None) -> Article:
    """Fills what the page left open from what the listing said (the page is believed first); adds the source's tags."""
    changes: dict[str, Any] = {"listed": candidate.listed}
    if candidate.published and (article.published is None or article.published_uncertain):
        changes |= {"published": candidate.published, "published_from": "listing", "published_uncertain": False}
    if not article.modified and candidate.modified:
        changes |= {"modified": candidate.modified, "modified_from": "listing"}
    if not article.authors and candidate.authors:
        changes["authors"] = candidate.authors
    tags = (*(article.tags or candidate.tags), *(source.tags if source else ()))
    if tags != article.tags:
        changes["tags"] = tuple(dict.fromkeys(tags))
    if not article.language:
        changes["language"] = candidate.language.split("-")[0].lower() or (source.language if source else "") or ""
    return replace(article, **changes)
