"""Revisits: when to fetch an article again, and what its page shows then. Pure."""

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
"""The ages at which an article is fetched again, for sources without a plan of their own."""
CONFIRM: Final = timedelta(hours=1)
"""How long a page must be gone before its article counts as removed."""
RETRY_FIRST: Final = timedelta(minutes=1)
RETRY_LONGEST: Final = timedelta(hours=1)
RETRY_FOR: Final = timedelta(days=1)
LIVE_EVERY: Final = timedelta(minutes=15)
LIVE_FOR: Final = timedelta(hours=24)
LAYOUT_CHANGES: Final = 10
LAYOUT_CHANGES_ONGOING: Final = 6
LAYOUT_WINDOW: Final = 12
"""Of the last 12 revisited articles of a source, this many with changes indicate a new layout."""
_SAME_DATE: Final = timedelta(minutes=1)
_OTHER_PAGE: Final = 0.1
_CUT: Final = 0.6
_GONE: Final = frozenset({404, 410})
_OK: Final = range(200, 300)
_NOT_MODIFIED: Final = 304
_HEADING: Final = re.compile(r"#{2,4} +(.*)")


class Verdict(StrEnum):
    """What became of an article, according to its page."""

    SAME = "same"
    CHANGED = "changed"
    MISSING = "missing"  # gone, but not for long enough
    REMOVED = "removed"
    UNREADABLE = "unreadable"  # an error, a paywall, a consent page: no information about the article


@dataclass(frozen=True, slots=True)
class RevisitResponse:
    """The response to a repeated request for an article. `url` is the end of its redirects."""

    status: int
    url: str
    extraction: Extraction | None = None  # None without a page: an error, or 304


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict. `changed` names fields; `admitted`: the page has a later dateModified."""

    verdict: Verdict
    changed: tuple[str, ...] = ()
    admitted: bool = False


class Entry(NamedTuple):
    """One update of a live blog."""

    heading: str
    text: str


def decide(
    old: Article, response: RevisitResponse, missing: datetime | None, now: datetime, confirm: timedelta = CONFIRM
) -> Decision:
    """Return what became of `old`. `missing`: since when its page is gone, None if it was there last time."""
    if is_gone(old.url, response):
        certain = missing is not None and now - missing >= confirm
        return Decision(Verdict.REMOVED if certain else Verdict.MISSING)
    if response.status == _NOT_MODIFIED:
        return Decision(Verdict.SAME)
    new = response.extraction.article if response.extraction else None
    if response.status not in _OK or new is None or not _readable(old, new):
        return Decision(Verdict.UNREADABLE)
    changed = changes(old, new)
    return Decision(Verdict.CHANGED, changed, is_admitted(old, new)) if changed else Decision(Verdict.SAME)


def is_gone(url: str, response: RevisitResponse) -> bool:
    """Return whether the page is gone: 404, 410, a soft 404, or a redirect to a home or section page of the site."""
    if response.status in _GONE:
        return True
    if response.status in _OK and response.extraction is not None and response.extraction.reason == "soft-404":
        return True
    try:
        same_site = registered_domain(url) == registered_domain(response.url)
    except ValueError:
        return False
    answered = response.status in _OK or response.status == _NOT_MODIFIED
    return answered and same_site and response.url != url and not believable_alias(url, response.url)


def changes(old: Article, new: Article) -> tuple[str, ...]:
    """Return the fields that changed in substance: not the style of quotes, boilerplate or counters."""
    found = []
    if new.title and analyse(old.title).words != analyse(new.title).words:
        found.append("title")
    if substance(old.text) != substance(new.text):
        found.append("text")
    if old.authors and new.authors and set(_folded(old.authors)) != set(_folded(new.authors)):
        found.append("authors")
    certain = not (old.published_uncertain or new.published_uncertain)
    if certain and old.published and new.published and abs(new.published - old.published) >= _SAME_DATE:
        found.append("published")
    return tuple(found)


def is_another(old: Article, new: Article, min_share: float = _OTHER_PAGE) -> bool:
    """Return whether the text is that of another article: both share less than `min_share` of it."""
    return max(share(old.text, new.text), share(new.text, old.text)) < min_share


def is_admitted(old: Article, new: Article) -> bool:
    """Return whether the page declares the change by a later dateModified. Otherwise it is a stealth edit."""
    return new.modified is not None and (old.modified is None or new.modified > old.modified)


def version(article: Article) -> str:
    """Return 16 hex digits that identify the version: title, text, authors and date, in substance."""
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
    """Return the time of the next visit after `step` visits of the plan; None: never.

    At most len(plan) visits, except for live blogs. Sooner after a change; visits missed during downtime are made up by
    a single one.
    """
    later = next((found + age for age in plan[step:] if found + age > now), None)
    if changed and later is not None:
        later = now + (later - now) / 2
    if live and plan and now - found < LIVE_FOR:
        live_visit = now + min(LIVE_EVERY, plan[0])
        return min(later, live_visit) if later else live_visit
    return later


def plan_of(kind: str, own: Sequence[timedelta] | None) -> Sequence[timedelta]:
    """Return the plan of a source of this kind. `own`: that of the watch file, None without one."""
    if kind == "page":  # every crawl fetches the page anyway
        return ()
    return PLAN if own is None else own


def retry_visit(found: datetime, step: int, now: datetime, plan: Sequence[timedelta] = PLAN) -> datetime | None:
    """Return when to repeat visit `step` of the plan after no host answered; None: skip it, it is too late by a day.

    The pause is half of the time for which it has been due, from RETRY_FIRST to RETRY_LONGEST.
    """
    late = now - (found + plan[step]) if step < len(plan) else timedelta(0)
    return now + min(RETRY_LONGEST, max(RETRY_FIRST, late / 2)) if late <= RETRY_FOR else None


def confirm_after(plan: Sequence[timedelta]) -> timedelta:
    """Return how long a page must be gone: an hour, less for a source with a shorter plan."""
    return min((CONFIRM, *plan[:1]))


def is_layout_change(outcomes: Sequence[bool], *, ongoing: bool) -> bool:
    """Return whether a source changed its layout: nearly all revisited articles changed. `outcomes`: newest first."""
    return sum(outcomes[:LAYOUT_WINDOW]) >= (LAYOUT_CHANGES_ONGOING if ongoing else LAYOUT_CHANGES)


def entries(article: Article) -> tuple[Entry, ...]:
    """Return the updates of a live blog that its page marks, in the page's order; () for other articles."""
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
    """Return whether the text is neither cut by a paywall nor that of another article."""
    if len(new.text) < _CUT * len(old.text) and (new.paywalled or old.text.startswith(new.text[: len(new.text) // 2])):
        return False
    if new.paywalled and not old.paywalled and len(new.text) < len(old.text):
        return False
    return is_admitted(old, new) or not is_another(old, new)


def _folded(names: Sequence[str]) -> list[str]:
    return [" ".join(analyse(name).words) for name in names]
