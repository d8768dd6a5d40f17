"""Responses with validators: an ETag of the body, and when the outlet last changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b
from urllib.parse import quote, unquote

from aiohttp import web

from crawler.demo import feeds
from crawler.demo.edition import Edition
from crawler.demo.layouts import template
from crawler.demo.outlets import OUTLETS
from crawler.demo.pages import article_page, labels, list_page, note_page

FILES: dict[str, tuple[str, Callable[[int, Edition], str]]] = {
    "/robots.txt": ("text/plain", feeds.robots),
    "/sitemap.xml": ("application/xml", feeds.sitemap_index),
    "/sitemap-news.xml": ("application/xml", feeds.news_sitemap),
    "/sitemap-articles.xml": ("application/xml", feeds.sitemap),
    "/site.css": ("text/css", lambda _outlet, _edition: template("site.css").template),
    OUTLETS[0].feed: ("application/rss+xml", feeds.rss),
    OUTLETS[1].feed: ("application/atom+xml", feeds.atom),
}
ONLY_OF = {OUTLETS[0].feed: 0, OUTLETS[1].feed: 1}
NOTES = {
    "/about": "We are a small newspaper that exists on this computer only. Its people and towns are invented.",
    "/contact": "The newsroom can be reached at newsroom@example.org.",
    "/privacy": "This newspaper keeps nothing about its readers.",
    "/subscribe": "Subscriptions are sold out.",
}
FOLDERS = {
    "/archive/": "This article is in our archive, which opens on weekdays between ten and four.",
    "/topic/": "We are collecting our coverage of this topic. Please come back later.",
}
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 540">'
    '<rect width="960" height="540" fill="hsl({hue},35%,70%)"/>'
    '<circle cx="{x}" cy="200" r="120" fill="hsl({hue},45%,50%)"/></svg>'
)


def respond(request: web.Request, outlet: int, edition: Edition) -> web.Response:
    """Return the response to a GET or HEAD of an outlet's server; 304 if the client's copy is current."""
    path = quote(unquote(request.rel_url.raw_path))
    status, content_type, body = _find(path, outlet, edition)
    data = body.encode()
    response = web.Response(status=status, body=data, content_type=content_type, charset="utf-8")
    if status != 200:  # noqa: PLR2004
        return response
    changed = edition.changed(outlet).replace(microsecond=0)
    response.headers["ETag"] = tag = f'"{blake2b(data, digest_size=8).hexdigest()}"'
    response.headers["Last-Modified"] = format_datetime(changed, usegmt=True)
    response.headers["Cache-Control"] = "max-age=5"
    if _is_current(request, tag, changed):
        response.body = None
        response.set_status(304)
    return response


def _is_current(request: web.Request, tag: str, changed: datetime) -> bool:
    """Return whether the client's copy is current; If-None-Match takes precedence (RFC 9110, section 13.2.2)."""
    if tags := request.headers.get("If-None-Match"):
        return tag in {part.strip().removeprefix("W/") for part in tags.split(",")}
    try:
        since = parsedate_to_datetime(request.headers.get("If-Modified-Since", ""))
    except ValueError:
        return False
    return since.tzinfo is not None and changed <= since


def _find(path: str, outlet: int, edition: Edition) -> tuple[int, str, str]:
    """Return status, content type and body of a path."""
    if path in FILES and ONLY_OF.get(path, outlet) == outlet:
        content_type, make = FILES[path]
        return 200, content_type, make(outlet, edition)
    if path.startswith("/images/"):
        hue = sum(path.encode()) % 360
        return 200, "image/svg+xml", SVG.format(hue=hue, x=200 + hue)
    return _page(path, outlet, edition)


def _page(path: str, outlet: int, edition: Edition) -> tuple[int, str, str]:
    section = path.strip("/")
    if path == "/" or (section in OUTLETS[outlet].sections and path == f"/{section}/"):
        return 200, "text/html", list_page(outlet, section, edition)
    note = NOTES.get(path) or next((text for start, text in FOLDERS.items() if path.startswith(start)), "")
    if note:
        title = path.rpartition("/")[2].replace("-", " ").capitalize()
        return 200, "text/html", note_page(outlet, unquote(title), note, edition)
    return _article(path, outlet, edition)


def _article(path: str, outlet: int, edition: Edition) -> tuple[int, str, str]:
    kind = next((name for name in ("amp", "print") if path.startswith(f"/{name}/")), "")
    version = edition.at(outlet, path.removeprefix(f"/{kind}") if kind else path)
    if version is None or (kind == "amp" and version.story.layout != "twin"):
        title = labels("en")["l_missing"]
        return 404, "text/html", note_page(outlet, title, "We could not find what you were looking for.", edition)
    if version.gone:
        title = labels("en")["l_gone"]
        return version.gone, "text/html", note_page(outlet, title, "The article was withdrawn.", edition)
    return 200, "text/html", article_page(version, edition, kind)
