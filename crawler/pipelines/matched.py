"""What travels from the match to the store."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.items import Alert, Article


@dataclass(frozen=True, slots=True)
class Matched:
    """An article and the alerts that it raises."""

    article: Article
    alerts: tuple[Alert, ...]
