"""The headline: chosen among h1, JSON-LD, Open Graph and the title tag, which all know it differently."""

from __future__ import annotations

from html import unescape
from urllib.parse import urlsplit

from crawler.extract import jsonld
from crawler.extract.page import Page
from crawler.extract.words import key, squeeze

SEPARATORS = (" | ", " - ", " – ", " — ", " :: ", " » ", " · ", " • ", " / ", " ǀ ", "|")
_MIN_KEY = 8
_MIN_TITLE = 4


def candidates(page: Page) -> list[tuple[str, str]]:
    """Every headline the page names, as (where, text), without the site's name; best source first."""
    site = _site_keys(page)
    found = [
        *(("h1", h) for h in page.headings),
        ("json-ld", jsonld.string(page.ld.article.get("headline") or page.ld.article.get("name"))),
        ("og:title", page.meta("og:title")),
        ("twitter:title", page.meta("twitter:title")),
        ("meta:title", page.meta("title", "dc.title", "headline", "parsely-title", "sailthru.title")),
        ("title", page.title_tag),
    ]
    cleaned = ((where, without_site(squeeze(unescape(text)), site)) for where, text in found)
    return [(where, text) for where, text in cleaned if len(text) >= _MIN_TITLE and key(text) not in site]


def without_site(title: str, site: frozenset[str]) -> str:
    """`title` without a leading or trailing part that is the site's name."""
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


def _site_keys(page: Page) -> frozenset[str]:
    host = (urlsplit(page.url).hostname or "").removeprefix("www.")
    publisher = jsonld.string(page.ld.article.get("publisher"))
    names = {page.meta("og:site_name", "application-name", "al:ios:app_name", "twitter:site"), publisher, host}
    names |= {part for part in host.split(".")[:-1] if len(part) > 2}  # noqa: PLR2004 - "co", "uk" name no site
    return frozenset(k for name in names if (k := key(name)))


def keys(page: Page) -> frozenset[str]:
    """Keys of everything the page calls its title, to find the headline again in the body."""
    found = [text for _, text in candidates(page)] + [page.title_tag]
    for mark in SEPARATORS:
        if mark in page.title_tag:
            found += [page.title_tag.split(mark)[0], page.title_tag.rsplit(mark, 1)[0]]
    return frozenset(k for text in found if len(k := key(text)) >= _MIN_KEY)


def choose(page: Page) -> tuple[str, str]:
    """(headline, where it was found); ("", "") where the page has none.

    An h1 wins that another source repeats or begins with; else what two sources agree on; else the first of h1,
    JSON-LD, Open Graph and title tag.
    """
    found = candidates(page)
    others = [(where, key(text)) for where, text in found if where != "h1"]
    for where, text in found:
        folded = key(text)
        if where == "h1" and any(folded and (folded in o or o in folded) for _, o in others if len(o) >= _MIN_KEY):
            return text, where
    for where, text in found:
        if where != "h1" and sum(key(text) == o for _, o in others) > 1:
            return text, where
    return (found[0][1], found[0][0]) if found else ("", "")
