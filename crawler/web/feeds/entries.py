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
from crawler.web.rendering import formats

MAX_TEXT = 100_000  # characters
SUMMARY = 400
MAX_NAMES = 50
TAGS = {"p", "b"}
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2 (Char)
_NO_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")  # a percent sign that escapes nothing


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
    link: str  # "" if the article has no web address
    summary: str
    html: str
    published: datetime
    updated: datetime
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    language: str
    image: str


def entry_of(row: ArticleRow) -> Entry:
    """Return the entry of an article, which is identified by its canonical address."""
    article = row.article
    assert article.found is not None  # set for stored articles
    published = min(article.published or article.found, article.found)  # feed readers hide entries with a future date
    return Entry(
        id=urn(article.canonical_url or article.url),
        title=plain(formats.headline(article.title)),
        link=address(article.url),
        summary=plain(_summary(article)),
        html=_html(article),
        published=published,
        updated=max(published, min(article.modified or published, article.found)),
        authors=_names(article.authors or (article.source,)),
        tags=_names(article.tags),
        language=formats.language(article.language),
        image=address(article.image),
    )


def urn(name: str) -> str:
    """Return a permanent id derived from an address (RFC 9562, version 5)."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"


def plain(text: str) -> str:
    """Return the text without characters that XML does not allow."""
    return _NO_XML.sub("", text)


def address(url: str) -> str:
    """Return an http or https address in the syntax of RFC 3986; "" for all others."""
    link = formats.link(url)
    try:
        return _NO_ESCAPE.sub("%25", safe_url_string(link)).replace("[", "%5B").replace("]", "%5D") if link else ""
    except ValueError:
        return ""


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    found = (plain(formats.line(name, 200)) for name in names[:MAX_NAMES])
    return tuple(dict.fromkeys(name for name in found if name))


def _summary(article: Article) -> str:
    return cut(formats.line(article.lead or article.text[: 2 * SUMMARY], 4 * SUMMARY), SUMMARY)


def _html(article: Article) -> str:
    shown = plain(article.text[:MAX_TEXT])
    paragraphs = (formats.body(part).strip() for part in shown.split("\n"))
    html = "\n".join(f"<p>{escape(part, quote=False)}</p>" for part in paragraphs if part)
    return nh3.clean(html, tags=TAGS, attributes={}, link_rel=None)
