"""The rest of what a page says about itself: language, section, tags, image, canonical URL, access, agency."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from crawler.extract import jsonld
from crawler.extract.page import Page
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
    r"^.{0,60}?(?:\((AFP|Reuters|REUTERS|AP|dpa|ANSA|EFE|TASS|Xinhua|PTI|ANI|IANS|Kyodo|Yonhap|UPI|Bloomberg)\)"
    r"|\b(AFP|Reuters|REUTERS|dpa|AP)\s?[-–—])"
)
_CODE = re.compile(r"^[a-zA-Z]{2,3}(?=$|[-_])")
_MAX_TAGS = 30
_ISO_639 = {"iw": "he", "in": "id", "no": "nb", "gr": "el", "ua": "uk", "jp": "ja", "cn": "zh", "cz": "cs", "dk": "da"}
_LOCKED = frozenset({"false", "0", "no"})


def language(page: Page, fallback: str = "") -> str:
    """ISO 639 code of the page, from html lang, then meta tags, then JSON-LD, then `fallback`."""
    root = page.tree
    declared = (
        root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "",
        page.meta("content-language", "og:locale", "language", "dc.language", "inlanguage"),
        jsonld.string(page.ld.article.get("inLanguage")),
        fallback,
    )
    for value in declared:
        found = _CODE.match(value.strip())
        if found:
            code = found[0].lower()
            return _ISO_639.get(code, code)
    return ""


def section(page: Page) -> str:
    """The section of the site, "" where it is not named."""
    value = page.ld.article.get("articleSection")
    return jsonld.string(value) or page.meta("article:section", "parsely-section", "section", "dc.subject")


def tags(page: Page) -> tuple[str, ...]:
    """Keywords and tags in the page's order, at most 30."""
    keywords = page.ld.article.get("keywords")
    named = keywords if isinstance(keywords, list) else jsonld.string(keywords).split(",")
    found = [jsonld.string(k) for k in named]
    found = found if any(found) else list(page.metas.get("article:tag", ()))
    found = found if any(found) else page.meta("news_keywords", "keywords", "parsely-tags").split(",")
    return tuple(dict.fromkeys(t for tag in found if 1 < len(t := squeeze(tag).strip("#")) <= 60))[:_MAX_TAGS]  # noqa: PLR2004


def image(page: Page) -> str:
    """Absolute URL of the lead image, "" where none is named."""
    value = page.meta("og:image", "og:image:url", "twitter:image", "twitter:image:src")
    return _absolute(value or jsonld.string(page.ld.article.get("image")), page.url)


def canonical(page: Page) -> str:
    """The URL the page calls its own (rel=canonical, then og:url), absolute, "" where it names none."""
    for link in page.tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            return _absolute(link.get("href") or "", page.url)
    return _absolute(page.meta("og:url"), page.url)


def lead(page: Page) -> str:
    """The page's own summary."""
    return page.meta("og:description", "description", "twitter:description") or jsonld.string(
        page.ld.article.get("description")
    )


def is_paywalled(page: Page) -> bool:
    """Whether the page says that its text is not free (isAccessibleForFree, article:content_tier)."""
    for node in (page.ld.article, *page.ld.articles):
        free = node.get("isAccessibleForFree")
        if free is not None:
            return str(free).strip().lower().rsplit("/", 1)[-1] in _LOCKED
    return page.meta("article:content_tier").lower() in ("locked", "metered", "paid", "premium")


def agency(authors: tuple[str, ...], text: str) -> str:
    """The wire service credited by the byline or the dateline, "" where none is."""
    for author in authors:
        if author.lower() in _AGENCIES:
            return _AGENCIES[author.lower()]
    found = _DATELINE.match(text[:200])
    return _AGENCIES[(found[1] or found[2]).lower()] if found else ""


def agency_of(name: str) -> str:
    """The wire service that `name` means, "" where it means none."""
    return _AGENCIES.get(squeeze(name).lower(), "")


def _absolute(url: str, base: str) -> str:
    try:
        joined = urljoin(base, url.strip()) if url.strip() else ""
        return joined if urlsplit(joined).scheme in ("http", "https") else ""
    except ValueError:
        return ""
