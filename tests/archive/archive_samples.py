"""Articles, alerts and entries to store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawler.archive import Entry
from crawler.items import Alert, Article, Span

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def make_article(number: int, **fields: object) -> Article:
    values: dict[str, object] = {
        "url": f"https://news.example/{number}",
        "title": f"Headline {number}",
        "text": f"First paragraph of {number}.\n\nSecond paragraph.",
        "source": "example",
        "found": NOW - timedelta(minutes=number),
        "content_hash": f"{number:06d}abcdef",
    }
    return Article(**values | fields)


def make_alert(article: Article, rule: str = "embassy", **fields: object) -> Alert:
    values: dict[str, object] = {
        "id": f"{rule}-{article.url[-12:]}",
        "rule": rule,
        "rule_version": "v1",
        "source": article.source,
        "url": article.url,
        "title": article.title,
        "matched": NOW,
        "spans": (Span("title", 0, 8),),
        "excerpts": ("«Headline» 1",),
        "published": article.published,
    }
    return Alert(**values | fields)


def make_entry(article: Article, *rules: str, channels: tuple[str, ...] = ("desk",)) -> Entry:
    alerts = tuple(make_alert(article, rule) for rule in rules)
    return Entry(article, alerts, tuple((alert.id, channel) for alert in alerts for channel in channels))
