"""RSS 2.0, Atom and OPML 2.0, built as trees: whatever an article contains, the document is well-formed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Any

from lxml import etree

from crawler.web.feeds.entries import Entry, Heading, plain

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
MEDIA = "http://search.yahoo.com/mrss/"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NAMES: Any = {None: ATOM}  # the default namespace, which the stubs do not know
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
TTL_MINUTES = 5


def rss(heading: Heading, entries: Iterable[Entry]) -> bytes:
    """Return RSS 2.0 (rssboard.org/rss-specification) with Atom's self link, Dublin Core's creator and full content."""
    root = etree.Element("rss", {"version": "2.0"}, {"atom": ATOM, "dc": DC, "content": CONTENT, "media": MEDIA})
    channel = _add(root, "channel")
    _add(channel, "title", heading.title)
    _add(channel, "link", heading.page)
    _add(channel, "description", escape(heading.description, quote=False))
    _add(channel, "generator", heading.generator)
    _add(channel, "docs", "https://www.rssboard.org/rss-specification")
    _add(channel, "ttl", str(TTL_MINUTES))
    if heading.updated is not None:
        _add(channel, "lastBuildDate", _rfc822(heading.updated))
    _add(channel, f"{{{ATOM}}}link", rel="self", type="application/rss+xml", href=heading.address)
    if heading.hub:
        _add(channel, f"{{{ATOM}}}link", rel="hub", href=heading.hub)
    for entry in entries:
        _rss_item(channel, entry)
    return _written(root)


def _rss_item(channel: etree._Element, entry: Entry) -> None:
    item = _add(channel, "item")
    _add(item, "title", entry.title)
    if entry.link:
        _add(item, "link", entry.link)
    _add(item, "guid", entry.id, isPermaLink="false")
    _add(item, "pubDate", _rfc822(entry.published))
    for author in entry.authors:
        _add(item, f"{{{DC}}}creator", author)
    for tag in entry.tags:
        _add(item, "category", tag)
    if entry.language:
        _add(item, f"{{{DC}}}language", entry.language)
    if entry.image:
        _add(item, f"{{{MEDIA}}}content", url=entry.image, medium="image")
    _add(item, "description", escape(entry.summary, quote=False))  # HTML, by RSS 2.0
    _add(item, f"{{{CONTENT}}}encoded", entry.html)


def atom(heading: Heading, entries: Iterable[Entry]) -> bytes:
    """Return an Atom feed (RFC 4287)."""
    root = etree.Element(f"{{{ATOM}}}feed", {}, _NAMES)
    _atom(root, "id", heading.id)
    _atom(root, "title", heading.title)
    _atom(root, "subtitle", heading.description)
    _atom(root, "updated", _rfc3339(heading.updated or _NEVER))
    _atom(root, "generator", heading.generator)
    _add(_atom(root, "author"), f"{{{ATOM}}}name", heading.generator)
    _atom(root, "link", rel="self", type="application/atom+xml", href=heading.address)
    _atom(root, "link", rel="alternate", type="text/html", href=heading.page)
    if heading.hub:
        _atom(root, "link", rel="hub", href=heading.hub)
    for entry in entries:
        _atom_entry(root, entry)
    return _written(root)


def _atom_entry(root: etree._Element, entry: Entry) -> None:
    found = _atom(root, "entry")
    if entry.language:
        found.set(_LANG, entry.language)
    _atom(found, "id", entry.id)
    _atom(found, "title", entry.title)
    _atom(found, "published", _rfc3339(entry.published))
    _atom(found, "updated", _rfc3339(entry.updated))
    for author in entry.authors:
        _add(_atom(found, "author"), f"{{{ATOM}}}name", author)
    if entry.link:
        _atom(found, "link", rel="alternate", href=entry.link)
    for tag in entry.tags:
        _atom(found, "category", term=tag)
    _atom(found, "summary", entry.summary)
    _atom(found, "content", entry.html, type="html")


def opml(title: str, groups: Mapping[str, Iterable[tuple[str, str, str]]]) -> bytes:
    """Return OPML 2.0 (opml.org/spec2). `groups`: by name, the feeds as (title, address, page)."""
    root = etree.Element("opml", {"version": "2.0"})
    _add(_add(root, "head"), "title", title)
    body = _add(root, "body")
    for group, feeds in groups.items():
        outline = _add(body, "outline", text=plain(group))
        for name, address, page in feeds:
            _add(outline, "outline", type="rss", text=name, title=name, xmlUrl=address, htmlUrl=page)
    return _written(root)


def _atom(parent: etree._Element, name: str, content: str | None = None, **attributes: str) -> etree._Element:
    return _add(parent, f"{{{ATOM}}}{name}", content, **attributes)


def _add(parent: etree._Element, name: str, content: str | None = None, **attributes: str) -> etree._Element:
    found = etree.SubElement(parent, name, {key: plain(value) for key, value in attributes.items()})
    found.text = None if content is None else plain(content)
    return found


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _rfc822(time: datetime) -> str:
    """Return `Mon, 23 Nov 2026 08:00:00 GMT`: RFC 822 with a four-digit year, as RSS allows."""
    return format_datetime(time.astimezone(UTC).replace(microsecond=0), usegmt=True)


def _rfc3339(time: datetime) -> str:
    return time.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
