"""What goes into the archive and what comes out: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crawler.items import Alert, Article, Run


@dataclass(frozen=True, slots=True)
class Entry:
    """One article to store, with the alerts it raised and where each alert goes."""

    article: Article  # .found is required
    alerts: tuple[Alert, ...] = ()
    channels: tuple[tuple[str, str], ...] = ()  # (alert id, channel id); every alert id is one of `alerts`
    story: str = ""  # key of the story that it belongs to, 16 hex digits; "" for none


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of one entry. A repeat has is_new False and no new alerts."""

    article_id: int
    is_new: bool
    new_alerts: tuple[Alert, ...] = ()  # with article_id filled in


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """One stored article. `rules` are the ids of the rules that alerted for it."""

    id: int
    article: Article
    rules: tuple[str, ...] = ()


class Order(StrEnum):
    """The order in which articles are listed."""

    NEWEST = "newest"  # by time found, descending
    OLDEST = "oldest"  # by time found
    STORED = "stored"  # by id: what a follower uses with `after_id`


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which articles; empty means all. Times are about `found`: since <= found < until.

    Several sources, tags, languages or rules: any of them. Tags compare without case. `rules`: articles that alerted.
    `after`: (found, id) of the last row of the page before, in the same order (not for Order.STORED: use `after_id`).
    """

    since: datetime | None = None
    until: datetime | None = None
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    after_id: int | None = None
    after: tuple[datetime, int] | None = None
    limit: int | None = None
    order: Order = Order.NEWEST


class DeliveryState(StrEnum):
    """Where one delivery stands."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"  # given up; listed and replayable


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert on its way to one channel."""

    id: int
    alert: Alert
    channel: str
    state: DeliveryState
    attempts: int
    next_attempt: datetime
    last_error: str = ""
    settled: datetime | None = None  # when it was sent or given up


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
