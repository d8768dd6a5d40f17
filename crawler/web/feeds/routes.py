"""The feeds: /feeds/all.rss, /feeds/{source,tag,rule,search}/NAME.{rss,atom,json,jsonl}, /feeds.opml.

Feed readers send conditional requests (ETag, Last-Modified) and mostly receive 304. If the page has a password, they
send a token with the scope `read` in the address (`?token=`) or as the password of HTTP Basic.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from itertools import groupby
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request, Response

from crawler.archive import ArticleRow
from crawler.usecases.search import article_page
from crawler.web.api.access import READ_FEED
from crawler.web.feeds.choosing import Feed, everything, feed_of, feeds_of
from crawler.web.feeds.entries import Heading, entry_of, plain, urn
from crawler.web.feeds.json_feed import json_feed, json_lines
from crawler.web.feeds.xml import atom, opml, rss
from crawler.web.site import Site, SiteOf
from settings import VERSION, env

ENTRIES = 50
MOST = 200
CACHE = "private, max-age=60"  # private: an address may hold a token
MEDIA = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
    "jsonl": "application/x-ndjson",
}
GROUPS = {"all": "All articles", "source": "Sources", "tag": "Tags", "rule": "Rules", "search": "Saved searches"}

router = APIRouter(include_in_schema=False, dependencies=[READ_FEED])
Count = Annotated[int, Query(ge=1, le=MOST, description="Maximum number of entries.")]


@router.api_route("/feeds.opml", methods=["GET", "HEAD"])
def list_of_feeds(
    request: Request,
    site: SiteOf,
    format: Literal["rss", "atom", "json"] = "rss",  # noqa: A002
) -> Response:
    """Return all feeds as OPML, for a feed reader. A token in the address is copied to the addresses of the feeds."""
    token = request.query_params.get("token", "")
    suffix = f"?{urlencode({'token': token})}" if token else ""
    base = site.addresses.base
    groups = {
        GROUPS[kind]: [(plain(feed.title), f"{base}{feed.path}.{format}{suffix}", base + feed.page) for feed in feeds]
        for kind, feeds in groupby(feeds_of(site), lambda feed: feed.kind)
    }
    return _answer(request, opml("Wirewatch", groups), "text/x-opml", None)


@router.api_route("/feeds/{file}", methods=["GET", "HEAD"])
def all_articles(request: Request, site: SiteOf, file: str, n: Count = ENTRIES) -> Response:
    """Return the latest articles of all sources."""
    name, form = _split(file)
    if name != "all":
        raise HTTPException(404, "This feed does not exist.")
    return _feed(request, site, everything(), form, n)


@router.api_route("/feeds/{kind}/{file:path}", methods=["GET", "HEAD"])
def some_articles(request: Request, site: SiteOf, kind: str, file: str, n: Count = ENTRIES) -> Response:
    """Return the latest articles of a source, a tag, a rule or a saved search."""
    name, form = _split(file)
    feed = feed_of(site, kind, name)
    if feed is None:
        raise HTTPException(404, "This feed does not exist. /feeds.opml lists all feeds.")
    return _feed(request, site, feed, form, n)


def _split(file: str) -> tuple[str, str]:
    name, _, form = file.rpartition(".")
    if form not in MEDIA:
        raise HTTPException(404, f"The address of a feed must end with {', '.join('.' + form for form in MEDIA)}.")
    return name, form


def _feed(request: Request, site: Site, feed: Feed, form: str, count: int) -> Response:
    rows = [row for row, _ in article_page(site.archive, feed.query, feed.selection, count, bodies=True).matches]
    newest = max((row.article.found for row in rows if row.article.found), default=None)
    body = _written(_heading(site, feed, form, rows), form, rows)
    answer = _answer(request, body, MEDIA[form], newest)
    hub = env.web_hub(site.environ)
    if hub:
        answer.headers["Link"] = f'<{hub}>; rel="hub", <{site.addresses.base}{feed.path}.{form}>; rel="self"'
    return answer


def _written(heading: Heading, form: str, rows: Sequence[ArticleRow]) -> bytes:
    if form == "jsonl":
        return json_lines(rows)
    if form == "json":
        return json_feed(heading, ((entry_of(row), row) for row in rows))
    return (rss if form == "rss" else atom)(heading, map(entry_of, rows))


def _heading(site: Site, feed: Feed, form: str, rows: Sequence[ArticleRow]) -> Heading:
    address = f"{site.addresses.base}{feed.path}"
    return Heading(
        id=urn(address),
        title=plain(f"Wirewatch: {feed.title}"),
        description=plain(f"{feed.title}, newest first"),
        address=f"{address}.{form}",
        page=site.addresses.base + feed.page,
        updated=max((entry_of(row).updated for row in rows), default=None),
        generator=f"Wirewatch {VERSION}",
        hub=env.web_hub(site.environ),
    )


def _answer(request: Request, body: bytes, media: str, newest: datetime | None) -> Response:
    """Return the body, or 304 if the client has it (RFC 9110, 13.2.2: an ETag takes precedence over a date)."""
    headers = {"ETag": f'W/"{sha256(body).hexdigest()[:32]}"', "Cache-Control": CACHE}
    if newest is not None:
        headers["Last-Modified"] = format_datetime(newest.astimezone(UTC), usegmt=True)
    if _not_modified(request, headers["ETag"], newest):
        return Response(status_code=304, headers=headers)
    charset = "" if media.endswith("json") else "; charset=utf-8"
    return Response(body, media_type=f"{media}{charset}", headers=headers)


def _not_modified(request: Request, etag: str, newest: datetime | None) -> bool:
    known = request.headers.get("if-none-match")
    if known is not None:
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        return "*" in tags or etag.removeprefix("W/") in tags
    since = request.headers.get("if-modified-since")
    if since is None or newest is None:
        return False
    try:
        return newest.replace(microsecond=0) <= parsedate_to_datetime(since).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return False
