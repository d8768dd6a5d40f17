"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from crawler.discover.dates import read_date
from crawler.discover.feed_text import MAX_BYTES, MAX_ENTRIES
from crawler.discover.listing import (
    MEDIA_TYPES,
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


def read_json_feed(body: bytes, url: str) -> Feed:
    """Return the JSON Feed in `body`; at most 5,000 entries. Raises FeedError for other JSON and what is over 50 MB."""
    if len(body) > MAX_BYTES:
        raise FeedError(f"{len(body)} bytes are more than a feed may have ({MAX_BYTES})", subject=url)
    try:
        document = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise FeedError(f"broken JSON ({type(error).__name__}: {error})", subject=url) from error
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise FeedError("JSON, but no JSON Feed (no list of items)", subject=url)
    items = [item for item in document["items"][:MAX_ENTRIES] if isinstance(item, dict)]
    base = page_url(_text(document, "feed_url"), url) or url
    language = _text(document, "language")
    hubs = [_text(hub, "url") for hub in _dicts(document, "hubs") if _text(hub, "type").lower() == "websub"]
    return Feed(
        title=plain_text(_text(document, "title"), TITLE_CHARS),
        candidates=unique(_candidate(item, base, url, language) for item in items),
        language=language,
        hub=page_url(next(iter(hubs), ""), base),
        self_url=page_url(_text(document, "feed_url"), url),
        site_url=page_url(_text(document, "home_page_url"), url),
        kind="json",
        entries=len(items),
        podcast=sum(map(_has_media, items)) > PODCAST_SHARE * max(1, len(items)),
    )


def _candidate(item: Mapping[str, Any], base: str, feed_url: str, language: str) -> Candidate | None:
    link = page_url(_text(item, "url"), base) or page_url(_text(item, "external_url"), base)
    identity = _text(item, "id")
    link = link or (page_url(identity, base) if identity.startswith("http") else "")
    if not link:
        return None
    text = _text(item, "summary") or _text(item, "content_text") or _text(item, "content_html")
    tags = item.get("tags")
    return Candidate(
        url=link,
        title=plain_text(_text(item, "title"), TITLE_CHARS),
        published=read_date(_text(item, "date_published")),
        modified=read_date(_text(item, "date_modified")),
        summary=plain_text(text, SUMMARY_CHARS),
        language=_text(item, "language") or language,
        tags=names(tag for tag in (tags if isinstance(tags, list) else ()) if isinstance(tag, str)),
        authors=names(_text(author, "name") for author in (*_dicts(item, "authors"), item.get("author"))),
        listed_in=feed_url,
    )


def _has_media(item: Mapping[str, Any]) -> bool:
    return any(_text(attachment, "mime_type").startswith(MEDIA_TYPES) for attachment in _dicts(item, "attachments"))


def _dicts(values: Mapping[str, Any], key: str) -> Iterable[Mapping[str, Any]]:
    found = values.get(key)
    return [value for value in found if isinstance(value, dict)] if isinstance(found, list) else ()


def _text(values: object, key: str) -> str:
    found = values.get(key) if isinstance(values, dict) else None
    return found.strip() if isinstance(found, str) else ""
