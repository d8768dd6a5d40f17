"""The status of a running service: the last runs, articles and alerts."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from crawler.archive import Stored
from crawler.items import Article, Run

RECENT = 8


@dataclass(slots=True)
class ServiceStatus:
    """Counts since the start, and the latest events; `listeners` receive the kind and text of each event."""

    started: datetime
    articles: int = 0
    alerts: int = 0
    crawls: int = 0
    last_runs: dict[str, Run] = field(default_factory=dict)
    new_by_source: dict[str, int] = field(default_factory=dict)
    recent_articles: deque[Article] = field(default_factory=lambda: deque(maxlen=RECENT))
    recent_alerts: deque[str] = field(default_factory=lambda: deque(maxlen=RECENT))
    notes: deque[str] = field(default_factory=lambda: deque(maxlen=3))
    listeners: list[Callable[[str, str], None]] = field(default_factory=list)

    def stored(self, article: Article, stored: Stored) -> None:
        """Record a stored article."""
        if stored.is_new:
            self.articles += 1
            self.new_by_source[article.source] = self.new_by_source.get(article.source, 0) + 1
            self.recent_articles.append(article)
            self._emit("article", f"{article.source}: {article.title}")
        self.alerts += len(stored.new_alerts)

    def alert(self, line: str) -> None:
        """Record an alert that was sent to a `terminal:` channel."""
        self.recent_alerts.append(line.strip())
        self._emit("alert", line.strip())

    def ran(self, run: Run) -> None:
        """Record a finished crawl."""
        self.crawls += 1
        self.last_runs[run.source] = run
        error = f"  {run.error}" if run.error else ""
        counts = f"{run.found} found, {run.new} new, {run.unchanged} unchanged, {run.failed} failed"
        self._emit("crawl", f"{run.source}: {run.outcome}, {counts}, {run.seconds:.1f} s{error}")

    def note(self, text: str) -> None:
        """Record a line for the operator."""
        self.notes.append(text)
        self._emit("note", text)

    def _emit(self, kind: str, text: str) -> None:
        for listener in self.listeners:
            listener(kind, text)
