"""A parser of Link headers (RFC 8288), as far as WebSub needs them. Pure."""

from __future__ import annotations

import re
from typing import Final

from crawler.discover.listing import page_url

_MAX_CHARS: Final = 8_000
_LINK: Final = re.compile(r"<([^<>]{1,2000})>([^<>]{0,500})")
_REL: Final = re.compile(r";\s{0,5}rel\s{0,5}=\s{0,5}(?:\"([^\"]{0,200})\"|([^\s;,\"]{1,200}))", re.IGNORECASE)


def link_relations(header: str, base: str) -> dict[str, str]:
    """Return the first absolute http(s) address of each relation in a Link header."""
    found: dict[str, str] = {}
    for target, parameters in _LINK.findall(header[:_MAX_CHARS]):
        relation = _REL.search(parameters)
        url = page_url(target, base)
        if relation and url:
            for name in (relation[1] or relation[2] or "").lower().split():
                found.setdefault(name, url)
    return found
