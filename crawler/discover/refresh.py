"""Where a page sends its reader by itself: `<meta http-equiv="refresh">` (HTML Living Standard, section 4.2.5.3).

Pages in between (of search engines, alert services, shorteners) have nothing else. Without JavaScript the content of
`<noscript>` counts, but many pages only ask there for a browser that has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, cast

from lxml import etree

from crawler.dedupe.urls import joined, registered_domain
from crawler.discover.links import base_of, parse_page

MAX_DELAY_S: Final = 10  # a longer one waits for the reader
AT_ONCE_S: Final = 1  # what is shown for no longer was not meant to be read
SHELL_CHARS: Final = 600  # a page in between says less than that
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
_SHOWN = etree.XPath(
    "//text()[not(ancestor::script or ancestor::style or ancestor::noscript or ancestor::template or ancestor::head)]"
)


def may_be_html(content_type: str) -> bool:
    """Tell whether a browser may show what is declared so as a page."""
    return "html" in content_type.lower() or not content_type.strip()


def refresh_target(html: bytes, url: str, content_type: str = "") -> str:
    """Return the address that a page's refresh leads to, "" for none that is to be followed.

    An immediate one is. One after a few seconds, or in `<noscript>`, only where the page itself says next to nothing.
    A page that only loads itself again leads nowhere.
    """
    head = html[:HEAD_BYTES]
    if not _HINT.search(head.replace(b"\x00", b"")):  # UTF-16
        return ""
    document = parse_page(head, url, content_type)
    if document is None:
        return ""
    base = base_of(document, url)
    for delay_s, link, in_noscript in _refreshes(document):
        target = joined(base, link)
        if not _is_elsewhere(target, url) or delay_s > MAX_DELAY_S:
            continue
        if in_noscript and _asks_for_scripts(target, url):
            continue
        if (delay_s <= AT_ONCE_S and not in_noscript) or (len(html) <= HEAD_BYTES and _is_shell(document)):
            return target
    return ""


def _refreshes(document: etree._Element) -> Iterator[tuple[int, str, bool]]:
    """Yield delay, link and whether it is in `<noscript>` of each refresh that names an address."""
    for meta in islice(document.iter("meta"), 500):
        found = _CONTENT.match(meta.get("content") or "")
        if (meta.get("http-equiv") or "").strip().lower() != "refresh" or not found:
            continue
        around = {str(one.tag) for one in meta.iterancestors()}
        link = _unquoted(found[2])
        if link and "template" not in around:
            yield int(found[1] or 0), link, "noscript" in around


def _unquoted(text: str) -> str:
    """Return the address in what follows the delay: `url=` may be missing, quotes may be, and may not be closed."""
    named = _URL_NAME.match(text)
    link = text[named.end() :] if named else text
    if link[:1] in {"'", '"'}:
        link = link[1:].partition(link[0])[0]
    return link.strip()


def _is_elsewhere(target: str, url: str) -> bool:
    is_web = target.lower().startswith(("http://", "https://")) and len(target) <= _MAX_URL_CHARS
    return is_web and target.partition("#")[0] != url.partition("#")[0]


def _asks_for_scripts(target: str, url: str) -> bool:
    """Tell whether a page of the same site only says that it needs JavaScript."""
    try:
        return registered_domain(target) == registered_domain(url) and _NO_SCRIPT.search(target) is not None
    except ValueError:
        return True


def _is_shell(document: etree._Element) -> bool:
    """Tell whether a page shows next to nothing."""
    texts = cast("list[str]", _SHOWN(document))
    return sum(len(text.strip()) for text in texts) <= SHELL_CHARS
