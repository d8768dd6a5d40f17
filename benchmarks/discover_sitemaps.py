"""Sitemaps and section pages: pages per second and memory.

Run: python benchmarks/discover_sitemaps.py
"""

from __future__ import annotations

import gzip
import resource
import time

from crawler.dedupe.urls import canonical_url, url_key
from crawler.discover.links import article_links
from crawler.discover.sitemaps import read_sitemap

URL = "https://news.example.com/sitemap.xml"


def sitemap(pages: int) -> bytes:
    """Return a news sitemap with one picture for each page, compressed."""
    entries = "".join(
        f"<url><loc>https://news.example.com/world/2026/11/23/council-votes-on-budget-{n}</loc>"
        "<lastmod>2026-11-23T07:00:00Z</lastmod><news:news><news:publication><news:name>News</news:name>"
        "<news:language>en</news:language></news:publication><news:publication_date>2026-11-23T09:00:00+02:00"
        f"</news:publication_date><news:title>Council votes on budget number {n}</news:title></news:news>"
        f"<image:image><image:loc>https://img.example.com/{n}.jpg</image:loc></image:image></url>"
        for n in range(pages)
    )
    return gzip.compress(
        f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='http://www.google.com/schemas/"
        f"sitemap-news/0.9' xmlns:image='http://www.google.com/schemas/sitemap-image/1.1'>{entries}</urlset>".encode()
    )


def section(cards: int) -> bytes:
    """Return a section page with navigation, cards and as many links to other pages."""
    body = "".join(
        f"<div class='card'><a href='/world/2026/11/23/council-votes-on-budget-{n}'><img src='{n}.jpg'></a><h3>"
        f"<a href='/world/2026/11/23/council-votes-on-budget-{n}'>Council votes on budget number {n}</a></h3>"
        f"<a href='/author/ann-{n}'>Ann</a> <time datetime='2026-11-23T07:00:00Z'>now</time></div>"
        for n in range(cards)
    )
    return f"<html><body><nav>{'<a href=/sport>Sport</a>' * 40}</nav><main>{body}</main></body></html>".encode()


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(name: str, count: int, unit: str, work: object) -> None:
    assert callable(work)
    began = time.process_time()
    work()
    seconds = time.process_time() - began
    print(f"{name}: {seconds * 1000:.1f} ms, {count / seconds:.0f} {unit}/s")


def main() -> None:
    body = sitemap(50_000)
    before = peak_mb()
    timed("50,000 pages of a news sitemap", 50_000, "pages", lambda: read_sitemap(body, URL))
    print(f"{peak_mb() - before:.0f} MB more at the peak")
    page = section(100)
    article_links(page, URL)
    timed(f"section page of 100 cards, {len(page) // 1000} kB", 1, "pages", lambda: article_links(page, URL))
    urls = [f"https://www.example.com/a/{n}/story-{n}.html?utm_source=rss&id={n}" for n in range(50_000)]
    timed("canonical URL and key", len(urls), "URLs", lambda: [url_key(canonical_url(url)) for url in urls])


if __name__ == "__main__":
    main()
