"""Which children of a sitemap index are worth a request now: new and lively ones often, the others in turn."""

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
_ELSEWHERE = re.compile(
    r"image|photo|galler|video|podcast|audio|(?:^|[^a-z])tags?(?:[^a-z]|$)|post_tag|author|users?(?:[^a-z]|$)|categor|"
    r"keyword|product|taxonom|attachment|job|profile|(?:^|[^a-z])amp(?:[^a-z]|$)|web-?stor",
    re.IGNORECASE,
)
_SELDOM = re.compile(  # hardly ever articles, but who knows
    r"topic|(?:^|[^a-z])pages?(?:[^a-z]|$)|event|recipe|static|section|archive|horoscop|weather|newsletter|team|company|"
    r"quiz",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"(?<!\d)(20\d\d)(?:[-_/.]?(0[1-9]|1[0-2])(?:[-_/.]?(0[1-9]|[12]\d|3[01]))?)?(?!\d)"  # 2026, 2026-11, 20261123
)
_QUERY_DATED = re.compile(r"(?:year|yyyy|y)=(20\d\d)(?:.*?(?:month|mm|m)=(\d{1,2}))?(?:.*?(?:day|dd|d)=(\d{1,2}))?")
_NUMBER = re.compile(r"\d{1,9}(?=\D*$)")
_UNKNOWN: Final = (0,)

USUAL: Final = 4  # children that are read by every crawl
_LIVELY: Final = 4  # more of them, where the last reading brought something new
_IN_TURN: Final = 4  # others of a crawl whose wait is over
_FIRST_WAIT_S: Final = 60.0  # doubled by each reading that brought nothing new
_LONGEST_WAIT_S: Final = 3600.0
_STALE_WAIT_S: Final = 86_400.0  # of a child that is unlikely to name new articles


@dataclass(frozen=True, slots=True)
class ChildPast:
    """What earlier crawls found in a child of an index: when it was read last, and how often in a row for nothing."""

    read_s: float = 0.0  # seconds since 1970; 0.0: never
    quiet: int = 0


@dataclass(frozen=True, slots=True)
class Child:
    """A sitemap that an index names. `stale`: unlikely to name new articles, by its name or by its lastmod."""

    url: str
    stale: bool


def due_children(
    children: Iterable[tuple[str, datetime | None]], past: Mapping[str, ChildPast], now: datetime
) -> tuple[Child, ...]:
    """Return those of an index's children (url, lastmod) to request now, at most twelve, the most promising first.

    <lastmod> is optional in an index (sitemaps.org) and often wrong, so it only says what to read first. `past` is by
    URL. A lively child is read by every crawl, and every child that may name articles in its turn.
    """
    ranked = _ranked(children, now, timedelta(days=3))
    usual = [child for child in ranked if not child.stale][:USUAL]
    rest = [child for child in ranked if child not in usual]
    lively = [child for child in rest if _is_lively(past.get(child.url))][:_LIVELY]
    waits = [(_overdue_s(child, past.get(child.url, ChildPast()), now), child) for child in rest if child not in lively]
    in_turn = sorted((pair for pair in waits if pair[0] >= 0), key=lambda pair: -pair[0])[:_IN_TURN]
    return (*usual, *lively, *(child for _, child in in_turn))


def _is_lively(past: ChildPast | None) -> bool:
    return past is not None and past.read_s > 0 and past.quiet == 0


def _overdue_s(child: Child, past: ChildPast, now: datetime) -> float:
    wait_s = _STALE_WAIT_S if child.stale else min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(past.quiet, 10))
    return now.timestamp() - past.read_s - wait_s


def newest_children(
    children: Iterable[tuple[str, datetime | None]],
    now: datetime,
    *,
    limit: int = USUAL,
    max_age: timedelta = timedelta(days=3),
) -> tuple[str, ...]:
    """Return at most `limit` URLs of an index's children (url, lastmod), the most promising first.

    Left out: what is not about articles (images, tags, authors), and what by lastmod or by the date in its name has
    not changed within `max_age`. First come names that speak of news, then the newest; of undated ones the highest
    number, because sites append.
    """
    return tuple(child.url for child in _ranked(children, now, max_age) if not child.stale)[: max(0, limit)]


def _ranked(children: Iterable[tuple[str, datetime | None]], now: datetime, max_age: timedelta) -> tuple[Child, ...]:
    """Return the children that may name articles, the most promising first."""
    listed = tuple(children)
    oldest, dates_count = now - max_age, _keeps_dates([date for _, date in listed], now - max_age)
    ranked = []
    for position, (url, date) in enumerate(listed):
        name = _name(url)
        dated = _date_in(name)
        is_news = _NEWS.search(name) is not None
        if (_ELSEWHERE.search(name) and not is_news) or dated > (now.year, now.month, now.day):
            continue
        stale = (_SELDOM.search(name) is not None and not is_news) or _is_stale(
            dated, date if dates_count else None, oldest, is_news=is_news
        )
        number = _NUMBER.search(name)
        newest = min(date, now).timestamp() if date else 0.0
        order = (not is_news, -newest, tuple(-part for part in dated or _UNKNOWN), -int(number[0]) if number else 0)
        ranked.append((order, position, Child(url, stale)))
    return tuple(child for _, _, child in sorted(ranked, key=lambda one: one[:2]))


def _keeps_dates(dates: list[datetime | None], oldest: datetime) -> bool:
    """Tell whether the lastmods of an index are kept up: one of them is recent, and they are not all the same."""
    given = [date for date in dates if date is not None]
    return any(date >= oldest for date in given) and (len(given) == 1 or len(set(given)) > 1)


def _name(url: str) -> str:
    """Return what the URL says about the sitemap: path and query without the word that all have."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"[:500]


def _date_in(name: str) -> tuple[int, ...]:
    """Return (year), (year, month) or (year, month, day) as the name has it, else ()."""
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
