"""Response models of the API. Times are RFC 3339 in UTC; unknown text is "", an unknown time null."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field, create_model

from crawler.archive import ArticleRow, Delivery, Revision, StoryRow
from crawler.archive.files.flat import FLAT_COLUMNS, Kind, flat
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
            description = f"{meaning}; null in lists unless full=true"
            found[name] = (_KINDS[kind] | None, Field(None, description=description))
        else:
            found[name] = (_KINDS[kind], Field(description=meaning, examples=examples))
    return found


ArticleOut: Any = create_model("Article", __doc__="One article. Field names are the same as in exports.", **_columns())


class Hit(BaseModel):
    """One search hit: the article and the matching positions."""

    article: ArticleOut
    spans: list[tuple[str, int, int]] = Field(
        description="[field, start, end]: character offsets into the title or text.", examples=[[["title", 0, 7]]]
    )
    excerpts: list[str] = Field(description="Sentences around the hits, with «hits» marked.")


class RevisionOut(BaseModel):
    """One version of an article. Number 0 is the version first found."""

    number: int
    seen: datetime = Field(description="When the page first had this version.")
    last_seen: datetime = Field(description="When the page last changed to this version.")
    times: int = Field(description="How often the page changed to this version.")
    admitted: bool = Field(description="Whether the page updated its modification date; false for a stealth edit.")
    changed: list[str] = Field(description="Names of the changed fields.", examples=[["title", "text"]])
    title: str
    text: str
    authors: list[str]
    published: datetime | None
    modified: datetime | None


class Revisions(BaseModel):
    """The versions of an article, oldest first; empty if it never changed."""

    items: list[RevisionOut]
    removed: datetime | None = Field(description="When the removal of the page was confirmed.")


class StoryOut(BaseModel):
    """One report with all its copies across outlets."""

    id: int
    key: str = Field(description="Identifies the story in alerts and silences.", examples=["9f86d081884c7d65"])
    title: str = Field(description="Headline of the main article.")
    article: int = Field(description="Id of the main article.")
    first_seen: datetime
    last_seen: datetime = Field(description="When the latest copy was found.")
    outlets: int
    copies: int


class Copy(BaseModel):
    """One article of a story."""

    article: ArticleOut
    share: float | None = Field(
        description="Share of its text that is also in the main article, 0 to 1; null: not computed."
    )


class StoryDetails(StoryOut):
    """A story with its copies in order of appearance; at most 500."""

    articles: list[Copy]


class DeliveryOut(BaseModel):
    """The delivery of one alert to one channel."""

    channel: str
    state: str = Field(description="pending, sent, dead or silenced.", examples=["sent"])
    message: str = Field(description="Id of the message that contains the alert.")
    form: str
    attempts: int
    next_attempt: datetime | None = Field(description="Time of the next attempt; null unless pending.")
    settled: datetime | None = Field(description="When the delivery was sent or became dead.")
    error: str


class AlertOut(BaseModel):
    """A match of a rule, with its evidence: the version of the article, and when it was listed and fetched."""

    id: str
    rule: str = Field(examples=["us-in-iraq"])
    rule_version: str = Field(description="Changes when the meaning of the rule changes.")
    kind: str = Field(
        description="new, changed, headline, removed, grown, spike or first; unhealthy or recovered: of a source or "
        "of `this machine`.",
        examples=["new"],
    )
    source: str
    url: str
    title: str
    article: int = Field(description="Id of the article; 0 if the alert is about a source.")
    matched: datetime
    published: datetime | None
    listed: datetime | None
    fetched: datetime | None
    revision: int
    content_hash: str
    story: str = Field(description="Key of the story.")
    outlets: int = Field(description="Number of outlets that carried the story at that time.")
    baseline: bool = Field(description="Whether the article predates the rule.")
    spans: list[tuple[str, int, int]] = Field(
        description="[field, start, end]: character offsets into the title or text."
    )
    excerpts: list[str] = Field(description="Sentences around the hits, with «hits» marked.")
    deliveries: list[DeliveryOut] = Field(description="One per channel of the rule.")


class SilenceOut(BaseModel):
    """A silence: no notifications are sent until its end."""

    what: str = Field(description="rule, story or source.", examples=["rule"])
    name: str = Field(examples=["us-in-iraq"])
    until: datetime
    created: datetime | None = Field(description="Null for a silence of the watch file.")
    in_watch_file: bool = Field(
        description="Whether the watch file sets it (`silent_until`); it can only be ended there."
    )


class RunOut(BaseModel):
    """One crawl of one source."""

    id: str = Field(examples=["crawl:bbc-world:20261123T080000"])
    source: str
    started: datetime
    finished: datetime | None
    outcome: str = Field(description="done, partial, failed or stopped.", examples=["done"])
    found: int = Field(description="Number of candidates in the listings.")
    new: int = Field(description="Number of articles stored.")
    unchanged: int = Field(description="Number of candidates seen before.")
    failed: int = Field(description="Number of pages that failed.")
    bytes: int = Field(description="Bytes downloaded.")
    seconds: float
    error: str = Field(description="The first error, on one line.")


class ListingOut(BaseModel):
    """One listing that a run read. `named` is the sum of `new`, `known` and all values of `left_over`."""

    kind: str = Field(
        description="feed, sitemap, child (of a sitemap index), section, home or page; check: another listing of "
        "the site, read as a check; waiting: candidates that earlier runs did not request; "
        "others: the sum of all listings after the first 100.",
        examples=["feed"],
    )
    address: str
    read: datetime
    status: int = Field(description="HTTP status; 304 also if the body was unchanged; 0 without a response.")
    error: str = Field(description="Why the listing could not be read.")
    named: int = Field(description="Number of candidates in the listing.")
    new: int = Field(description="Candidates that this run requested.")
    known: int = Field(description="Candidates seen before.")
    left_over: dict[str, int] = Field(
        description="All other candidates, by reason: too_old, not_allowed, named_before, unusable, first_reading, "
        "over_limit, not_new, busy.",
        examples=[{"too_old": 2}],
    )
    listings: int = Field(description="Number of listings: 1, except for `others`.")


class RunDetails(RunOut):
    """One crawl with its listings, in the order in which they were read."""

    listings: list[ListingOut]


def article_out(row: ArticleRow, *, full: bool) -> dict[str, Any]:
    """Return an article as the values of ArticleOut."""
    values = flat(row)
    return dict(values) if full else {name: None if name in BODIES else value for name, value in values.items()}


def spans_out(spans: Iterable[Span]) -> list[tuple[str, int, int]]:
    """Return spans as [field, start, end]."""
    return [(span.field, span.start, span.end) for span in spans]


def revision_out(one: Revision) -> RevisionOut:
    """Return a revision for programs."""
    return RevisionOut.model_validate(one, from_attributes=True)


def story_values(row: StoryRow) -> dict[str, Any]:
    """Return a story as the values of StoryOut."""
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


def alert_out(alert: Alert, deliveries: Iterable[Delivery]) -> AlertOut:
    """Return an alert with its deliveries for programs."""
    names = AlertOut.model_fields.keys() - {"article", "spans", "excerpts", "deliveries"}
    return AlertOut(
        **{name: getattr(alert, name) for name in names},
        article=alert.article_id,
        spans=spans_out(alert.spans),
        excerpts=list(alert.excerpts),
        deliveries=[_delivery_out(one) for one in deliveries],
    )


def run_out(run: Run) -> RunOut:
    """Return a run for programs."""
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


def run_details(run: Run, read: Iterable[ReadListing]) -> RunDetails:
    """Return a run with its listings for programs."""
    listings = [ListingOut(**asdict(one) | {"left_over": dict(one.left_over)}) for one in read]
    return RunDetails(**run_out(run).model_dump(), listings=listings)
