"""The choice of a sitemap index's children to request: new and active ones often, the others in turn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

_NEWS = re.compile(
    r"news|latest|recent|today|breaking|current|48h|24h|noticia|nachricht|actualit|notizie|nyheter|haber|berita|"
    r"nieuws|wiadomosci|novost|novini",
    re.IGNORECASE,
)
_NOT_ARTICLES = re.compile(
    r"image|photo|galler|video|podcast|audio|(?:^|[^a-z])tags?(?:[^a-z]|$)|post_tag|author|users?(?:[^a-z]|$)|categor|"
    r"keyword|product|taxonom|attachment|job|profile|(?:^|[^a-z])amp(?:[^a-z]|$)|web-?stor",
    re.IGNORECASE,
)
_RARELY_ARTICLES = re.compile(  # sometimes articles
    r"topic|(?:^|[^a-z])pages?(?:[^a-z]|$)|event|recipe|static|section|archive|horoscop|weather|newsletter|team|company|"
    r"quiz",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"(?<!\d)(20\d\d)(?:[-_/.]?(0[1-9]|1[0-2])(?:[-_/.]?(0[1-9]|[12]\d|3[01]))?)?(?!\d)"  # 2026, 2026-11, 20261123
)
_QUERY_DATED = re.compile(r"(?:year|yyyy|y)=(20\d\d)(?:.*?(?:month|mm|m)=(\d{1,2}))?(?:.*?(?:day|dd|d)=(\d{1,2}))?")
_NUMBER = re.compile(r"\d{1,9}(?=\D*$)")
_UNDATED: Final = (0,)

DEFAULT_CHILDREN: Final = 4  # children that every crawl reads
_ACTIVE: Final = 4  # further children whose last reading found something new
_IN_TURN: Final = 4  # other children per crawl whose wait is over
_MIN_WAIT_S: Final = 60.0  # doubled by each reading without anything new
_MAX_WAIT_S: Final = 3600.0
_STALE_WAIT_S: Final = 86_400.0  # of a child that is unlikely to list new articles


@dataclass(frozen=True, slots=True)
class ChildHistory:
    """The history of an index's child: when it was last read, and how many readings in a row found nothing new."""

    read_s: float = 0.0  # seconds since 1970; 0.0: never
    unchanged_reads: int = 0


@dataclass(frozen=True, slots=True)
class Child:
    """A sitemap listed in an index. `stale`: unlikely to list new articles, by its name or its lastmod."""

    url: str
    stale: bool


def due_children(
    children: Iterable[tuple[str, datetime | None]], history: Mapping[str, ChildHistory], now: datetime
) -> tuple[Child, ...]:
    """Return the children (url, lastmod) of an index to request now, at most twelve, the most promising first.

    <lastmod> is optional in an index (sitemaps.org) and often wrong, so it only affects the order. `history` is by URL.
    Every crawl reads active children; the others that may list articles are read in turn.
    """
    ranked = _ranked(children, now, timedelta(days=3))
    default = [child for child in ranked if not child.stale][:DEFAULT_CHILDREN]
    rest = [child for child in ranked if child not in default]
    active = [child for child in rest if _is_active(history.get(child.url))][:_ACTIVE]
    waits = [
        (_overdue_s(child, history.get(child.url, ChildHistory()), now), child) for child in rest if child not in active
    ]
    in_turn = sorted((pair for pair in waits if pair[0] >= 0), key=lambda pair: -pair[0])[:_IN_TURN]
    return (*default, *active, *(child for _, child in in_turn))


def _is_active(history: ChildHistory | None) -> bool:
    return history is not None and history.read_s > 0 and history.unchanged_reads == 0


def _overdue_s(child: Child, history: ChildHistory, now: datetime) -> float:
    wait_s = _STALE_WAIT_S if child.stale else min(_MAX_WAIT_S, _MIN_WAIT_S * 2 ** min(history.unchanged_reads, 10))
    return now.timestamp() - history.read_s - wait_s


def newest_children(
    children: Iterable[tuple[str, datetime | None]],
    now: datetime,
    *,
    limit: int = DEFAULT_CHILDREN,
    max_age: timedelta = timedelta(days=3),
) -> tuple[str, ...]:
    """Return at most `limit` URLs of an index's children (url, lastmod), the most promising first.

    Children for other content (images, tags, authors) are left out, and those that did not change within `max_age` by
    lastmod or the date in their name. Names about news come first, then the newest; undated ones by descending number,
    because sites append.
    """
    return tuple(child.url for child in _ranked(children, now, max_age) if not child.stale)[: max(0, limit)]


def _ranked(children: Iterable[tuple[str, datetime | None]], now: datetime, max_age: timedelta) -> tuple[Child, ...]:
    """Return the children that may name articles, the most promising first."""
    listed = tuple(children)
    oldest, reliable = now - max_age, _has_reliable_dates([date for _, date in listed], now - max_age)
    ranked = []
    for position, (url, date) in enumerate(listed):
        name = _name(url)
        dated = _date_in(name)
        is_news = _NEWS.search(name) is not None
        if (_NOT_ARTICLES.search(name) and not is_news) or dated > (now.year, now.month, now.day):
            continue
        stale = (_RARELY_ARTICLES.search(name) is not None and not is_news) or _is_stale(
            dated, date if reliable else None, oldest, is_news=is_news
        )
        number = _NUMBER.search(name)
        newest = min(date, now).timestamp() if date else 0.0
        order = (not is_news, -newest, tuple(-part for part in dated or _UNDATED), -int(number[0]) if number else 0)
        ranked.append((order, position, Child(url, stale)))
    return tuple(child for _, _, child in sorted(ranked, key=lambda one: one[:2]))


def _has_reliable_dates(dates: list[datetime | None], oldest: datetime) -> bool:
    """Return whether the lastmods of an index are maintained: one is recent, and they are not all the same."""
    given = [date for date in dates if date is not None]
    return any(date >= oldest for date in given) and (len(given) == 1 or len(set(given)) > 1)


def _name(url: str) -> str:
    """Return the part of the URL that describes the sitemap: path and query."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"[:500]


def _date_in(name: str) -> tuple[int, ...]:
    """Return (year), (year, month) or (year, month, day), as far as the name contains it, else ()."""
    found = _QUERY_DATED.search(name) or _DATED.search(name)
    if found is None:
        return ()
    parts: list[int] = []
    for part in found.groups():
        if part is None:
            break
        parts.append(int(part))
    return tuple(parts)


def _is_stale(dated: tuple[int, ...], lastmod: datetime | None, oldest: datetime, *, is_news: bool) -> bool:
    if dated and dated < (oldest.year, oldest.month, oldest.day)[: len(dated)]:
        return True
    return lastmod is not None and lastmod < oldest and not is_news
