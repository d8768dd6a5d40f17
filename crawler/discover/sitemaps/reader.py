"""Sitemaps (https://www.sitemaps.org/protocol.html) and Google's news extension: XML, gzip and plain text."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final, cast

from lxml import etree

from crawler.dates import read_instant, read_listed
from crawler.dedupe.urls import url_key
from crawler.discover.feeds import read_feed
from crawler.discover.listing import TITLE_CHARS, names, page_url, unique
from crawler.discover.plain import plain_text
from crawler.discover.sitemaps.compressed import inflate
from crawler.errors import FeedError, SitemapError
from crawler.items import Candidate
from crawler.text.charset import decode

MAX_BYTES: Final = 50 * 1024 * 1024  # the protocol's limit, uncompressed
MAX_URLS: Final = 50_000  # the same
_CHUNK_CHARS: Final = 65_536
_HEAD_CHARS: Final = 8_192
_MAX_CHILDREN: Final = 200  # elements read of one <url>, which may have a thousand images
_MAX_TEXT_CHARS: Final = 8_192

_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?(urlset|sitemapindex)(?=[\s/>])", re.IGNORECASE)
_FEED_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf)(?=[\s>])", re.IGNORECASE)
_HTML_ROOT = re.compile(r"<html(?=[\s>])", re.IGNORECASE)
_LINE = re.compile(r"https?://[^\r\n]{1,8000}")
# Also references to high code points: libxml2's recovery accepts surrogates; plain_text decodes the others.
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{2,4}|#[xX][0-9a-fA-F]{2,3});)")
_UNCLOSED_TAG = re.compile(r"<(?![!?])(?=[^<>]*<)")  # libxml2 takes quadratic time to recover from many
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Sitemap:
    """One sitemap: pages (each once, in order), or for an index the sitemaps below with their lastmod."""

    candidates: tuple[Candidate, ...] = ()
    children: tuple[tuple[str, datetime | None], ...] = ()
    news: bool = False  # some entries carry Google's news tags


def read_sitemap(body: bytes, url: str) -> Sitemap:
    """Return the sitemap in `body` (gzip or not), fetched from `url`; at most 50,000 pages or children.

    `published` comes from news tags, `modified` from lastmod. Images and videos are left out. Of broken XML,
    the valid beginning is read. Raises SitemapError for content that is empty, over 50 MB, or not a sitemap.
    """
    plain = _inflate(body, url)
    text = _CONTROL.sub("", decode(plain, url=url)).lstrip("\ufeff \t\r\n")
    head = text[:_HEAD_CHARS]
    root = _ROOT.search(head)
    if root is None:
        return _read_feed(plain, url) if _FEED_ROOT.search(head) else _read_text(text, head, url)
    text = _UNCLOSED_TAG.sub("&lt;", _BARE_AMPERSAND.sub("&amp;", text[root.start() :]))
    entries = _entries(text)
    if root[1].lower() == "sitemapindex":
        return Sitemap(children=_children(entries, url))
    news = False

    def pages() -> Iterator[Candidate | None]:
        nonlocal news
        for entry in entries:
            news = news or "publication_date" in entry or "title" in entry
            yield _candidate(entry, url)

    return Sitemap(candidates=unique(pages()), news=news)


def _inflate(body: bytes, url: str) -> bytes:
    """Return the decompressed bytes. Raises SitemapError beyond 50 MB (gzip bombs)."""
    try:
        body = inflate(body, MAX_BYTES + 1)
    except zlib.error as error:
        raise SitemapError(f"broken gzip ({error})", subject=url) from error
    if len(body) > MAX_BYTES:
        raise SitemapError(f"more than the {MAX_BYTES} bytes that a sitemap may have", subject=url)
    return body


def _read_feed(body: bytes, url: str) -> Sitemap:
    """Read RSS or Atom, which the protocol allows as a sitemap ("Other Sitemap formats")."""
    try:
        return Sitemap(candidates=read_feed(body, url).candidates)
    except FeedError as error:
        raise SitemapError(error.message, subject=url) from error


def _read_text(text: str, head: str, url: str) -> Sitemap:
    """Read a sitemap in plain text: one absolute URL a line."""
    if not text:
        raise SitemapError("empty, not a sitemap", subject=url)
    if not text.startswith(("http://", "https://")):
        reason = "an HTML page" if _HTML_ROOT.search(head) else "neither XML nor a list of URLs"
        raise SitemapError(f"{reason}, not a sitemap", subject=url)
    links = (page_url(line[0].strip(), url) for line in islice(_LINE.finditer(text), MAX_URLS))
    return Sitemap(candidates=unique(Candidate(url=link, listed_in=url) for link in links if link))


def _entries(text: str) -> Iterator[dict[str, str]]:
    """Yield the fields of each <url> or <sitemap>, with one of them in memory at a time."""
    parser = etree.XMLPullParser(
        events=("end",),
        tag=("{*}url", "{*}sitemap"),
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
    )
    parser.feed(b"<all>")  # a stray end tag then closes the sitemap's root, not the document
    count = 0
    for start in range(0, len(text), _CHUNK_CHARS):
        try:
            parser.feed(text[start : start + _CHUNK_CHARS].encode("utf-8", "replace"))
        except etree.XMLSyntaxError:
            return  # keep the entries so far
        for _, element in cast("Iterator[tuple[str, Any]]", parser.read_events()):
            yield _fields(element)
            count += 1
            if count == MAX_URLS:
                return
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def _fields(element: etree._Element) -> dict[str, str]:
    """Return the texts of the entry's own elements and of its news block, by local name."""
    fields: dict[str, str] = {}
    for child in islice(element, _MAX_CHILDREN):
        name = _local(child)
        if name in {"loc", "lastmod"}:
            fields.setdefault(name, (child.text or "")[:_MAX_TEXT_CHARS])
        elif name == "news":
            for part in child.iter():
                if part.text:
                    fields.setdefault(_local(part), part.text[:_MAX_TEXT_CHARS])
    return fields


def _local(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _candidate(entry: dict[str, str], sitemap_url: str) -> Candidate | None:
    link = _location(entry, sitemap_url)
    if not link:
        return None
    language = entry.get("language", "").strip()
    published = read_listed(entry.get("publication_date", ""), language)
    return Candidate(
        url=link,
        title=plain_text(entry.get("title", ""), TITLE_CHARS),
        published=published.utc if published else None,
        modified=read_instant(entry.get("lastmod", ""), language),
        language=language,
        tags=names(entry.get("keywords", "").split(",")),
        listed_in=sitemap_url,
        published_uncertain=published is not None and not published.exact,
    )


def _location(entry: dict[str, str], base: str) -> str:
    return page_url("".join(entry.get("loc", "").split()).replace("&amp;", "&"), base)


def _children(entries: Iterator[dict[str, str]], base: str) -> tuple[tuple[str, datetime | None], ...]:
    found: dict[int, tuple[str, datetime | None]] = {}
    for entry in entries:
        link = _location(entry, base)
        if link:
            found.setdefault(url_key(link), (link, read_instant(entry.get("lastmod", ""))))
    return tuple(found.values())
