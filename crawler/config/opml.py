"""Import and export of OPML 2.0 (opml.org/spec2), the format of feed lists in feed readers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from xml.etree.ElementTree import Element, ParseError, SubElement, indent, tostring

import defusedxml
from defusedxml.ElementTree import fromstring

from crawler.config.invalid_value import InvalidValue
from crawler.config.kinds import read_url, slug, suggest_id
from crawler.config.sources import Source
from crawler.errors import FeedError
from crawler.text.charset import decode

MAX_BYTES = 16 * 2**20
MAX_DEPTH = 20
Entry = dict[str, object]
_DECLARATION = re.compile(r"<\?xml[^>]*\?>")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});)\w{0,30};?")


@dataclass(frozen=True, slots=True)
class Import:
    """The result of an import: sources as in the watch file, and skipped entries, each with the reason."""

    sources: tuple[Entry, ...]
    skipped: tuple[str, ...]


def read_opml(data: bytes, known: Iterable[Source], *, subject: str) -> Import:
    """Import the feeds of an OPML file; the outlines around a feed and its categories become its tags.

    Feeds in `known`, duplicates and feeds without a valid address are skipped and reported. A bare `&`, HTML entities
    and a wrong charset are corrected. Raises `FeedError` for content that is not OPML, is larger than 16 MiB, or uses
    unsafe XML (custom entities, external documents).
    """
    if len(data) > MAX_BYTES:
        raise FeedError(f"more than {MAX_BYTES // 2**20} MiB, which is probably not a list of feeds", subject=subject)
    try:
        root = _parsed(data)
    except defusedxml.DefusedXmlException as error:
        raise FeedError("XML with custom entities is not supported", subject=subject) from error
    except (ParseError, ValueError, LookupError) as error:
        raise FeedError(f"not an OPML file ({error})", subject=subject) from error
    body = root.find("body")
    if root.tag != "opml" or body is None:
        raise FeedError("not an OPML file (no <opml> with a <body>)", subject=subject)
    return _collect(_outlines(body, ()), known)


def _parsed(data: bytes) -> Element:
    """Parse XML; if it is not well-formed, correct common errors of exports and parse it again."""
    try:
        return _root(data)
    except ParseError:
        text = _DECLARATION.sub("", _CONTROL.sub("", decode(data)).lstrip("\ufeff \t\r\n"))
        return _root(_AMPERSAND.sub(_escaped, text).encode("utf-8", "replace"))


def _root(data: bytes) -> Element:
    root: Element = fromstring(data, forbid_dtd=False)
    return root


def _escaped(found: re.Match[str]) -> str:
    """Return the character of an HTML entity such as `&eacute;`, else an escaped ampersand."""
    letter = unescape(found[0])
    return letter if letter != found[0] and found[0].endswith(";") else f"&amp;{found[0][1:]}"


def _outlines(parent: Element, tags: tuple[str, ...]) -> Iterator[tuple[Element, tuple[str, ...]]]:
    """Yield the outlines that are feeds, each with the folders around it."""
    for outline in parent.findall("outline"):
        if outline.get("xmlUrl"):
            yield outline, tags
        elif len(tags) < MAX_DEPTH:
            yield from _outlines(outline, (*tags, _title(outline)))


def _title(outline: Element) -> str:
    return (outline.get("text") or outline.get("title") or "").strip()


def _collect(outlines: Iterable[tuple[Element, tuple[str, ...]]], known: Iterable[Source]) -> Import:
    names, urls = set[str](), dict[str, str]()
    for source in known:
        names.add(source.id)
        urls[source.url] = source.id
    sources: list[Entry] = []
    skipped: list[str] = []
    invalid_tags: dict[str, None] = {}
    for outline, folders in outlines:
        url = _address(outline.get("xmlUrl") or "")
        written = url.replace("${", "$${")  # an imported file must not read our environment
        title = _title(outline) or url[:100]
        try:
            read_url(url)
        except InvalidValue as error:
            skipped.append(f"{title}: {error.found}")
            continue
        if url in urls:
            skipped.append(f"{title}: same address as {urls[url]}")
            continue
        name = _unique(slug(_title(outline)) or suggest_id(url), names)
        urls[url] = name
        tags = {text: slug(text) for text in (*folders, *_categories(outline)) if text.strip()}
        invalid_tags.update(dict.fromkeys(text.strip()[:100] for text, tag in tags.items() if not tag))
        named = list(dict.fromkeys(filter(None, tags.values())))
        sources.append({"id": name, "feed": written} | ({"tags": named} if named else {}))
    skipped += (f"tag {text}: tags consist of lowercase Latin letters, digits and hyphens" for text in invalid_tags)
    return Import(tuple(sources), tuple(skipped))


def _address(url: str) -> str:
    """Convert `feed://example.org/rss` and `feed:https://...` to http(s) URLs."""
    url = url.strip().removeprefix("feed:")
    return f"http:{url}" if url.startswith("//") else url


def _categories(outline: Element) -> list[str]:
    """Split `category="/World/Africa,news"`: commas separate categories, slashes their levels."""
    return [part for path in (outline.get("category") or "").split(",") for part in path.split("/")]


def _unique(name: str, names: set[str]) -> str:
    """Return `name`, with a number appended if it is in use, and add it to `names`."""
    number, free = 1, name
    while free in names:
        number += 1
        free = f"{name[:58]}-{number}"
    names.add(free)
    return free


def write_opml(sources: Iterable[Source]) -> str:
    """Write the sources that are feeds as OPML, each under its first tag, all tags as categories."""
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = "Wirewatch sources"
    body = SubElement(root, "body")
    folders: dict[str, Element] = {}
    for source in sources:
        if source.feed is None:
            continue
        first = source.tags[0] if source.tags else ""
        if first and first not in folders:
            folders[first] = SubElement(body, "outline", text=first)
        attributes = {"type": "rss", "text": source.id, "xmlUrl": source.feed}
        if source.tags:
            attributes["category"] = ",".join(source.tags)
        SubElement(folders.get(first, body), "outline", attributes)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"
