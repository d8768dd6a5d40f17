"""Authors: names out of JSON-LD, meta tags and bylines, parted and cleaned of roles and agencies."""

from __future__ import annotations

import re
from typing import Any

from crawler.extract import jsonld
from crawler.extract.page import Page
from crawler.extract.words import squeeze

_METAS = (
    "author", "article:author", "parsely-author", "byl", "dc.creator", "sailthru.author", "cxenseparse:author",
    "og:article:author", "dcterms.creator", "authors", "twitter:data1",
)  # fmt: skip
_SPLIT = re.compile(r"\s{0,3}(?:,|;|\||\band\b|\bund\b|\bet\b|&|\by\b(?= [A-ZÁÉÍÓÚÑ])| · | / )\s{0,3}")
_PREFIX = re.compile(r"^(?:by|von|par|por|di|door|av|text|autor|author)\b[:\s]{1,3}", re.IGNORECASE)
_MAX_NAME = 60
_MAX_AUTHORS = 20


def find(page: Page) -> tuple[tuple[str, ...], str]:
    """(names in the page's order, where they were found); ((), "") where nobody is named."""
    article = page.ld.article
    found = _clean(_names(article.get("author") or article.get("creator"), page.ld.by_id, 0))
    if found:
        return found, "json-ld"
    for name in _METAS[:-1]:
        found = _clean([part for value in page.metas.get(name, ()) for part in split(value)])
        if found:
            return found, f"meta:{name}"
    linked = [
        squeeze(e.text_content())
        for e in page.tree.iter("a", "span", "div", "p", "address")
        if "author" in (e.get("rel") or "").split() or e.get("itemprop") == "author"
    ]
    found = _clean([part for text in linked if len(text) < 2 * _MAX_NAME for part in split(text)])
    return (found, "rel:author") if found else ((), "")


def split(text: str) -> list[str]:
    """The names in "By A, B and C"."""
    return [part for part in _SPLIT.split(_PREFIX.sub("", squeeze(text))) if part]


def _names(value: Any, by_id: dict[str, jsonld.Json], depth: int) -> list[str]:
    if isinstance(value, str):
        return split(jsonld.string(value))
    if isinstance(value, list):
        return [name for item in value[:_MAX_AUTHORS] for name in _names(item, by_id, depth)] if depth < 3 else []  # noqa: PLR2004
    if not isinstance(value, dict):
        return []
    node = value if value.get("name") else by_id.get(str(value.get("@id")), value)
    name = node.get("name")
    if isinstance(name, list | dict):
        name = jsonld.string(name)
    if not name and node.get("givenName"):
        name = f"{node.get('givenName')} {node.get('familyName') or ''}"
    return [jsonld.string(name)] if isinstance(name, str) else []


def _clean(names: list[str]) -> tuple[str, ...]:
    kept = (squeeze(_PREFIX.sub("", name)).strip(" ,;|") for name in names)
    plain = (n for n in kept if 1 < len(n) <= _MAX_NAME and "://" not in n and "@" not in n and "/" not in n)
    return tuple(dict.fromkeys(plain))[:_MAX_AUTHORS]
