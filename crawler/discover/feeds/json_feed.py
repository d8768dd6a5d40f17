"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from crawler.dates import read_instant, read_listed
from crawler.discover.feeds.items import Items
from crawler.discover.feeds.items import items as feed_items
from crawler.discover.feeds.text import MAX_BYTES, MAX_ENTRIES
from crawler.discover.listing import (
    MAX_OWN_CHARS,
    MEDIA_TYPES,
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
from crawler.text.charset import decode


def read_json_feed(body: bytes, url: str, content_type: str = "") -> Feed:
    """Return the JSON Feed in `body`; at most 5,000 entries. Raises FeedError for other JSON, or over 50 MB."""
    if len(body) > MAX_BYTES:
        raise FeedError(f"{len(body)} bytes are more than a feed may have ({MAX_BYTES})", subject=url)
    try:
        document = json.loads(decode(body, content_type, url))
    except (ValueError, RecursionError) as error:
        raise FeedError(f"broken JSON ({type(error).__name__}: {error})", subject=url) from error
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise FeedError("JSON, but no JSON Feed (no list of items)", subject=url)
    items = [item for item in document["items"][:MAX_ENTRIES] if isinstance(item, dict)]
    own, site = page_url(_text(document, "feed_url"), url), page_url(_text(document, "home_page_url"), url)
    base = feed_base_url(url, site, own)
    language = _text(document, "language")
    hubs = [_text(hub, "url") for hub in _dicts(document, "hubs") if _text(hub, "type").lower() == "websub"]
    title = plain_text(_text(document, "title"), TITLE_CHARS)
    usable = _items(items, base, url, language, {title, site, own}, whole=False)
    if usable.unusable or any(one.own for one in usable.candidates):
        usable = _items(items, base, url, language, {title, site, own}, whole=True)
    return Feed(
        title=title,
        candidates=usable.candidates,
        unusable=usable.unusable,
        language=language,
        hub=page_url(next(iter(hubs), ""), base),
        self_url=own,
        site_url=site,
        kind="json",
        entries=len(items),
        podcast=sum(map(_has_media, items)) > PODCAST_SHARE * max(1, len(items)),
    )


def _items(
    found: Sequence[Mapping[str, Any]], base: str, url: str, language: str, names: Collection[str], *, whole: bool
) -> Items:
    return feed_items((_candidate(item, base, url, language, whole=whole) for item in found), url, names)


def _own_text(item: Mapping[str, Any]) -> str:
    """Return the item's content, else its summary, as paragraphs."""
    plain = _text(item, "content_text") or _text(item, "summary")
    return paragraphs(_text(item, "content_html"), MAX_OWN_CHARS) or paragraphs(
        escape(plain, quote=False), MAX_OWN_CHARS
    )


def _candidate(item: Mapping[str, Any], base: str, feed_url: str, language: str, *, whole: bool) -> Candidate:
    link = page_url(_text(item, "url"), base) or page_url(_text(item, "external_url"), base)
    raw_id = item.get("id")
    identity = str(raw_id) if isinstance(raw_id, int) else _text(item, "id")
    link = link or (page_url(identity, base) if identity.startswith("http") else "")
    text = _text(item, "summary") or _text(item, "content_text") or _text(item, "content_html")
    tags = item.get("tags")
    item_language = _text(item, "language") or language
    published = read_listed(item.get("date_published"), item_language)
    return Candidate(
        url=link,
        title=headline(_text(item, "title"), Markup.TEXT, TITLE_CHARS),
        published=published.utc if published else None,
        modified=read_instant(item.get("date_modified"), item_language),
        summary=plain_text(text, SUMMARY_CHARS),
        language=item_language,
        tags=names(tag for tag in (tags if isinstance(tags, list) else ()) if isinstance(tag, str)),
        authors=names(_text(author, "name") for author in (*_dicts(item, "authors"), item.get("author"))),
        listed_in=feed_url,
        published_uncertain=published is not None and not published.exact,
        guid=identity,
        text=_own_text(item) if whole else "",
    )


def _has_media(item: Mapping[str, Any]) -> bool:
    return any(_text(attachment, "mime_type").startswith(MEDIA_TYPES) for attachment in _dicts(item, "attachments"))


def _dicts(values: Mapping[str, Any], key: str) -> Iterable[Mapping[str, Any]]:
    found = values.get(key)
    return [value for value in found if isinstance(value, dict)] if isinstance(found, list) else ()


def _text(values: object, key: str) -> str:
    found = values.get(key) if isinstance(values, dict) else None
    return found.strip() if isinstance(found, str) else ""
