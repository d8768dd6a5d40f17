"""The frozen values that the archive stores and returns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crawler.items import Alert, Article, Run


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it was received, after redirects; `body` is decompressed."""

    url: str
    fetched: datetime
    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A feed item: `key` is 16 bytes derived from the feed and the item's guid; `link` and `title` are as listed.

    `version` is the content hash of an item that exists only in the feed; "" for items with a page.
    """

    key: bytes
    link: str
    title: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class ListedItem:
    """A feed item as it was last listed, and its article."""

    article_id: int
    link: str
    title: str
    version: str
    canonical_url: str  # of the article


@dataclass(frozen=True, slots=True)
class Entry:
    """An article to store, with its alerts and the channel of each alert."""

    article: Article  # .found is required
    alerts: tuple[Alert, ...] = ()
    channels: tuple[tuple[str, str], ...] = ()  # (alert id, channel id); every alert id is one of `alerts`
    story: str = ""  # key of the story that it belongs to, 16 hex digits; "" for none
    revisit: datetime | None = None  # when to revisit it; None: never
    pages: tuple[Page, ...] = ()  # the original pages, if they are kept
    feed_item: FeedItem | None = None  # the feed item that led to it


@dataclass(frozen=True, slots=True)
class Stored:
    """The result of storing one entry. For an entry stored before, `is_new` is False and there are no new alerts."""

    article_id: int
    is_new: bool
    new_alerts: tuple[Alert, ...] = ()  # with article_id set


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """A stored article. `rules` are the ids of the rules that matched it."""

    id: int
    article: Article
    rules: tuple[str, ...] = ()


class Order(StrEnum):
    """The order in which articles are listed."""

    NEWEST = "newest"  # by time found, descending
    OLDEST = "oldest"  # by time found
    STORED = "stored"  # by id: for readers that follow new articles with `after_id`


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """A filter for articles; an empty one passes all. The period is over `found`: since <= found < until.

    Several sources, tags, languages or rules are alternatives. Tags ignore case. `rules` selects articles with alerts.
    `after` is (found, id) of the previous page's last row, in the same order (not for Order.STORED: use `after_id`).
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
    """The state of one delivery."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"  # not delivered after the last retry or a final error; listed and replayable
    SILENCED = "silenced"  # its rule, story or source was silenced when it was planned


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert to be delivered to one channel."""

    id: int
    alert: Alert
    channel: str
    state: DeliveryState
    attempts: int
    next_attempt: datetime
    last_error: str = ""
    settled: datetime | None = None  # when it was sent or became dead
    message: str = ""  # id of the message that carries it; "" until it is part of one
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
class OutgoingMessage:
    """One message to one channel, with the alerts still to be delivered. `id` stays the same over retries."""

    channel: str
    id: str
    form: str
    alerts: tuple[Alert, ...]
    attempts: int
    next_attempt: datetime
    created: datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """A rule, story or source whose alerts are not sent until a given time."""

    id: int
    what: str  # "rule", "story" or "source"
    name: str
    until: datetime
    created: datetime


@dataclass(frozen=True, slots=True)
class Disabled:
    """A channel disabled because its receiver answered 410 (Gone). `address` is a fingerprint of its address."""

    channel: str
    address: str
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Visit:
    """An article that is due for a revisit, as it was last seen."""

    article_id: int
    article: Article
    due: datetime | None
    step: int  # number of planned revisits that are done
    story: str = ""
    missing: datetime | None = None  # since when its page has been gone
    version: str = ""  # of the page as it was last seen; "" before the first revisit


@dataclass(frozen=True, slots=True)
class Visited:
    """The result of a revisit, stored in one transaction with its alerts.

    `article` is the new state of an article that changed, None if it did not; `changed` names the fields, and is empty
    if only its address changed.
    """

    article_id: int
    now: datetime
    due: datetime | None  # the next revisit
    step: int
    version: str = ""
    missing: datetime | None = None
    removed: bool = False
    article: Article | None = None
    changed: tuple[str, ...] = ()
    admitted: bool = False
    old_version: str = ""  # of the article as it was stored
    pages: tuple[Page, ...] = ()  # the original pages of the new state, if they are kept
    feed_item: FeedItem | None = None  # the feed item that led to it
    alerts: tuple[Alert, ...] = ()
    channels: tuple[tuple[str, str], ...] = ()  # (alert id, channel id)


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of an article. Number 0 is the first one stored."""

    number: int
    seen: datetime
    last_seen: datetime
    times: int  # how often the page had this content
    admitted: bool  # its dateModified changed too; otherwise a stealth edit
    changed: tuple[str, ...]
    title: str
    text: str
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoryRow:
    """One story. `sites` counts outlets, `copies` counts articles, the first one included."""

    id: int
    key: str
    first_seen: datetime
    last_seen: datetime
    title: str  # of the representative article
    article_id: int
    sites: int
    copies: int


@dataclass(frozen=True, slots=True)
class SourceStats:
    """Figures of one source, for live views."""

    source: str
    articles: int  # all stored
    recent: int  # found since the requested time
    last_article: datetime | None = None  # found
    last_run: Run | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of rows of each kind."""

    articles: int
    runs: int
    alerts: int
    pending: int
    sent: int
    dead: int
