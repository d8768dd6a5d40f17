"""Feeds: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0 by feedparser, JSON Feed 1.0 and 1.1 by `json_feed`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, Final

import feedparser

from crawler.dates import read_instant, read_listed
from crawler.discover.feeds.items import items
from crawler.discover.feeds.json_feed import read_json_feed
from crawler.discover.feeds.text import clean_xml
from crawler.discover.listing import (
    MAX_OWN_CHARS,
    MAX_TTL_S,
    MEDIA_TYPES,
    MIN_TTL_S,
    PODCAST_SHARE,
    SUMMARY_CHARS,
    TITLE_CHARS,
    Feed,
    feed_base_url,
    names,
    page_url,
)
from crawler.discover.plain import Markup, headline, paragraphs, plain_text
from crawler.errors import FeedError
from crawler.items import Candidate

_PERIODS_S: Final = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_MAX_DIGITS: Final = 9
_JSON_PREFIX: Final = b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"  # white space, and the byte order marks and NULs of UTF-16
# Exceptions that feedparser raises on hostile markup, besides those that it reports as "bozo".
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

    At most 5,000 entries. Dates are aware; a date without zone counts as UTC, an implausible one is None.
    Raises FeedError for content that is empty, over 50 MB, HTML, or not in a feed format.
    """
    if body[:64].translate(None, _JSON_PREFIX).startswith(b"{"):
        return read_json_feed(body, url, content_type)
    feed = _feed(_parsed(body, url, content_type), url)
    if feed.unusable or any(one.own for one in feed.candidates):  # articles in the feed: parse again, with their text
        feed = _feed(_parsed(body, url, content_type, whole=True), url, whole=True)
    return feed


def _parsed(body: bytes, url: str, content_type: str, *, whole: bool = False) -> Mapping[str, Any]:
    headers = {"content-type": "application/xml; charset=utf-8"}  # no address: without xml:base, links stay relative
    try:
        parsed: Mapping[str, Any] = feedparser.parse(  # a stream: feedparser may open a string as a file or URL
            BytesIO(clean_xml(body, url, content_type, whole=whole)),
            response_headers=headers,
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except _PARSER_FAILURES as error:
        raise FeedError(f"too broken to read ({type(error).__name__}: {error})", subject=url) from error
    return parsed


def _feed(parsed: Mapping[str, Any], url: str, *, whole: bool = False) -> Feed:
    about, entries, kind = parsed["feed"], parsed["entries"], parsed.get("version") or "unknown"
    if kind == "unknown" and not entries and not about:
        raise FeedError("not a known feed format", subject=url)
    language, is_atom = _text(about, "language"), kind.startswith("atom")
    site, own = page_url(_text(about, "link"), url), _link(about, "self", url)
    base = feed_base_url(url, site, own, by_site=not is_atom)
    title = _headline(about, is_atom=is_atom)
    found = (_candidate(entry, url, base, language, is_atom=is_atom, whole=whole) for entry in entries)
    usable = items(found, url, {title, site, own})
    return Feed(
        title=title,
        candidates=usable.candidates,
        unusable=usable.unusable,
        language=language,
        ttl_s=_ttl_s(about),
        updated=read_instant(_text(about, "updated"), language),
        hub=_link(about, "hub", url),
        self_url=own,
        site_url=site,
        kind=kind,
        entries=len(entries),
        podcast=sum(map(_has_media, entries)) > PODCAST_SHARE * max(1, len(entries)),
    )


def _candidate(
    entry: Mapping[str, Any], feed_url: str, base: str, language: str, *, is_atom: bool, whole: bool
) -> Candidate:
    link = page_url(_text(entry, "feedburner_origlink") or _page(entry, is_atom=is_atom), base)
    item_language = _text(entry, "language") or language
    published = read_listed(_text(entry, "published") or _text(entry, "created"), item_language)
    modified = read_listed(_text(entry, "updated"), item_language)
    if published is None and not is_atom:  # RSS has no modification date: dc:date is the publication
        published, modified = modified, None
    return Candidate(
        url=link,
        title=_headline(entry, is_atom=is_atom),
        published=published.utc if published else None,
        modified=modified.utc if modified else None,
        summary=plain_text(_text(entry, "summary"), SUMMARY_CHARS),
        language=item_language,
        tags=names(_text(tag, "label") or _text(tag, "term") for tag in _list(entry, "tags")),
        authors=names(_text(author, "name") for author in _list(entry, "authors")),
        listed_in=feed_url,
        published_uncertain=published is not None and not published.exact,
        guid=_text(entry, "id"),
        text=_own_text(entry) if whole else "",
    )


def _own_text(entry: Mapping[str, Any]) -> str:
    """Return the entry's content, else its summary, as paragraphs."""
    longest = max((_text(part, "value") for part in _list(entry, "content")), key=len, default="")
    return paragraphs(longest or _text(entry, "summary"), MAX_OWN_CHARS)


def _headline(values: Mapping[str, Any], *, is_atom: bool) -> str:
    """Return the title of a feed or an entry, in the format that Atom declares; RSS does not declare it."""
    details = dict.get(values, "title_detail") if isinstance(values, dict) else None
    declared = _text(details, "type") if isinstance(details, dict) else ""
    markup = Markup.EITHER if not is_atom else Markup.HTML if "html" in declared else Markup.TEXT
    return headline(_text(values, "title"), markup, TITLE_CHARS)


def _text(values: Mapping[str, Any], key: str) -> str:
    # dict.get, because feedparser's own getter falls back to other keys with a warning
    value = dict.get(values, key) if isinstance(values, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _list(values: Mapping[str, Any], key: str) -> list[Any]:
    value = dict.get(values, key) if isinstance(values, dict) else None
    return value if isinstance(value, list) else []


def _links(values: Mapping[str, Any], rel: str) -> Iterator[str]:
    return (_text(link, "href") for link in _list(values, "links") if _text(link, "rel") == rel)


def _link(values: Mapping[str, Any], rel: str, base: str) -> str:
    return page_url(next(_links(values, rel), ""), base)


def _page(entry: Mapping[str, Any], *, is_atom: bool) -> str:
    """Return the link of an entry, else its id if it is an address and RSS does not deny that it is a permalink."""
    guid, is_link = _text(entry, "id"), dict.get(entry, "guidislink") if isinstance(entry, dict) else None
    link = "" if is_link and _text(entry, "link") == guid else _text(entry, "link")
    usable = guid.startswith("http") and (is_atom or is_link)
    return link or next(_links(entry, "alternate"), "") or (guid if usable else "")


def _has_media(entry: Mapping[str, Any]) -> bool:
    return any(_text(enclosure, "type").startswith(MEDIA_TYPES) for enclosure in _list(entry, "links"))


def _ttl_s(about: Mapping[str, Any]) -> int | None:
    """Return the seconds from <ttl> (minutes), else from sy:updatePeriod and sy:updateFrequency; a minute to a week."""
    minutes, frequency = _number(about, "ttl"), _number(about, "sy_updatefrequency")
    seconds = minutes * 60 or _PERIODS_S.get(_text(about, "sy_updateperiod").lower(), 0) / max(1, frequency)
    return min(max(int(seconds), MIN_TTL_S), MAX_TTL_S) if seconds else None


def _number(values: Mapping[str, Any], key: str) -> int:
    digits = _text(values, key)[:_MAX_DIGITS]
    return int(digits) if digits.isdecimal() else 0
