"""Revisits: when an article is looked at again, and what its page then says about it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Final, NamedTuple

from crawler.dedupe.noise import substance
from crawler.dedupe.sketch import share
from crawler.dedupe.urls import believable_alias, registered_domain
from crawler.items import Article, Extraction
from crawler.text import analyse

PLAN: Final = (timedelta(hours=1), timedelta(hours=3), timedelta(hours=12), timedelta(days=2), timedelta(days=7))
"""How old an article is when it is looked at again: for those sources that do not say otherwise."""
CONFIRM: Final = timedelta(hours=1)
"""A page must be gone for so long before its article counts as removed."""
LIVE_EVERY: Final = timedelta(minutes=15)
LIVE_FOR: Final = timedelta(hours=24)
STORM: Final = 10
CALM: Final = 6
LOOKED_AT: Final = 12
"""Of the last 12 articles of a source that were looked at again, so many with changes are a new layout."""
_SAME_DATE: Final = timedelta(minutes=1)
_OTHER_PAGE: Final = 0.1
_CUT: Final = 0.6
_GONE: Final = frozenset({404, 410})
_OK: Final = range(200, 300)
_NOT_MODIFIED: Final = 304
_HEADING: Final = re.compile(r"#{2,4} +(.*)")


class Verdict(StrEnum):
    """What a page says about the article that stood there."""

    SAME = "same"
    CHANGED = "changed"
    MISSING = "missing"  # gone; not for long enough to be sure
    REMOVED = "removed"
    UNREADABLE = "unreadable"  # an error, a paywall, a consent page: says nothing about the article


@dataclass(frozen=True, slots=True)
class Seen:
    """What came when an article's address was asked for again. `url` is where redirects ended."""

    status: int
    url: str
    extraction: Extraction | None = None  # None without a page: an error, or 304


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows. `changed` names fields; `admitted`: the page moved its dateModified."""

    verdict: Verdict
    changed: tuple[str, ...] = ()
    admitted: bool = False


class Entry(NamedTuple):
    """One update of a live blog."""

    heading: str
    text: str


def decide(old: Article, seen: Seen, missing: datetime | None, now: datetime, confirm: timedelta = CONFIRM) -> Decision:
    """What a page says about `old`. `missing`: since when it has been gone, None if it was there the last time."""
    if is_gone(old.url, seen):
        sure = missing is not None and now - missing >= confirm
        return Decision(Verdict.REMOVED if sure else Verdict.MISSING)
    if seen.status == _NOT_MODIFIED:
        return Decision(Verdict.SAME)
    new = seen.extraction.article if seen.extraction else None
    if seen.status not in _OK or new is None or not _readable(old, new):
        return Decision(Verdict.UNREADABLE)
    changed = changes(old, new)
    return Decision(Verdict.CHANGED, changed, is_admitted(old, new)) if changed else Decision(Verdict.SAME)


def is_gone(url: str, seen: Seen) -> bool:
    """404, 410, a page that says so, or a redirect to a home or section page of the same site."""
    if seen.status in _GONE:
        return True
    if seen.status in _OK and seen.extraction is not None and seen.extraction.reason == "soft-404":
        return True
    try:
        same_site = registered_domain(url) == registered_domain(seen.url)
    except ValueError:
        return False
    answered = seen.status in _OK or seen.status == _NOT_MODIFIED
    return answered and same_site and seen.url != url and not believable_alias(url, seen.url)


def changes(old: Article, new: Article) -> tuple[str, ...]:
    """The fields that changed in a way that counts: not spelling of quotes, not boilerplate, not counters."""
    found = []
    if new.title and analyse(old.title).words != analyse(new.title).words:
        found.append("title")
    if substance(old.text) != substance(new.text):
        found.append("text")
    if old.authors and new.authors and set(_folded(old.authors)) != set(_folded(new.authors)):
        found.append("authors")
    sure = not (old.published_uncertain or new.published_uncertain)
    if sure and old.published and new.published and abs(new.published - old.published) >= _SAME_DATE:
        found.append("published")
    return tuple(found)


def is_another(old: Article, new: Article, least: float = _OTHER_PAGE) -> bool:
    """Whether the text is another article's: less than a share of `least` stands in both."""
    return max(share(old.text, new.text), share(new.text, old.text)) < least


def is_admitted(old: Article, new: Article) -> bool:
    """Whether the page says that it was changed: its dateModified moved. Otherwise it is a stealth edit."""
    return new.modified is not None and (old.modified is None or new.modified > old.modified)


def version(article: Article) -> str:
    """16 hex digits, the same for the same title, text, authors and date, as far as they count."""
    parts = (analyse(article.title).words, *substance(article.text), sorted(_folded(article.authors)))
    date = f"{article.published:%Y%m%d%H%M}" if article.published and not article.published_uncertain else ""
    digest = blake2b(date.encode(), digest_size=8)
    for part in parts:
        digest.update("\x00".join(part).encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


def next_visit(
    found: datetime,
    step: int,
    now: datetime,
    plan: Sequence[timedelta] = PLAN,
    *,
    changed: bool = False,
    live: bool = False,
) -> datetime | None:
    """When to look again after `step` visits of the plan; None: never. At most len(plan) visits but for live blogs.

    Sooner after a change; what was missed while nothing ran is made up by one visit, not by several.
    """
    later = next((found + age for age in plan[step:] if found + age > now), None)
    if changed and later is not None:
        later = now + (later - now) / 2
    if live and plan and now - found < LIVE_FOR:
        often = now + min(LIVE_EVERY, plan[0])
        return min(later, often) if later else often
    return later


def confirm_after(plan: Sequence[timedelta]) -> timedelta:
    """How long a page must be gone: an hour, less for a source that is looked at more often."""
    return min((CONFIRM, *plan[:1]))


def is_storm(outcomes: Sequence[bool], *, going_on: bool) -> bool:
    """Whether a source changed its layout: nearly all of its articles changed at once. `outcomes`: the newest first."""
    return sum(outcomes[:LOOKED_AT]) >= (CALM if going_on else STORM)


def entries(article: Article) -> tuple[Entry, ...]:
    """The updates of a live blog, in the page's order, where its page marks them; () for other articles."""
    if not article.live:
        return ()
    found: list[tuple[str, list[str]]] = []
    for block in article.markdown.split("\n\n"):
        heading = _HEADING.fullmatch(block.strip())
        if heading:
            found.append((heading[1], []))
        elif found:
            found[-1][1].append(block)
    return tuple(Entry(heading, "\n\n".join(blocks)) for heading, blocks in found)


def _readable(old: Article, new: Article) -> bool:
    """Not what a paywall left of it, nor another page at its address."""
    if len(new.text) < _CUT * len(old.text) and (new.paywalled or old.text.startswith(new.text[: len(new.text) // 2])):
        return False
    if new.paywalled and not old.paywalled and len(new.text) < len(old.text):
        return False
    return is_admitted(old, new) or not is_another(old, new)


def _folded(names: Sequence[str]) -> list[str]:
    return [" ".join(analyse(name).words) for name in names]
