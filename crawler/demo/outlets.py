"""The three outlets and their addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Outlet:
    """One newspaper. `path` is the pattern of an article's address; `feed` is "" if it has none."""

    name: str
    motto: str
    zone: timezone
    path: str
    sections: tuple[str, ...]
    feed: str = ""
    feed_type: str = ""
    crawl_delay_s: float = 0
    style: str = ""  # class of the body element, which colours the page

    def article_path(self, section: str, language: str, slug: str, published: datetime) -> str:
        """Return the path of an article, percent-encoded."""
        local = published.astimezone(self.zone)
        return quote(self.path.format(section=section, language=language, slug=slug, date=f"{local:%Y/%m/%d}"))


OUTLETS = (
    Outlet(
        name="The Coast Standard",
        motto="News from the shore since 1902",
        zone=timezone(timedelta(hours=3)),
        path="/{section}/{slug}",
        sections=("world", "politics", "business", "health", "sport", "science"),
        feed="/rss.xml",
        feed_type="application/rss+xml",
        style="coast",
    ),
    Outlet(
        name="Northgate Courier",
        motto="Your city, every morning",
        zone=UTC,
        path="/{section}/article/{slug}.html",
        sections=("city", "world", "business", "transport", "sport", "culture", "science"),
        feed="/feeds/all.atom",
        feed_type="application/atom+xml",
        style="courier",
    ),
    Outlet(
        name="Meridian",
        motto="One world, many languages",
        zone=timezone(timedelta(hours=1)),
        path="/{language}/{date}/{slug}/",
        sections=("en", "de", "fr", "es", "sw", "ar", "zh"),
        crawl_delay_s=0.5,
        style="meridian",
    ),
)
"""Meridian's sections are languages, those of the others are subjects."""
