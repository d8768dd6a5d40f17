"""Six sites on which monitors miss news without knowing it, each with a home page and listings of its own shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from crawl_pages import article, feed
from mocksite import MockSite

HTTP_DATE = "%a, %d %b %Y %H:%M:%S +0000"


@dataclass
class Site:
    """A site on one host. `draw` puts its listings; `news` are the paths of its articles, the oldest first."""

    farm: MockSite
    host: int
    draw: Callable[[Site], None]
    news: list[str] = field(default_factory=list)
    begun: int = 0  # how many there were when it was explored

    @property
    def home(self) -> str:
        return self.farm.url("/", self.host)

    def url(self, path: str) -> str:
        return self.farm.url(path, self.host)

    def put(self, path: str, body: str) -> None:
        self.farm.put(path, body, host=self.host)

    def publish(self, count: int) -> set[str]:
        """Adds articles and draws the listings again; returns the addresses of the new ones."""
        fresh = []
        for _ in range(count):
            number = len(self.news)
            path = f"/news/harbour-council-debates-berth-{number}-again"
            self.put(path, article(f"berth {number} of {self.host}", title=f"Harbour council debates berth {number}"))
            self.news.append(path)
            fresh.append(self.url(path))
        self.draw(self)
        return set(fresh)


def start(farm: MockSite, host: int, shape: str) -> Site:
    """The site `shape`, with six articles."""
    site = Site(farm, host, SHAPES[shape])
    site.publish(6)
    site.begun = 6
    return site


def front(site: Site, paths: list[str], head: str = "") -> str:
    links = "".join(f'<h2><a href="{path}">{path[6:].replace("-", " ").capitalize()}</a></h2>' for path in paths)
    menu = '<a href="/harbour">Harbour</a> <a href="/council">Council</a>'
    return f"<!doctype html><html lang=en><head><title>Gazette</title>{head}</head><body>{menu}<main>{links}</main>"


def sitemap(site: Site, paths: list[str], date: str = "") -> str:
    lastmod = f"<lastmod>{date}</lastmod>" if date else ""
    return f"<urlset>{''.join(f'<url><loc>{site.url(path)}</loc>{lastmod}</url>' for path in paths)}</urlset>"


def now() -> str:
    return datetime.now(UTC).isoformat()


def dates(count: int) -> list[str]:
    return [datetime.now(UTC).strftime(HTTP_DATE)] * count


def index_without_lastmod(site: Site) -> None:
    years = "".join(f"<sitemap><loc>{site.url(f'/map-{year}.xml')}</loc></sitemap>" for year in range(2023, 2027))
    site.put("/sitemap.xml", f"<sitemapindex>{years}</sitemapindex>")
    for year in range(2023, 2026):
        site.put(f"/map-{year}.xml", sitemap(site, [f"/news/report-{n}-of-{year}" for n in range(50)], f"{year}-05-05"))
    site.put("/map-2026.xml", sitemap(site, site.news, now()))
    site.put("/robots.txt", f"User-agent: *\nAllow: /\nSitemap: {site.url('/sitemap.xml')}\n")
    site.put("/", front(site, site.news[:4]))


def lastmod_that_lies(site: Site) -> None:
    children = "".join(
        f"<sitemap><loc>{site.url(f'/part-{n}.xml')}</loc><lastmod>2020-01-01</lastmod></sitemap>" for n in range(3)
    )
    site.put("/sitemap.xml", f"<sitemapindex>{children}</sitemapindex>")
    late = [path for n, path in enumerate(site.news) if n >= max(site.begun, 6)]
    site.put("/part-0.xml", sitemap(site, [f"/news/old-report-{n}" for n in range(30)], "2020-01-01"))
    site.put("/part-1.xml", f"{sitemap(site, site.news[:6], now())[:-9]}{sitemap(site, late, '2020-01-01')[8:]}")
    site.put("/part-2.xml", sitemap(site, [f"/news/older-report-{n}" for n in range(30)], "2020-01-01"))
    site.put("/robots.txt", f"User-agent: *\nAllow: /\nSitemap: {site.url('/sitemap.xml')}\n")
    site.put("/", front(site, site.news[:6]))


def feed_that_stands_still(site: Site) -> None:
    head = '<link rel="alternate" type="application/rss+xml" href="/rss.xml">'
    if not site.begun:
        site.put("/rss.xml", feed([site.url(path) for path in site.news], dates=dates(len(site.news))))
    site.put("/", front(site, site.news[::-1], head))


def feed_of_five(site: Site) -> None:
    head = '<link rel="alternate" type="application/rss+xml" href="/rss.xml">'
    newest = site.news[:-6:-1]
    site.put("/rss.xml", feed([site.url(path) for path in newest], dates=dates(len(newest))))
    site.put("/", front(site, site.news[::-1], head))


def sitemap_of_50_000(site: Site) -> None:
    site.put("/robots.txt", f"User-agent: *\nAllow: /\nSitemap: {site.url('/sitemap.xml')}\n")
    old = (datetime.now(UTC) - timedelta(days=400)).isoformat()
    entries = [
        f"<url><loc>{site.url(f'/news/an-older-report-{n}')}</loc><lastmod>{old}</lastmod></url>" for n in range(49_900)
    ]
    middle = sitemap(site, site.news, now())[8:-9]
    site.put("/sitemap.xml", f"<urlset>{''.join(entries[:25_000])}{middle}{''.join(entries[25_000:])}</urlset>")
    site.put("/", front(site, site.news[:6]))


def sections_only(site: Site) -> None:
    site.put("/", front(site, site.news[:6]))
    site.put("/harbour", front(site, site.news[::-2]))
    site.put("/council", front(site, site.news[-2::-2]))


SHAPES: dict[str, Callable[[Site], None]] = {
    "index-without-lastmod": index_without_lastmod,
    "lastmod-that-lies": lastmod_that_lies,
    "feed-that-stands-still": feed_that_stands_still,
    "feed-of-five": feed_of_five,
    "sitemap-of-50000": sitemap_of_50_000,
    "sections-only": sections_only,
}
