"""Which sitemaps of a big index are worth a request: those that can hold today's articles."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    r"topic|keyword|(?:^|[^a-z])pages?(?:[^a-z]|$)|product|event|recipe|static|section|taxonom|attachment|job|profile|"
    r"archive|horoscop|weather|newsletter|team|company|quiz|(?:^|[^a-z])amp(?:[^a-z]|$)|web-?stor",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"(?<!\d)(20\d\d)(?:[-_/.]?(0[1-9]|1[0-2])(?:[-_/.]?(0[1-9]|[12]\d|3[01]))?)?(?!\d)"  # 2026, 2026-11, 20261123
)
_QUERY_DATED = re.compile(r"(?:year|yyyy|y)=(20\d\d)(?:.*?(?:month|mm|m)=(\d{1,2}))?(?:.*?(?:day|dd|d)=(\d{1,2}))?")
_NUMBER = re.compile(r"\d{1,9}(?=\D*$)")
_UNKNOWN: Final = (0,)


def newest_children(
    children: Iterable[tuple[str, datetime | None]],
    now: datetime,
    *,
    limit: int = 4,
    max_age: timedelta = timedelta(days=3),
) -> tuple[str, ...]:
    """Return at most `limit` URLs of an index's children (url, lastmod), the most promising first.

    Left out: what is not about articles (images, tags, authors), and what by lastmod or by the date in its name has
    not changed within `max_age`. First come names that speak of news, then the newest; of undated ones the highest
    number, because sites append.
    """
    oldest = now - max_age
    ranked = []
    for position, (url, lastmod) in enumerate(children):
        name = _name(url)
        dated = _date_in(name)
        is_news = _NEWS.search(name) is not None
        if (_ELSEWHERE.search(name) and not is_news) or dated > (now.year, now.month, now.day):
            continue
        if _is_stale(dated, lastmod, oldest, is_news=is_news):
            continue
        number = _NUMBER.search(name)
        newest = min(lastmod, now).timestamp() if lastmod else 0.0
        order = (not is_news, -newest, tuple(-part for part in dated or _UNKNOWN), -int(number[0]) if number else 0)
        ranked.append((order, position, url))
    return tuple(url for _, _, url in sorted(ranked)[: max(0, limit)])


def is_dated(url: str) -> bool:
    """Tell whether a sitemap's name holds a date, so that tomorrow's articles are in another one."""
    return bool(_date_in(_name(url)))


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
