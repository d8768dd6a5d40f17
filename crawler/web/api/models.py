"""What the API answers with: articles, stories, alerts. Times are RFC 3339 in UTC; unknown text is "", a time null."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field, create_model

from crawler.archive import ArticleRow, Delivery, Revision, StoryRow
from crawler.archive.flat import FLAT_COLUMNS, Kind, flat
from crawler.items import Alert, ReadListing, Run, Span

BODIES = ("text", "markdown", "captions")
_KINDS: dict[Kind, Any] = {
    Kind.INTEGER: int,
    Kind.FLAG: bool,
    Kind.TEXT: str,
    Kind.TIME: datetime | None,
    Kind.LIST: list[str],
}
_EXAMPLES: dict[str, Any] = {
    "id": 42,
    "title": "Rockets hit the green zone in Baghdad",
    "url": "https://news.example/world/42",
    "source": "bbc-world",
    "language": "en",
    "rules": ["us-in-iraq"],
}


def _columns() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, kind, meaning in FLAT_COLUMNS:
        examples = [_EXAMPLES[name]] if name in _EXAMPLES else None
        if name in BODIES:
            told = f"{meaning}; null in lists without full=true"
            found[name] = (_KINDS[kind] | None, Field(None, description=told))
        else:
            found[name] = (_KINDS[kind], Field(description=meaning, examples=examples))
    return found


ArticleOut: Any = create_model("Article", __doc__="One article, with the same names as in exports.", **_columns())


class Hit(BaseModel):
    """One article that a query found, and where."""

    article: ArticleOut
    spans: list[tuple[str, int, int]] = Field(
        description="[field, start, end]: offsets in characters into title or text.", examples=[[["title", 0, 7]]]
    )
    excerpts: list[str] = Field(description="The sentences around, with «hits» marked.")


class RevisionOut(BaseModel):
    """One version of an article; number 0 is what was found first."""

    number: int
    seen: datetime = Field(description="When the page first was so.")
    last_seen: datetime = Field(description="When the page last became so.")
    times: int = Field(description="How often it did.")
    admitted: bool = Field(description="The page moved its date of change; false: a stealth edit.")
    changed: list[str] = Field(description="Names of the fields that changed.", examples=[["title", "text"]])
    title: str
    text: str
    authors: list[str]
    published: datetime | None
    modified: datetime | None


class Revisions(BaseModel):
    """The versions of an article, the oldest first; empty where it never changed."""

    items: list[RevisionOut]
    removed: datetime | None = Field(description="When its removal was confirmed.")


class StoryOut(BaseModel):
    """One report, however many outlets carry it."""

    id: int
    key: str = Field(description="Names the story in alerts and silences.", examples=["9f86d081884c7d65"])
    title: str = Field(description="Headline of the article that stands for it.")
    article: int = Field(description="Id of that article.")
    first_seen: datetime
    last_seen: datetime = Field(description="When its newest copy was found.")
    outlets: int
    copies: int


class Copy(BaseModel):
    """One article of a story."""

    article: ArticleOut
    share: float | None = Field(description="How much of its text stands in the story's article, 0 to 1.")


class StoryWhole(StoryOut):
    """A story with its copies in order of appearance, at most 500."""

    articles: list[Copy]


class DeliveryOut(BaseModel):
    """One alert on its way to one channel."""

    channel: str
    state: str = Field(description="pending, sent, dead or silenced.", examples=["sent"])
    message: str = Field(description="Id of the message that carries it.")
    form: str
    attempts: int
    next_attempt: datetime | None = Field(description="While it is pending.")
    settled: datetime | None = Field(description="When it was sent or given up.")
    error: str


class AlertOut(BaseModel):
    """A rule matched an article. The evidence says which version, and when it was listed and fetched."""

    id: str
    rule: str = Field(examples=["us-in-iraq"])
    rule_version: str = Field(description="Changes when the rule's meaning does.")
    kind: str = Field(
        description="new, changed, headline, removed, grown, spike or first; ill or well: of a source.",
        examples=["new"],
    )
    source: str
    url: str
    title: str
    article: int = Field(description="Id of the article; 0 where the alert tells of a source.")
    matched: datetime
    published: datetime | None
    listed: datetime | None
    fetched: datetime | None
    revision: int
    content_hash: str
    story: str = Field(description="Key of the story.")
    outlets: int = Field(description="That carried the story then.")
    baseline: bool = Field(description="It was there before its rule was.")
    spans: list[tuple[str, int, int]] = Field(description="[field, start, end] in characters.")
    excerpts: list[str] = Field(description="Sentences around the hits, with «hits» marked.")
    deliveries: list[DeliveryOut] = Field(description="One for each channel of the rule.")


class SilenceOut(BaseModel):
    """What nothing is sent about until a moment."""

    what: str = Field(description="rule, story or source.", examples=["rule"])
    name: str = Field(examples=["us-in-iraq"])
    until: datetime
    made: datetime | None = Field(description="Null for one of the watch file.")
    in_watch_file: bool = Field(
        description="Whether the watch file says so (`silent_until`): it can be lifted there alone."
    )


class RunOut(BaseModel):
    """One crawl of one source."""

    id: str = Field(examples=["crawl:bbc-world:20261123T080000"])
    source: str
    started: datetime
    finished: datetime | None
    outcome: str = Field(description="done, partial, failed or stopped.", examples=["done"])
    found: int = Field(description="Candidates listed.")
    new: int = Field(description="Articles stored.")
    unchanged: int = Field(description="Known before.")
    failed: int = Field(description="Pages that failed.")
    bytes: int = Field(description="Downloaded.")
    seconds: float
    error: str = Field(description="The first failure, one line.")


class ListingOut(BaseModel):
    """One listing as a run read it: `named` is the sum of `new`, `known` and all of `left_over`."""

    kind: str = Field(
        description="feed, sitemap, child (of a sitemap index), section, home or page; waiting: candidates that "
        "earlier runs left; others: the sum of the listings after the first 100.",
        examples=["feed"],
    )
    address: str
    read: datetime
    status: int = Field(description="Of HTTP; 304 also where the body was as before; 0 without an answer.")
    error: str = Field(description="Why it could not be read.")
    named: int = Field(description="Candidates.")
    new: int = Field(description="Of them, those that this run requested.")
    known: int = Field(description="Of them, those that were known before.")
    left_over: dict[str, int] = Field(
        description="Of them, the others by reason: too_old, not_allowed, named_before, unusable, first_reading, "
        "over_limit, busy.",
        examples=[{"too_old": 2}],
    )
    listings: int = Field(description="How many: 1, but for `others`.")


class RunWhole(RunOut):
    """One crawl with the listings that it read, in order."""

    listings: list[ListingOut]


def article_out(row: ArticleRow, *, full: bool) -> dict[str, Any]:
    """An article as ArticleOut."""
    values = flat(row)
    return dict(values) if full else {name: None if name in BODIES else value for name, value in values.items()}


def spans_out(spans: Iterable[Span]) -> list[tuple[str, int, int]]:
    """Spans as [field, start, end]."""
    return [(span.field, span.start, span.end) for span in spans]


def revision_out(one: Revision) -> RevisionOut:
    """A revision for programs."""
    return RevisionOut.model_validate(one, from_attributes=True)


def story_values(row: StoryRow) -> dict[str, Any]:
    """The values of StoryOut."""
    return {
        "id": row.id,
        "key": row.key,
        "title": row.title,
        "article": row.article_id,
        "first_seen": row.first_seen,
        "last_seen": row.last_seen,
        "outlets": row.sites,
        "copies": row.copies,
    }


def alert_out(alert: Alert, told: Iterable[Delivery]) -> AlertOut:
    """An alert with its deliveries for programs."""
    names = AlertOut.model_fields.keys() - {"article", "spans", "excerpts", "deliveries"}
    return AlertOut(
        **{name: getattr(alert, name) for name in names},
        article=alert.article_id,
        spans=spans_out(alert.spans),
        excerpts=list(alert.excerpts),
        deliveries=[_delivery_out(one) for one in told],
    )


def run_out(run: Run) -> RunOut:
    """A run for programs."""
    return RunOut.model_validate(run, from_attributes=True)


def _delivery_out(one: Delivery) -> DeliveryOut:
    return DeliveryOut(
        channel=one.channel,
        state=one.state.value,
        message=one.message,
        form=one.form,
        attempts=one.attempts,
        next_attempt=one.next_attempt.astimezone(UTC) if one.state.value == "pending" else None,
        settled=one.settled,
        error=one.last_error,
    )


def run_whole(run: Run, read: Iterable[ReadListing]) -> RunWhole:
    """A run with its listings for programs."""
    listings = [ListingOut(**asdict(one) | {"left_over": dict(one.left_over)}) for one in read]
    return RunWhole(**run_out(run).model_dump(), listings=listings)
