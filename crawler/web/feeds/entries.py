"""Feed metadata and entries, independent of the format: safe, well-formed, with permanent ids."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from html import escape

import nh3
from w3lib.url import safe_url_string

from crawler.archive import ArticleRow
from crawler.items import Article
from crawler.notify.message import cut
from crawler.web.rendering import words

MAX_TEXT = 100_000  # characters
SUMMARY = 400
MAX_NAMES = 50
TAGS = {"p", "b"}
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2 (Char)
_NO_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")  # a sign that escapes nothing


@dataclass(frozen=True, slots=True)
class Heading:
    """The metadata of a feed. `page`: the page with the same articles; `updated`: None for an empty feed."""

    id: str
    title: str
    description: str
    address: str
    page: str
    updated: datetime | None
    generator: str
    hub: str = ""  # WebSub


@dataclass(frozen=True, slots=True)
class Entry:
    """The feed entry of an article. `html` is sanitised; all other texts are plain and on one line."""

    id: str  # urn:uuid:...
    title: str
    link: str  # "" where the article has no address of the web
    summary: str
    html: str
    published: datetime
    updated: datetime
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    language: str
    image: str


def entry_of(row: ArticleRow) -> Entry:
    """The entry for an article, whose identity is its canonical address."""
    article = row.article
    assert article.found is not None  # stored ones have it
    published = min(article.published or article.found, article.found)  # a date to come hides an entry in readers
    return Entry(
        id=urn(article.canonical_url or article.url),
        title=plain(words.headline(article.title)),
        link=address(article.url),
        summary=plain(_summary(article)),
        html=_html(article),
        published=published,
        updated=max(published, min(article.modified or published, article.found)),
        authors=_names(article.authors or (article.source,)),
        tags=_names(article.tags),
        language=words.language(article.language),
        image=address(article.image),
    )


def urn(name: str) -> str:
    """An identity that follows from an address (RFC 9562, version 5)."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"


def plain(text: str) -> str:
    """The text without what XML cannot hold."""
    return _NO_XML.sub("", text)


def address(url: str) -> str:
    """An address as RFC 3986 has it, http or https alone; "" for all others."""
    known = words.link(url)
    try:
        return _NO_ESCAPE.sub("%25", safe_url_string(known)).replace("[", "%5B").replace("]", "%5D") if known else ""
    except ValueError:
        return ""


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    found = (plain(words.line(name, 200)) for name in names[:MAX_NAMES])
    return tuple(dict.fromkeys(name for name in found if name))


def _summary(article: Article) -> str:
    return cut(words.line(article.lead or article.text[: 2 * SUMMARY], 4 * SUMMARY), SUMMARY)


def _html(article: Article) -> str:
    shown = plain(article.text[:MAX_TEXT])
    paragraphs = (words.body(part).strip() for part in shown.split("\n"))
    html = "\n".join(f"<p>{escape(part, quote=False)}</p>" for part in paragraphs if part)
    return nh3.clean(html, tags=TAGS, attributes={}, link_rel=None)
