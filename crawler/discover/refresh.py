"""Redirects within a page: by `<meta http-equiv="refresh">` (HTML Standard, section 4.2.5.3), or by a script alone.

Intermediate pages (of search engines, alert services, shorteners) contain nothing else. Without JavaScript the content
of `<noscript>` applies, but on many pages it only requires JavaScript.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, cast

from lxml import etree

from crawler.dedupe.urls import joined, registered_domain
from crawler.discover.links import page_base_url, parse_page

MAX_DELAY_S: Final = 10  # a longer one is a timeout for the reader
IMMEDIATE_S: Final = 1  # a page with a shorter delay is not meant to be read
MAX_SHELL_CHARS: Final = 600  # text of an intermediate page, at most
HEAD_BYTES: Final = 65_536
_MAX_URL_CHARS: Final = 2083
_HINT = re.compile(rb"http-equiv[^>]{0,20}refresh", re.IGNORECASE)
_SPACE: Final = "\t\n\f\r "
_CONTENT = re.compile(
    rf"[{_SPACE}]*(?:(\d{{1,9}})[\d.]*|\.[\d.]*)(?:[{_SPACE}]*[;,]|[{_SPACE}])[{_SPACE}]*(.+)", re.DOTALL
)
_URL_NAME = re.compile(rf"url[{_SPACE}]*=[{_SPACE}]*", re.IGNORECASE)
_NO_SCRIPT = re.compile(
    r"no-?_?java-?_?script|no-?_?js\b|no-?_?script|enable|unsupported|java-?_?script", re.IGNORECASE
)
_MAX_STUB_BYTES: Final = 8_192  # of a page that only redirects by a script
_LOCATION = re.compile(
    r"""(?<![\w$-])(?:(?:window|document|self|top|parent)\.){0,2}location
    (?:(?:\.href)?\s{0,9}=\s{0,9}|\.(?:replace|assign)\(\s{0,9})(["'])((?:https?:)?\\?/[^"'<>\s]{1,2083})\1
    \s{0,9}\)?\s{0,9}(?:[;}\n]|$)""",
    re.VERBOSE,
)
_SHOWN = etree.XPath(
    "//text()[not(ancestor::script or ancestor::style or ancestor::noscript or ancestor::template or ancestor::head)]"
)


def may_be_html(content_type: str) -> bool:
    """Return whether a browser may show this content type as a page."""
    return "html" in content_type.lower() or not content_type.strip()


def refresh_target(html: bytes, url: str, content_type: str = "") -> str:
    """Return the target of a page's refresh, "" if there is none to follow.

    An immediate refresh is followed. A delayed one, or one in `<noscript>`, is followed only if the page has hardly any
    text. A script is followed only if the page has hardly anything else. A page that reloads itself has no target.
    """
    head = html[:HEAD_BYTES]
    plain = head.replace(b"\x00", b"")  # of UTF-16
    is_stub = len(html) <= _MAX_STUB_BYTES and b"location" in plain
    if not is_stub and not _HINT.search(plain):
        return ""
    document = parse_page(head, url, content_type)
    if document is None:
        return ""
    base = page_base_url(document, url)
    for delay_s, link, in_noscript in _refreshes(document):
        target = joined(base, link)
        if not _is_other_page(target, url) or delay_s > MAX_DELAY_S:
            continue
        if in_noscript and _requires_javascript(target, url):
            continue
        if (delay_s <= IMMEDIATE_S and not in_noscript) or (len(html) <= HEAD_BYTES and _is_nearly_empty(document)):
            return target
    return _script_target(document, base, url) if is_stub else ""


def _script_target(document: etree._Element, base: str, url: str) -> str:
    """Return where the script of a page without text redirects, if it names one address and no other."""
    scripts = list(document.iter("script"))
    links = {found[2] for script in scripts for found in _LOCATION.finditer(script.text or "")}
    if len(links) != 1 or any(script.get("src") for script in scripts) or not _is_nearly_empty(document):
        return ""
    target = joined(base, links.pop().replace("\\/", "/"))
    return target if _is_other_page(target, url) and not _requires_javascript(target, url) else ""


def _refreshes(document: etree._Element) -> Iterator[tuple[int, str, bool]]:
    """Yield the delay and link of each refresh with an address, and whether it is in `<noscript>`."""
    for meta in islice(document.iter("meta"), 500):
        found = _CONTENT.match(meta.get("content") or "")
        if (meta.get("http-equiv") or "").strip().lower() != "refresh" or not found:
            continue
        around = {str(one.tag) for one in meta.iterancestors()}
        link = _unquoted(found[2])
        if link and "template" not in around:
            yield int(found[1] or 0), link, "noscript" in around


def _unquoted(text: str) -> str:
    """Return the address after the delay; `url=`, the quotes, or the closing quote may be missing."""
    named = _URL_NAME.match(text)
    link = text[named.end() :] if named else text
    if link[:1] in {"'", '"'}:
        link = link[1:].partition(link[0])[0]
    return link.strip()


def _is_other_page(target: str, url: str) -> bool:
    is_web = target.lower().startswith(("http://", "https://")) and len(target) <= _MAX_URL_CHARS
    return is_web and target.partition("#")[0] != url.partition("#")[0]


def _requires_javascript(target: str, url: str) -> bool:
    """Return whether the target is a page of the same site that requires JavaScript."""
    try:
        return registered_domain(target) == registered_domain(url) and _NO_SCRIPT.search(target) is not None
    except ValueError:
        return True


def _is_nearly_empty(document: etree._Element) -> bool:
    """Return whether a page shows hardly any text."""
    texts = cast("list[str]", _SHOWN(document))
    return sum(len(text.strip()) for text in texts) <= MAX_SHELL_CHARS
