"""Links to other sites in the text of an article."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from lxml.html import HtmlElement

from crawler.dedupe.urls import joined, registered_domain
from crawler.extract.body.blocks import Block
from crawler.extract.citations.hosts import is_sister, may_be_outlet
from crawler.extract.page.marks import line_of, strip
from crawler.extract.page.page import Page
from crawler.extract.words import squeeze
from crawler.items import Citation

MOST: Final = 20  # sites of one article
_PER_SITE: Final = 3  # addresses
_MAX_ANCHORS: Final = 2_000
_MAX_URL: Final = 500  # characters
_NEAR: Final = 30  # characters of text on both sides of a link
_FRAMES: Final = ("header", "nav", "footer")
_PARAGRAPHS: Final = frozenset({"p", "li", "blockquote", "td", "h2", "h3", "h4", "dd"})

Link = tuple[str, str]
"""An address and the text of the link to it."""


def sites_of_frame(page: Page) -> frozenset[str]:
    """Return the sites that the header, navigation and footer of a page link to: its own other sites and partners.

    Called before these parts are removed from the tree.
    """
    found = (anchor for name in _FRAMES for part in page.tree.iter(name) for anchor in part.iter("a"))
    addresses = (_address(page, anchor) for anchor in islice(found, _MAX_ANCHORS))
    return frozenset(site for address in addresses if (site := site_of(address)))


def in_text(page: Page, kept: Sequence[Block], frame: frozenset[str]) -> list[Link]:
    """Return the links of the text that lead to other outlets: (address, text), in the page's order.

    `kept`: the blocks of the text; `frame`: the sites that are not counted. The tree has its links marked.
    """
    if not any(block.links for block in kept):
        return []
    text = squeeze(" ".join(block.text for block in kept))
    own = site_of(page.url)
    found: list[Link] = []
    for anchor in islice(page.tree.iter("a"), _MAX_ANCHORS):
        address = _address(page, anchor)
        site = site_of(address)
        if not site or site in frame or not may_be_outlet(site) or (own and is_sister(site, own)):
            continue
        if _is_in(anchor, text):
            found.append((address, line_of(anchor)))
    return found


def citations(links: Sequence[Link]) -> Iterator[Citation]:
    """Yield the links of at most MOST sites, at most three different addresses of each, as citations."""
    addresses: dict[str, dict[str, None]] = {}
    for address, _ in links:
        addresses.setdefault(site_of(address), {})[address] = None
    for site, some in islice(addresses.items(), MOST):
        yield from (Citation("link", site, address) for address in islice(some, _PER_SITE))


def site_of(address: str) -> str:
    """Return the registered domain of an address, "" if it has none."""
    try:
        return registered_domain(address) if address else ""
    except ValueError:
        return ""


def _address(page: Page, anchor: HtmlElement) -> str:
    href = (anchor.get("href") or "").strip()
    if len(href) > _MAX_URL or not href.lower().startswith(("http://", "https://", "//")):
        return ""  # a relative address is on the page's own site
    try:
        return joined(page.base, href)
    except ValueError:
        return ""


def _is_in(anchor: HtmlElement, text: str) -> bool:
    """Return whether the text holds the paragraph of a link, or the link with the words around it."""
    paragraph = next((one for one in anchor.iterancestors() if one.tag in _PARAGRAPHS), None)
    if paragraph is not None and (line := line_of(paragraph)):
        return line in text
    previous, parent = anchor.getprevious(), anchor.getparent()
    before = previous.tail if previous is not None else parent.text if parent is not None else ""
    near = squeeze(strip(f"{(before or '')[-_NEAR:]}{anchor.text_content()}{(anchor.tail or '')[:_NEAR]}"))
    return len(near) >= _NEAR and near in text
