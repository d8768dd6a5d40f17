"""Figures of the archive: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crawler.items import Run


@dataclass(frozen=True, slots=True)
class SourceStats:
    """How one source fares, for live views."""

    source: str
    articles: int  # all that are stored
    recent: int  # found since the moment that was asked about
    last_article: datetime | None = None  # found
    last_run: Run | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of each kind there are."""

    articles: int
    runs: int
    alerts: int
    pending: int
    sent: int
    dead: int
