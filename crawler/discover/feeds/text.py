"""Sanitization of a feed for its parser: one charset, no DTD, no control characters, limits on every size.

feedparser spends about 15 µs on each tag, and its search for an e-mail address in an author takes quadratic time in
the longest word: with the limits below, 50 MB of any input take a few seconds at most.
"""

from __future__ import annotations

import re
from typing import Final

from crawler.errors import FeedError
from crawler.text.charset import decode

MAX_BYTES: Final = 50 * 1024 * 1024
MAX_ENTRIES: Final = 5_000
MAX_TAGS: Final = 200_000
MAX_TEXT_CHARS: Final = 4_000  # of one text node: summaries, not whole articles
MAX_ARTICLE_CHARS: Final = 200_000  # of one text node, for articles that exist only in the feed
MAX_CHARS: Final = 10_000_000  # of the whole result
_MAX_WORD_BYTES: Final = 300
_MAX_UNCLOSED: Final = 10
_HEAD_CHARS: Final = 65_536

_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?([A-Za-z][\w.-]{0,40})(?=[\s/>])")
_FEED_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf)(?=[\s>])", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!DOCTYPE(?:[^\[>]*\[(?:[^\]]|\](?!\s*>))*\]\s*>|[^\[>]*>)", re.IGNORECASE)
# Elements that are not needed, half of many feeds: whole articles, pictures, counters.
_COUNTERS: Final = r"(?:media|itunes|slash|wfw|georss|snf|webfeeds):[\w-]{1,40}"
_UNUSED = re.compile(rf"<(content:encoded|{_COUNTERS})(?=[\s/>])")
_UNUSED_WITH_ARTICLES = re.compile(rf"<({_COUNTERS})(?=[\s/>])")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ENTRY_END = re.compile(r"</(?:[\w.-]{1,40}:)?(?:item|entry)\s{0,9}>", re.IGNORECASE)
_OPEN_ENTITY = re.compile(r"&#?\w{0,30}$")
_WORD = rb"A-Za-z0-9_.+\-"
_LONG_WORD = re.compile(rb"(?<![%b])([%b]{%d})[%b]+" % (_WORD, _WORD, _MAX_WORD_BYTES, _WORD))
_WORD_MASK: Final = bytes(97 if re.match(b"[%b]" % _WORD, bytes([code])) else 32 for code in range(256))
_CLOSERS: Final = {"rss": "</channel></rss>", "feed": "</feed>", "rdf": "</rdf:RDF>"}
_NOT_FEEDS: Final = {
    "html": "an HTML page, not a feed",
    "urlset": "a sitemap, not a feed",
    "sitemapindex": "a sitemap index, not a feed",
    "opml": "an OPML list of feeds, not a feed",
}


def clean_xml(body: bytes, url: str, content_type: str, *, whole: bool = False) -> bytes:
    """Return the XML feed in UTF-8, without declaration and DTD, at most 5,000 entries; `whole`: with whole articles.

    Raises FeedError for content that is empty, over 50 MB, or not a feed.
    """
    if len(body) > MAX_BYTES:
        raise FeedError(f"{len(body)} bytes are more than a feed may have ({MAX_BYTES})", subject=url)
    text = _CONTROL.sub("", decode(body, content_type, url))
    start = _start(text, url)
    data = _bounded(text, start, whole=whole).encode("utf-8", "replace")
    if b"a" * (_MAX_WORD_BYTES + 1) in data.translate(_WORD_MASK):
        data = _LONG_WORD.sub(rb"\1", data)
    return b"<?xml version='1.0' encoding='utf-8'?>\n" + data


def _start(text: str, url: str) -> int:
    """Return the position of the feed's root element, after any warnings, comments or DTD."""
    if not text.strip("\ufeff \t\r\n"):
        raise FeedError("empty, not a feed", subject=url)
    head = text[:_HEAD_CHARS]
    doctype = _DOCTYPE.match(head, max(0, head.upper().find("<!DOCTYPE")))
    after = doctype.end() if doctype else 0
    root, feed = _ROOT.search(head, after), _FEED_ROOT.search(head, after)
    name = root[1].lower() if root else ""
    if feed is None or (name == "html" and "<?xml" not in head[: feed.start()]):
        reason = "an HTML page, not a feed" if doctype and "html" in doctype[0].lower() else ""
        reason = _NOT_FEEDS.get(name, reason) or (f"<{name}> is not the start of a feed" if name else "not XML")
        raise FeedError(reason, subject=url)
    return feed.start()


def _bounded(text: str, position: int, *, whole: bool) -> str:
    """Return the document from `position`: text nodes cut, comments dropped, closed if a limit cuts it."""
    root = _ROOT.match(text, position)
    chars, skipped = (MAX_ARTICLE_CHARS, _UNUSED_WITH_ARTICLES) if whole else (MAX_TEXT_CHARS, _UNUSED)
    kept: list[str] = []
    unclosed: set[str] = set()
    entries = size = tags = 0
    while entries < MAX_ENTRIES and tags < MAX_TAGS and size < MAX_CHARS:
        opening = text.find("<", position)
        if opening < 0:
            kept.append(_cut(text[position:], chars))
            return "".join(kept)
        words = _cut(text[position : min(opening, position + chars + 1)], chars)
        piece, position = _markup(text, opening, chars)
        unused = skipped.match(piece)
        if unused:
            piece, position = _skip(text, position, piece, unused[1], unclosed)
        kept += (words, piece)
        size += len(words) + len(piece)
        tags += 1
        entries += piece.startswith("</") and _ENTRY_END.fullmatch(piece) is not None
    return "".join(kept) + (_CLOSERS[root[1].lower()] if root else "")


def _skip(text: str, position: int, tag: str, name: str, unclosed: set[str]) -> tuple[str, int]:
    """Skip the element whose start tag ends at `position`, unless it is not closed within its entry."""
    if tag.endswith("/>"):
        return "", position
    if name in unclosed or len(unclosed) >= _MAX_UNCLOSED:
        return tag, position
    end = text.find(f"</{name}", position)
    if end < 0 or _ENTRY_END.search(text, position, end):
        unclosed.add(name)  # do not search again: many of them would take quadratic time
        return tag, position
    return "", _find(text, ">", end) + 1


def _cut(text: str, chars: int) -> str:
    """Return at most `chars` characters, not ending within an entity."""
    return text if len(text) <= chars else _OPEN_ENTITY.sub("", text[:chars])


def _markup(text: str, opening: int, chars: int) -> tuple[str, int]:
    """Return the tag, CDATA section or comment at `opening`, cut or dropped, and where it ends."""
    if text.startswith("<![CDATA[", opening):
        end = _find(text, "]]>", opening)
        return text[opening : min(end, opening + chars)] + "]]>", end + 3
    if text.startswith("<!--", opening):
        return "", _find(text, "-->", opening) + 3
    end = _find(text, ">", opening) + 1
    return text[opening : min(end, opening + chars)], end


def _find(text: str, mark: str, start: int) -> int:
    found = text.find(mark, start)
    return found if found >= 0 else len(text)
