"""The headline, chosen among h1, JSON-LD, Open Graph and the title tag, which often differ."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

from crawler.extract.fields import jsonld
from crawler.extract.page.page import Page
from crawler.extract.words import key, squeeze

SEPARATORS = (" | ", " - ", " – ", " — ", " :: ", " » ", " · ", " • ", " / ", " ǀ ", "|")
_NOTE = re.compile(r"\s+\((?:published|updated|veröffentlicht|publié|publicado) \d{4}\)$", re.IGNORECASE)
_WEIGHTS = {
    "json-ld": 1.8,
    "og:title": 1.2,
    "h1": 1.0,
    "heading": 0.8,
    "title": 0.3,
    "twitter:title": 0.3,
    "meta:title": 0.1,
}
_PREFERENCE = ("og:title", "json-ld", "h1", "heading", "title", "twitter:title", "meta:title")
_MIN_KEY = 8
_MIN_TITLE = 4


def candidates(page: Page) -> list[tuple[str, str]]:
    """Return every headline of the page as (where, text), without the site's name."""
    site = site_keys(page)
    found = [
        *(("h1", h) for h in page.headings),
        *(("heading", h) for h in page.entry_titles),
        ("json-ld", jsonld.string(page.ld.article.get("headline") or page.ld.article.get("name"))),
        ("og:title", page.meta("og:title")),
        ("twitter:title", page.meta("twitter:title")),
        ("meta:title", page.meta("title", "dc.title", "headline", "parsely-title", "sailthru.title")),
        ("title", page.title_tag),
    ]
    cleaned = [(where, _NOTE.sub("", without_site(squeeze(unescape(text)), site))) for where, text in found]
    named = [(where, text) for where, text in cleaned if len(text) >= _MIN_TITLE and key(text) not in site]
    return [(where, _without_section(text, [t for _, t in named])) for where, text in named]


def _without_section(title: str, others: list[str]) -> str:
    """Return `title` without the part after a separator, if another source has exactly the part before it."""
    for mark in SEPARATORS:
        head = title.rsplit(mark, 1)[0] if mark in title else ""
        if len(head) >= _MIN_TITLE and head in others:
            return head
    return title


def without_site(title: str, site: frozenset[str]) -> str:
    """Return `title` without a leading or trailing part that is the site's name."""
    for mark in SEPARATORS:
        while mark in title:
            head, tail = title.rsplit(mark, 1)
            if key(tail) in site:
                title = head
                continue
            head, tail = title.split(mark, 1)
            if key(head) not in site:
                break
            title = tail
    return title.strip()


def site_keys(page: Page) -> frozenset[str]:
    """Return the keys of the names of the site: its host, Open Graph site name and JSON-LD publisher."""
    host = (urlsplit(page.url).hostname or "").removeprefix("www.")
    publisher = jsonld.string(page.ld.article.get("publisher"))
    names = {page.meta("og:site_name", "application-name", "al:ios:app_name", "twitter:site"), publisher, host}
    names |= {*page.logos, _title_tail_of_logo(page)}
    names |= {part for part in host.split(".")[:-1] if len(part) > 2}  # noqa: PLR2004 - "co", "uk" name no site
    return frozenset(k for name in names if (k := key(name)))


def _title_tail_of_logo(page: Page) -> str:
    """Return the last part of the page's title if a logo in a heading shows that it is the site's name."""
    for mark in SEPARATORS:
        tail = page.title_tag.rpartition(mark)[2] if mark in page.title_tag else ""
        if tail and key(tail) in {key(logo) for logo in page.logos}:
            return tail
    return ""


def title_keys(page: Page, *more: str) -> frozenset[str]:
    """Return the keys of all titles of the page, to find the headline again in the body."""
    found = [text for _, text in _voters(candidates(page))] + [page.title_tag, *more]
    for mark in SEPARATORS:
        if mark in page.title_tag:
            found += [page.title_tag.split(mark)[0], page.title_tag.rsplit(mark, 1)[0]]
    return frozenset(k for text in found if len(k := key(text)) >= _MIN_KEY)


def choose(page: Page) -> tuple[str, str]:
    """Return (headline, where it was found); ("", "") if the page has none.

    The sources vote with `_WEIGHTS`; headlines with the same key are one candidate. Among the spellings of the winner,
    machine-readable ones (Open Graph, then JSON-LD) take precedence over those of the visible page.
    """
    found = _voters(candidates(page))
    votes: dict[str, float] = {}
    for where, text in found:
        votes[key(text)] = votes.get(key(text), 0.0) + _WEIGHTS[where]
    if not votes:
        return "", ""
    most = max(votes.values())
    winners = [(where, text) for where, text in found if votes[key(text)] >= most - 1e-9]
    where, text = min(winners, key=lambda w: _PREFERENCE.index(w[0]))
    return text, where


def _voters(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return one candidate for each source; of several h1, the first that another source repeats, else the first."""
    others = {key(text) for where, text in found if where != "h1"}
    heads = [c for c in found if c[0] == "h1"]
    head = next((c for c in heads if key(c[1]) in others), heads[0] if heads else None)
    return ([head] if head else []) + [c for c in found if c[0] != "h1"]
