"""JSON Feed 1.1 (jsonfeed.org/version/1.1), and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from crawler.archive import ArticleRow
from crawler.archive.files.flat import rfc3339
from crawler.archive.files.formats import json_line
from crawler.web.feeds.entries import Entry, Heading


def json_feed(heading: Heading, entries: Iterable[tuple[Entry, ArticleRow]]) -> bytes:
    """Return a JSON Feed 1.1 document; `_wirewatch` holds additional fields."""
    found: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": heading.title,
        "description": heading.description,
        "home_page_url": heading.page,
        "feed_url": heading.address,
        "authors": [{"name": heading.generator}],
        "items": [_item(entry, row) for entry, row in entries],
    }
    if heading.hub:
        found["hubs"] = [{"type": "WebSub", "url": heading.hub}]
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


def json_lines(rows: Iterable[ArticleRow]) -> bytes:
    """Return articles with all fields as JSON Lines, as in exports."""
    return "".join(json_line(row) + "\n" for row in rows).encode()


def _item(entry: Entry, row: ArticleRow) -> dict[str, Any]:
    own = {"id": row.id, "source": row.article.source, "rules": list(row.rules), "found": _time(row.article.found)}
    item: dict[str, Any] = {
        "id": entry.id,
        "url": entry.link,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.html,
        "date_published": rfc3339(entry.published),
        "date_modified": rfc3339(entry.updated),
        "authors": [{"name": name} for name in entry.authors],
        "tags": list(entry.tags),
        "language": entry.language,
        "image": entry.image,
        "_wirewatch": own,
    }
    return {name: value for name, value in item.items() if value or name == "content_html"}


def _time(time: datetime | None) -> str:
    return rfc3339(time) if time else ""
