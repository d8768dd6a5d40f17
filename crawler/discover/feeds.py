"""Feeds: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0 by feedparser, JSON Feed 1.0 and 1.1 by `json_feed`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, Final

import feedparser

from crawler.discover.dates import read_date
from crawler.discover.feed_text import clean_xml
from crawler.discover.json_feed import read_json_feed
from crawler.discover.listing import (
    MAX_TTL_S,
    MEDIA_TYPES,
    MIN_TTL_S,
    PODCAST_SHARE,
    SUMMARY_CHARS,
    TITLE_CHARS,
    Feed,
    names,
    page_url,
    unique,
)
from crawler.discover.plain import plain_text
from crawler.errors import FeedError
from crawler.items import Candidate

_PERIODS_S: Final = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_MAX_DIGITS: Final = 9
# What feedparser is known to raise on hostile markup, besides what it reports as "bozo".
_PARSER_FAILURES: Final = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    RecursionError,
    OverflowError,
)


def read_feed(body: bytes, url: str, content_type: str = "") -> Feed:
    """Return the feed in `body`, fetched from `url` with that Content-Type header.

    At most 5,000 entries. Dates are aware; a date without zone is taken as UTC, an absurd one is None.
    Raises FeedError for what is empty, over 50 MB, HTML, or in no feed format.
    """
    if body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return read_json_feed(body, url)
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        parsed = feedparser.parse(  # a stream: a string might be taken for a file name or a URL
            BytesIO(clean_xml(body, url, content_type)),
            response_headers=headers,
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except _PARSER_FAILURES as error:
        raise FeedError(f"too broken to read ({type(error).__name__}: {error})", subject=url) from error
    return _feed(parsed, url)


def _feed(parsed: Mapping[str, Any], url: str) -> Feed:
    about, entries, kind = parsed["feed"], parsed["entries"], parsed.get("version") or "unknown"
    if kind == "unknown" and not entries and not about:
        raise FeedError("in no known feed format", subject=url)
    language = _text(about, "language")
    candidates = (_candidate(entry, url, language, is_atom=kind.startswith("atom")) for entry in entries)
    return Feed(
        title=plain_text(_text(about, "title"), TITLE_CHARS),
        candidates=unique(candidates),
        language=language,
        ttl_s=_ttl_s(about),
        updated=read_date(_text(about, "updated")),
        hub=_link(about, "hub", url),
        self_url=_link(about, "self", url),
        site_url=page_url(_text(about, "link"), url),
        kind=kind,
        entries=len(entries),
        podcast=sum(map(_has_media, entries)) > PODCAST_SHARE * max(1, len(entries)),
    )


def _candidate(entry: Mapping[str, Any], feed_url: str, language: str, *, is_atom: bool) -> Candidate | None:
    link = page_url(_text(entry, "feedburner_origlink") or _text(entry, "link") or _alternate(entry), feed_url)
    if not link:
        return None
    published = read_date(_text(entry, "published") or _text(entry, "created"))
    modified = read_date(_text(entry, "updated"))
    if published is None and not is_atom:  # RSS has no date of change: dc:date is when it was published
        published, modified = modified, None
    return Candidate(
        url=link,
        title=plain_text(_text(entry, "title"), TITLE_CHARS),
        published=published,
        modified=modified,
        summary=plain_text(_text(entry, "summary"), SUMMARY_CHARS),
        language=_text(entry, "language") or language,
        tags=names(_text(tag, "label") or _text(tag, "term") for tag in _list(entry, "tags")),
        authors=names(_text(author, "name") for author in _list(entry, "authors")),
        listed_in=feed_url,
    )


def _text(values: Mapping[str, Any], key: str) -> str:
    # dict.get, because feedparser's own getter answers for other keys too and warns about it
    value = dict.get(values, key) if isinstance(values, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _list(values: Mapping[str, Any], key: str) -> list[Any]:
    value = dict.get(values, key) if isinstance(values, dict) else None
    return value if isinstance(value, list) else []


def _links(values: Mapping[str, Any], rel: str) -> Iterator[str]:
    return (_text(link, "href") for link in _list(values, "links") if _text(link, "rel") == rel)


def _link(values: Mapping[str, Any], rel: str, base: str) -> str:
    return page_url(next(_links(values, rel), ""), base)


def _alternate(entry: Mapping[str, Any]) -> str:
    return next(_links(entry, "alternate"), "") or (_text(entry, "id") if _text(entry, "id").startswith("http") else "")


def _has_media(entry: Mapping[str, Any]) -> bool:
    return any(_text(enclosure, "type").startswith(MEDIA_TYPES) for enclosure in _list(entry, "links"))


def _ttl_s(about: Mapping[str, Any]) -> int | None:
    """Seconds from <ttl> (minutes), else from sy:updatePeriod and sy:updateFrequency; between a minute and a week."""
    minutes, frequency = _number(about, "ttl"), _number(about, "sy_updatefrequency")
    seconds = minutes * 60 or _PERIODS_S.get(_text(about, "sy_updateperiod").lower(), 0) / max(1, frequency)
    return min(max(int(seconds), MIN_TTL_S), MAX_TTL_S) if seconds else None


def _number(values: Mapping[str, Any], key: str) -> int:
    digits = _text(values, key)[:_MAX_DIGITS]
    return int(digits) if digits.isdecimal() else 0
