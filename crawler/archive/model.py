"""What goes into the archive and what comes out: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crawler.items import Alert, Article, Run


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it came, after redirects; `body` is decompressed."""

    url: str
    fetched: datetime
    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Announced:
    """An item of a feed: `key` is 16 bytes of the feed and the item's guid, `link` and `title` are as it was listed.

    `version` is the content hash of what the feed is the only place of, "" for items with a page.
    """

    key: bytes
    link: str
    title: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What an item of a feed was when it was listed last, and the article that it is."""

    article_id: int
    link: str
    title: str
    version: str
    canonical_url: str  # of the article


@dataclass(frozen=True, slots=True)
class Entry:
    """One article to store, with the alerts it raised and where each alert goes."""

    article: Article  # .found is required
    alerts: tuple[Alert, ...] = ()
    channels: tuple[tuple[str, str], ...] = ()  # (alert id, channel id); every alert id is one of `alerts`
    story: str = ""  # key of the story that it belongs to, 16 hex digits; "" for none
    revisit: datetime | None = None  # when to look at it again; None: never
    pages: tuple[Page, ...] = ()  # that it was read from, where they are to be kept
    announced: Announced | None = None  # by which item of a feed


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
    SILENCED = "silenced"  # its rule, story or source was silent when it came


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
    message: str = ""  # the message that carries it; "" while it waits for one
    form: str = ""  # of that message


@dataclass(frozen=True, slots=True)
class Queued:
    """A delivery that waits for a message, without the alert's texts."""

    id: int
    channel: str
    alert: str
    rule: str
    source: str
    story: str
    matched: datetime
    baseline: bool = False  # items.Alert.baseline


@dataclass(frozen=True, slots=True)
class Due:
    """A message whose next attempt is due."""

    channel: str
    message: str
    attempts: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """One message on its way to one channel: what is still to be delivered of it. `id` is constant over retries."""

    channel: str
    id: str
    form: str
    alerts: tuple[Alert, ...]
    attempts: int
    next_attempt: datetime
    made: datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """A rule, story or source of which nothing is sent until a moment."""

    id: int
    what: str  # "rule", "story" or "source"
    name: str
    until: datetime
    made: datetime


@dataclass(frozen=True, slots=True)
class Disabled:
    """A channel whose receiver asked not to be called again. `address` is a fingerprint of where it went."""

    channel: str
    address: str
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Visit:
    """An article that is due to be looked at again, as it was seen last."""

    article_id: int
    article: Article
    due: datetime | None
    step: int  # visits of the plan that are done
    story: str = ""
    missing: datetime | None = None  # since when its page has been gone
    version: str = ""  # of the page as it was seen last; "" before the first visit


@dataclass(frozen=True, slots=True)
class Visited:
    """What a visit found, to be made durable at once with its alerts.

    `article` is the new state of an article that changed, None where nothing did; `changed` names the fields, and is
    empty where only its address changed.
    """

    article_id: int
    now: datetime
    due: datetime | None  # the next visit
    step: int
    version: str = ""
    missing: datetime | None = None
    removed: bool = False
    article: Article | None = None
    changed: tuple[str, ...] = ()
    admitted: bool = False
    old_version: str = ""  # of the article as it was stored
    pages: tuple[Page, ...] = ()  # of the new state, where they are to be kept
    announced: Announced | None = None  # the feed's item that led to it
    alerts: tuple[Alert, ...] = ()
    channels: tuple[tuple[str, str], ...] = ()  # (alert id, channel id)


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of an article. Number 0 is what was stored first."""

    number: int
    seen: datetime
    last_seen: datetime
    times: int  # how often the page became this
    admitted: bool  # its dateModified moved; otherwise a stealth edit
    changed: tuple[str, ...]
    title: str
    text: str
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoryRow:
    """One story. `sites` counts outlets, `copies` articles, the first one included."""

    id: int
    key: str
    first_seen: datetime
    last_seen: datetime
    title: str  # of the article that stands for it
    article_id: int
    sites: int
    copies: int


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
