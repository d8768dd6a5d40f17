# ruff: noqa: E501 - phrase tables and patterns read best on one line
"""Authors: names from JSON-LD, meta tags and bylines, split and cleaned of notes and the site's own name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml.html import HtmlElement

from crawler.extract.boilerplate.labels import label
from crawler.extract.fields import jsonld, titles
from crawler.extract.fields.about import agency_of
from crawler.extract.page.ownership import is_foreign
from crawler.extract.page.page import Page
from crawler.extract.words import key, squeeze

_METAS = (
    "author", "article:author", "parsely-author", "byl", "dc.creator", "sailthru.author", "cxenseparse:author",
    "og:article:author", "dcterms.creator", "authors", "article.author",
)  # fmt: skip
_SPLIT = re.compile(r"\s{0,3}(?:,|;|\||&|、|،| · | / |(?<=\s)(?:and|und|et|og|och|ja|ve|en|és|și|и|та|و)(?=\s))\s{0,3}")
_LATIN_AND = re.compile(r"(?<=\w\s)[yei](?=\s[A-ZÀ-Þ])")  # Spanish y, Italian and Portuguese e, Polish and Catalan i
_PREFIX = re.compile(
    r"^(?:by|von|par|por|di|door|av|text|autore?a?|author|written by|reported by|story by|words by|oleh|penulis|автор)\b"
    r"[:\s]{1,3}",
    re.IGNORECASE,
)
_NOTE = re.compile(r"\s{0,3}[(\[][^()\[\]]{0,60}[)\]]\s{0,3}")
_UNSURE = {"byline", "listing"}  # these also name "admin" and the like
_BYLINE_CLASS = re.compile(
    r"(?:^|[-_\s])(?:author|byline|by-line|autor|auteur|verfasser)s?(?:$|[-_\s]|name)", re.IGNORECASE
)
_INVERTED = re.compile(r"([^\W\d_][\w'’-]+), ([^\W\d_][\w'’-]+(?: [^\W\d_]\.?)?)")  # "Surname, First"
_LINK_TEXT = re.compile(
    r"\s+(?:see (?:full )?bio|(?:full|read|view) bio|(?:see|view|visit) (?:full )?profile|follow\b|contact\b|e-?mail\b).*$",
    re.IGNORECASE,
)  # of a link behind the name
_ROLE = re.compile(
    r"(?:.* )?(?:editor|correspondent|reporter|(?:staff|senior|contributing) writer|columnist|journalist|producer|contributor"
    r"|redakteur(?:in)?|korrespondent(?:in)?|rédact(?:eur|rice)|redactora?|giornalista|inviat[oa])",
    re.IGNORECASE,
)
_MAX_NAME = 60
_MAX_AUTHORS = 20
_MAX_BYLINE = 120
_MAX_DEPTH = 3
_MAX_NAME_WORDS = 5


def find(page: Page, listed: tuple[str, ...] = ()) -> tuple[tuple[str, ...], str]:
    """Return (names in the page's order, where they were found); ((), "") if there are none.

    People take precedence over the publication: a source that names only the site is used if no other has names. The
    people `listed` with the page's address elsewhere take precedence over its visible bylines, by their full names.
    """
    site = titles.site_keys(page)
    publication: tuple[tuple[str, ...], str] = ((), "")
    for where, names in _sources(page, listed):
        found = _clean(names)
        persons = tuple(n for n in found if key(n) not in site and (where not in _UNSURE or _is_full_name(n)))
        if persons:
            return persons, where
        publication = publication if publication[0] else (found, where if found else "")
    return publication


def _sources(page: Page, listed: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    article = page.ld.article
    yield "json-ld", _names(article.get("author") or article.get("creator"), page.ld.by_id, 0)
    for name in _METAS:
        yield f"meta:{name}", [part for value in page.metas.get(name, ()) for part in split(value)]
    yield "meta:twitter:data1", split(page.meta("twitter:data1"))
    yield "listing", [part for name in listed for part in split(name)]
    yield "rel:author", _linked(page)
    yield "byline", _byline(page)


def split(text: str) -> list[str]:
    """Return the names in "By A, B and C"."""
    separated = _LATIN_AND.sub(",", _NOTE.sub(" ", _PREFIX.sub("", squeeze(text))))
    return [part for part in _SPLIT.split(separated) if part]


def from_byline(line: str) -> tuple[str, ...]:
    """Return the names in a line such as "By A and B | 30 September"; () if it does not begin with "by"."""
    head = re.split(r"\s[|–—-]\s|\||,\s(?=\d)", squeeze(line), maxsplit=1)[0]
    return _clean(split(head)) if _PREFIX.match(head) else ()


def _names(value: Any, by_id: dict[str, jsonld.Json], depth: int) -> list[str]:
    if isinstance(value, str):
        return split(jsonld.string(value))
    if isinstance(value, list):
        return (
            [n for item in value[:_MAX_AUTHORS] for n in _names(item, by_id, depth + 1)] if depth < _MAX_DEPTH else []
        )
    if not isinstance(value, dict):
        return []
    node = value if value.get("name") else by_id.get(str(value.get("@id")), value)
    name = jsonld.string(node.get("name"))
    if not name and node.get("givenName"):
        name = f"{jsonld.string(node.get('givenName'))} {jsonld.string(node.get('familyName'))}"
    inverted = _INVERTED.fullmatch(name) if node.get("@type") in ("Person", ["Person"]) else None
    if inverted and not any(part.isupper() or agency_of(part) for part in inverted.groups()):
        return [f"{inverted[2]} {inverted[1]}"]
    return split(name)


def _linked(page: Page) -> list[str]:
    """Return the names of the first byline with rel=author (later ones belong to other stories)."""
    found = [
        e for e in page.tree.iter("a", "span", "div", "p", "address")
        if ("author" in (e.get("rel") or "").split() or e.get("itemprop") == "author")
        and not is_foreign(e, page.identity, page.base)
    ]  # fmt: skip
    if not found:
        return []
    around = [*found[0].iterancestors()][:2]
    near = [e for e in found if any(a in around for a in [*e.iterancestors()][:2])]
    return [part for e in near if len(text := _spaced(e)) < _MAX_BYLINE for part in split(text)]


def _spaced(element: HtmlElement) -> str:
    """Return the text of an element with spaces between its children: "By" and "Travis" are two words."""
    return squeeze(" ".join(element.itertext()))


def _byline(page: Page) -> list[str]:
    where = (page.identity, page.base)
    for element in page.tree.iter("span", "div", "p", "a", "address", "li"):
        if _BYLINE_CLASS.search(element.get("class") or ""):
            text = _spaced(element)
            if 0 < len(text) < _MAX_BYLINE and not any(c.isdigit() for c in text) and not is_foreign(element, *where):
                return split(text)
    return []


def _clean(names: list[str]) -> tuple[str, ...]:
    bare = (_LINK_TEXT.sub("", squeeze(_NOTE.sub(" ", name))) for name in names)
    kept = (squeeze(_PREFIX.sub("", name)).strip(" ,;|:.-–•") for name in bare)
    found = [name for name in dict.fromkeys(kept) if _is_name(name)]
    people = [name for name in found if not _ROLE.fullmatch(name)]
    return tuple(people or found)[:_MAX_AUTHORS]


def _is_name(text: str) -> bool:
    if not 1 < len(text) <= _MAX_NAME or any(mark in text for mark in ("://", "@", "/", "www.", ":")):
        return False
    return not any(c.isdigit() for c in text) and any(c.isalpha() for c in text)


def _is_full_name(text: str) -> bool:
    """Return whether `text` is two to five capitalized words (or in a script without capitals), not a label or role."""
    parts = text.split()
    capital = sum(p[0].isupper() or not p[0].isascii() for p in parts)
    is_name = 1 < len(parts) <= _MAX_NAME_WORDS and capital > 1
    return is_name and not label(text) and not _ROLE.fullmatch(text)
