"""The other metadata of a page: language, section, tags, image, canonical URL, access, agency."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from crawler.extract.fields import jsonld
from crawler.extract.fields.language import code
from crawler.extract.page.page import Page
from crawler.extract.words import squeeze

_AGENCIES = {
    "agence france presse": "AFP", "agence france-presse": "AFP", "afp": "AFP", "reuters": "Reuters",
    "thomson reuters": "Reuters", "associated press": "AP", "the associated press": "AP", "ap": "AP", "dpa": "dpa",
    "deutsche presse-agentur": "dpa", "ansa": "ANSA", "efe": "EFE", "agencia efe": "EFE", "tass": "TASS",
    "ria novosti": "RIA Novosti", "interfax": "Interfax", "xinhua": "Xinhua", "pti": "PTI",
    "press trust of india": "PTI", "ani": "ANI", "ians": "IANS", "pa media": "PA Media",
    "press association": "PA Media", "apa": "APA", "sda": "Keystone-SDA", "keystone-sda": "Keystone-SDA",
    "belga": "Belga", "anp": "ANP", "ritzau": "Ritzau", "ntb": "NTB", "stt": "STT", "čtk": "ČTK", "ctk": "ČTK",
    "pap": "PAP", "lusa": "Lusa", "bloomberg": "Bloomberg", "aap": "AAP", "kyodo": "Kyodo", "kyodo news": "Kyodo",
    "jiji": "Jiji", "yonhap": "Yonhap", "upi": "UPI", "the canadian press": "Canadian Press",
    "canadian press": "Canadian Press", "sid": "SID", "kna": "KNA", "epd": "epd", "bernama": "Bernama",
    "antara": "Antara", "anadolu agency": "Anadolu", "新华社": "Xinhua", "共同通信": "Kyodo", "時事通信": "Jiji",
}  # fmt: skip
_DATELINE = re.compile(
    r"^.{0,60}?(?:\((AFP|Reuters|REUTERS|dpa|ANSA|EFE|TASS|Xinhua|IANS|Kyodo|Yonhap|UPI|Bloomberg)\)"
    r"|(?:(?<=\d )|(?<=\d, ))\((AP|PTI|ANI)\)|\((AP|PTI|ANI)\)(?=\s?[-–—:])"  # also parties, classes, regions
    r"|\b(AFP|Reuters|REUTERS|dpa)\s?[-–—]|\b(AP)(?:\s?[–—]|\s-\s))"
)
_REGION = re.compile(r"[A-Za-z]{2,3}[-_](?:[A-Za-z]{4}[-_])?([A-Za-z]{2})")
_WORLDWIDE = frozenset(  # country domains that are sold worldwide
    ["ac", "ag", "ai", "am", "as", "bz", "cc", "cd", "cf", "co", "cx", "eu", "fm", "ga", "gg", "gl", "gq", "im", "io",
     "la", "ly", "me", "ml", "ms", "nu", "pw", "sc", "sh", "sr", "st", "su", "tk", "tl", "to", "tv", "vc", "vg", "ws"]
)  # fmt: skip
_SECOND_LEVEL = frozenset({"com", "co", "net", "org", "gov", "edu", "ac"})
_MAX_TAGS = 30
_LOCKED = frozenset({"false", "0", "no"})


def languages(page: Page, fallback: str = "") -> Iterator[tuple[str, str]]:
    """Yield (where, tag) of each language that the page declares, the most reliable first, then `fallback`."""
    root = page.tree
    yield "html", root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    yield "json-ld", jsonld.string(page.ld.article.get("inLanguage"))
    for name in ("content-language", "og:locale", "language", "dc.language", "inlanguage"):
        yield f"meta:{name}", page.meta(name).partition(",")[0]
    yield "source", fallback


def language(page: Page, fallback: str = "") -> str:
    """Return the ISO 639 code that the page declares first, else that of `fallback`; "" for none."""
    return next(filter(None, (code(tag) for _, tag in languages(page, fallback))), "")


def locale(page: Page, language: str) -> str:
    """Return `language` with the page's country, as a BCP 47 tag ("en-GB"), if its address or the page names one.

    The address takes precedence: "en-US" is the default of site software.
    """
    country = _country(page.url)
    if not country:
        tags = (tag for _, tag in languages(page) if code(tag) == language)
        country = next((found[1].upper() for tag in tags if (found := _REGION.fullmatch(tag.strip()))), "")
    return f"{language}-{country}" if country else language


def _country(url: str) -> str:
    """Return the country of the address's top-level domain, "" if that domain is sold worldwide."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    domain, _, top = host.rpartition(".")
    worldwide = top in _WORLDWIDE and domain.rpartition(".")[2] not in _SECOND_LEVEL
    if len(top) != 2 or not top.isalpha() or not domain or worldwide:  # noqa: PLR2004  ISO 3166
        return ""
    return "GB" if top == "uk" else top.upper()


def section(page: Page) -> str:
    """Return the section of the site, "" if the page names none."""
    value = page.ld.article.get("articleSection")
    return jsonld.string(value) or page.meta("article:section", "parsely-section", "section", "dc.subject")


def tags(page: Page) -> tuple[str, ...]:
    """Return the keywords and tags in the page's order, at most 30."""
    keywords = page.ld.article.get("keywords")
    named = keywords if isinstance(keywords, list) else jsonld.string(keywords).split(",")
    found = [jsonld.string(k) for k in named]
    found = found if any(found) else list(page.metas.get("article:tag", ()))
    found = found if any(found) else page.meta("news_keywords", "keywords", "parsely-tags").split(",")
    return tuple(dict.fromkeys(t for tag in found if 1 < len(t := squeeze(tag).strip("#")) <= 60))[:_MAX_TAGS]  # noqa: PLR2004


def image(page: Page) -> str:
    """Return the absolute URL of the lead image, "" if the page names none."""
    value = page.meta("og:image", "og:image:url", "twitter:image", "twitter:image:src")
    return _absolute(value or jsonld.string(page.ld.article.get("image")), page.base)


def canonical(page: Page) -> str:
    """Return the canonical URL (rel=canonical, then og:url), absolute, "" if the page declares none."""
    for link in page.tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            return _absolute(link.get("href") or "", page.base)
    return _absolute(page.meta("og:url"), page.base)


def lead(page: Page) -> str:
    """Return the page's own summary."""
    return page.meta("og:description", "description", "twitter:description") or jsonld.string(
        page.ld.article.get("description")
    )


def is_paywalled(page: Page) -> bool:
    """Return whether the page declares that its text is not free (isAccessibleForFree, article:content_tier)."""
    for node in (page.ld.article, *page.ld.articles):
        free = node.get("isAccessibleForFree")
        if free is not None:
            return str(free).strip().lower().rsplit("/", 1)[-1] in _LOCKED
    return page.meta("article:content_tier").lower() in ("locked", "metered", "paid", "premium")


def agency(authors: tuple[str, ...], text: str) -> str:
    """Return the wire service that the byline or the dateline credits, "" if none."""
    for author in authors:
        if author.lower() in _AGENCIES:
            return _AGENCIES[author.lower()]
    found = _DATELINE.match(text[:200])
    return _AGENCIES[found[found.lastindex or 1].lower()] if found else ""


def agency_of(name: str) -> str:
    """Return the wire service that `name` stands for, "" if it is not one."""
    return _AGENCIES.get(squeeze(name).lower(), "")


def _absolute(url: str, base: str) -> str:
    try:
        joined = urljoin(base, url.strip()) if url.strip() else ""
        return joined if urlsplit(joined).scheme in ("http", "https") else ""
    except ValueError:
        return ""
