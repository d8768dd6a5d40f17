"""The newspaper's files for crawlers: RSS 2.0, Atom (RFC 4287), sitemaps (sitemaps.org, with news tags), robots.txt."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape

from crawler.demo.edition import Edition
from crawler.demo.outlets import OUTLETS
from crawler.demo.schedule import Version

FEED_LENGTH = 25
NEWS_AGE = timedelta(days=2)  # a news sitemap lists the last two days only
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text, quote=False)}</{name}>"


def _iso(time: datetime) -> str:
    return time.replace(microsecond=0).isoformat()


def rss(outlet: int, edition: Edition) -> str:
    """Return the newest articles as RSS. Articles that print an old date have no pubDate."""
    paper, base = OUTLETS[outlet], edition.bases[outlet]
    head = [
        _tag("title", paper.name),
        _tag("link", base + "/"),
        _tag("description", paper.motto),
        _tag("language", "en"),
        _tag("lastBuildDate", format_datetime(edition.changed(outlet))),
        _tag("ttl", "1"),
        f'<atom:link rel="self" type="application/rss+xml" href="{escape(base + paper.feed)}"/>',
    ]
    items = [_rss_item(version, edition) for version in edition.of(outlet)[:FEED_LENGTH]]
    spaces = 'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f'{_XML}<rss version="2.0" {spaces}><channel>\n' + "\n".join([*head, *items]) + "\n</channel></rss>\n"


def _rss_item(version: Version, edition: Edition) -> str:
    url = edition.url(version)
    parts = [
        _tag("title", version.title),
        _tag("link", url),
        f'<guid isPermaLink="true">{escape(url)}</guid>',
        _tag("description", version.story.lead),
        *(_tag("dc:creator", author) for author in version.story.authors),
        *(_tag("category", tag) for tag in version.story.tags),
    ]
    if not version.story.dated:
        parts.append(_tag("pubDate", format_datetime(version.published)))
    return "<item>" + "".join(parts) + "</item>"


def atom(outlet: int, edition: Edition) -> str:
    """Return the newest articles as Atom."""
    paper, base = OUTLETS[outlet], edition.bases[outlet]
    entries = []
    for version in edition.of(outlet)[:FEED_LENGTH]:
        url = edition.url(version)
        parts = [
            _tag("id", url),
            f'<title type="text">{escape(version.title, quote=False)}</title>',
            f'<link rel="alternate" type="text/html" href="{escape(url)}"/>',
            _tag("published", _iso(version.published)),
            _tag("updated", _iso(version.modified)),
            *(f"<author>{_tag('name', author)}</author>" for author in version.story.authors),
            *(f'<category term="{escape(tag)}"/>' for tag in version.story.tags),
            f'<summary type="text">{escape(version.story.lead, quote=False)}</summary>',
        ]
        entries.append("<entry>" + "".join(parts) + "</entry>")
    head = [
        _tag("id", base + "/"),
        _tag("title", paper.name),
        f'<link rel="self" type="application/atom+xml" href="{escape(base + paper.feed)}"/>',
        f'<link rel="alternate" type="text/html" href="{escape(base)}/"/>',
        _tag("updated", _iso(edition.changed(outlet))),
    ]
    return f'{_XML}<feed xmlns="http://www.w3.org/2005/Atom">\n' + "\n".join([*head, *entries]) + "\n</feed>\n"


def sitemap(outlet: int, edition: Edition) -> str:
    """Return a sitemap of all articles that the outlet lists."""
    urls = "\n".join(
        f"<url>{_tag('loc', edition.url(v))}{_tag('lastmod', _iso(v.modified))}</url>" for v in edition.of(outlet)
    )
    return f'{_XML}<urlset xmlns="{_SITEMAP}">\n{urls}\n</urlset>\n'


def news_sitemap(outlet: int, edition: Edition) -> str:
    """Return a sitemap of the articles of the last two days, with the news tags."""
    name = OUTLETS[outlet].name
    urls = []
    for version in edition.of(outlet):
        if version.published < edition.now - NEWS_AGE:
            continue
        publication = _tag("news:name", name) + _tag("news:language", version.story.language)
        news = (
            f"<news:publication>{publication}</news:publication>"
            + _tag("news:publication_date", _iso(version.published))
            + _tag("news:title", version.title)
        )
        lastmod = _tag("lastmod", _iso(version.modified))
        urls.append(f"<url>{_tag('loc', edition.url(version))}{lastmod}<news:news>{news}</news:news></url>")
    return f'{_XML}<urlset xmlns="{_SITEMAP}" xmlns:news="{_NEWS}">\n' + "\n".join(urls) + "\n</urlset>\n"


def sitemap_index(outlet: int, edition: Edition) -> str:
    """Return the index of the outlet's two sitemaps."""
    changed = _tag("lastmod", _iso(edition.changed(outlet)))
    names = ("sitemap-news.xml", "sitemap-articles.xml")
    maps = "\n".join(f"<sitemap>{_tag('loc', f'{edition.bases[outlet]}/{name}')}{changed}</sitemap>" for name in names)
    return f'{_XML}<sitemapindex xmlns="{_SITEMAP}">\n{maps}\n</sitemapindex>\n'


def robots(outlet: int, edition: Edition) -> str:
    """Return robots.txt (RFC 9309, with the usual Crawl-delay and Sitemap lines), which disallows print versions."""
    paper = OUTLETS[outlet]
    lines = ["User-agent: *", "Disallow: /print/", "Disallow: /subscribe"]
    if paper.crawl_delay_s:
        lines.append(f"Crawl-delay: {paper.crawl_delay_s:g}")
    return "\n".join([*lines, "", f"Sitemap: {edition.bases[outlet]}/sitemap.xml", ""])
