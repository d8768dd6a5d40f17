"""Metadata of a layout: meta tags, JSON-LD, a JSON-LD graph with references, a live blog, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from html import escape
from typing import Any

from crawler.demo.edition import Edition
from crawler.demo.schedule import Version, live_entries
from crawler.demo.truth import plain


def meta(version: Version, edition: Edition) -> str:
    """Return Open Graph and article tags as in https://ogp.me/#type_article."""
    story = version.story
    pairs = [
        ("property", "og:type", "article"),
        ("property", "og:title", version.title),
        ("property", "og:description", story.lead),
        ("property", "og:site_name", version.outlet.name),
        ("property", "og:url", edition.url(version)),
        ("property", "og:image", image_url(version, edition)),
        ("property", "article:published_time", iso(version, "published")),
        ("property", "article:modified_time", iso(version, "modified")),
        ("property", "article:section", story.section.capitalize()),
        ("name", "description", story.lead),
        *(("name", "author", author) for author in story.authors),
        *(("property", "article:tag", tag) for tag in story.tags),
    ]
    return "\n".join(f'<meta {kind}="{name}" content="{escape(value)}">' for kind, name, value in pairs)


def iso(version: Version, field: str) -> str:
    """Return one of its times in the outlet's own zone, in ISO 8601."""
    time: datetime = getattr(version, field)
    return time.astimezone(version.outlet.zone).isoformat()


def image_url(version: Version, edition: Edition, number: int = 0) -> str:
    """Return the address of its picture."""
    return f"{edition.bases[version.story.outlet]}/images/{version.listed:%Y%m%d%H%M%S}-{number}.svg"


def _article(version: Version, edition: Edition) -> dict[str, Any]:
    """Return the properties of https://schema.org/NewsArticle that newspapers fill in."""
    story = version.story
    free: dict[str, Any] = {"isAccessibleForFree": not story.teaser}
    if story.teaser:
        free["hasPart"] = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paywall"}
    kind = "Organization" if story.wire else "Person"
    return {
        "@type": "NewsArticle",
        "headline": version.title,
        "description": story.lead,
        "mainEntityOfPage": edition.url(version),
        "datePublished": iso(version, "published"),
        "dateModified": iso(version, "modified"),
        "inLanguage": story.language,
        "articleSection": story.section.capitalize(),
        "keywords": ", ".join(story.tags),
        "image": [image_url(version, edition)],
        "author": [{"@type": kind, "name": author} for author in story.authors],
        "publisher": {"@type": "NewsMediaOrganization", "name": version.outlet.name},
    } | free


def _script(data: dict[str, Any]) -> str:
    text = json.dumps({"@context": "https://schema.org"} | data, ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="application/ld+json">{text}</script>'


def json_ld(version: Version, edition: Edition) -> str:
    """Return one NewsArticle."""
    return _script(_article(version, edition))


def graph(version: Version, edition: Edition) -> str:
    """Return a @graph whose article names its authors and publisher by @id only."""
    article = _article(version, edition)
    home = edition.bases[version.story.outlet]
    people = [author | {"@id": f"{home}/#author-{n}"} for n, author in enumerate(article["author"])]
    publisher = article["publisher"] | {"@id": f"{home}/#publisher"}
    article["author"] = [{"@id": person["@id"]} for person in people]
    article["publisher"] = {"@id": publisher["@id"]}
    return _script({"@graph": [publisher, article, *people]})


def live(version: Version, edition: Edition) -> str:
    """Return a https://schema.org/LiveBlogPosting with its entries."""
    entries = live_entries(version.blocks)[1]
    updates = [
        {"@type": "BlogPosting", "headline": plain(entry[0]), "articleBody": "\n".join(map(plain, entry[1:]))}
        for entry in entries
    ]
    article = _article(version, edition)
    return _script(article | {"@type": "LiveBlogPosting", "liveBlogUpdate": updates})


PARTS: dict[str, Callable[[Version, Edition], str]] = {"meta": meta, "json_ld": json_ld, "graph": graph, "live": live}
