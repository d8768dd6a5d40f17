"""The domain's types: frozen, slotted, made of plain values, so that they cross process borders and compare.

All datetimes are aware. Unknown text is "", unknown datetimes are None, unknown lists are ().
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Candidate:
    """A page that might be an article, as a feed, sitemap or section page announces it.

    An item of a feed that has no page to itself is `own`: its article is the feed's `text`, and `url`, which has a
    fragment, says where that stood.
    """

    url: str
    title: str = ""
    published: datetime | None = None
    modified: datetime | None = None
    summary: str = ""
    language: str = ""  # BCP 47, as announced
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    listed_in: str = ""  # URL of the feed, sitemap or page
    listed: datetime | None = None  # when this crawler met it there
    published_uncertain: bool = False  # its zone, or what its numbers mean, is a guess
    guid: str = ""  # of a feed's item, where it identifies it and is more than its link
    own: bool = False
    text: str = ""  # of what is `own`: paragraphs separated by one blank line


@dataclass(frozen=True, slots=True)
class Article:
    """One clean article.

    `text` holds paragraphs separated by one blank line, free of boilerplate and of the title, byline and captions.
    `lead` is the page's own summary (description) or "". `*_from` say how a date was found, for example "json-ld",
    "meta:article:published_time", "time", "byline", "url", "line", "listing".
    """

    url: str
    title: str
    text: str
    canonical_url: str = ""
    source: str = ""  # id in the watch file
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    published_from: str = ""
    published_uncertain: bool = False  # no zone was given or inferred (UTC is a guess), or it can be read otherwise
    modified: datetime | None = None
    modified_from: str = ""
    found: datetime | None = None  # when this crawler first met it
    listed: datetime | None = None  # when the listing was read that led to it; None where none did
    fetched: datetime | None = None  # when its page had come
    language: str = ""  # ISO 639-1 where known
    section: str = ""
    tags: tuple[str, ...] = ()
    image: str = ""
    lead: str = ""
    markdown: str = ""  # the same body with headings, lists, quotes, tables and links' texts
    captions: tuple[str, ...] = ()
    agency: str = ""  # credited wire service: "AFP", "Reuters"
    paywalled: bool = False
    live: bool = False  # a live blog
    word_count: int = 0
    content_hash: str = ""  # crawler.text.content_hash of (title, text)


@dataclass(frozen=True, slots=True)
class Removed:
    """A block that the extractor judged to be boilerplate, and the rule that said so."""

    text: str
    reason: str  # for example "label:related", "byline", "caption", "link-list"


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one page gave: the article (None where the page is none), why not, and what was taken away."""

    article: Article | None
    reason: str = ""  # why there is no article: "empty", "not-html", "too-short", "index-page", "soft-404", ...
    removed: tuple[Removed, ...] = ()
    found_in: tuple[tuple[str, str], ...] = ()  # (field, where): ("title", "h1"), ("authors", "json-ld")
    next_page: str = ""  # URL of the following page of a multi-page article


@dataclass(frozen=True, slots=True)
class Span:
    """Where a term matched: offsets into the named field of the original article."""

    field: str  # "title" or "text"
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """One rule matched one article."""

    rule: str  # id
    version: str  # changes when the rule's meaning does
    spans: tuple[Span, ...]


class Outcome(StrEnum):
    """How one crawl ended."""

    DONE = "done"
    PARTIAL = "partial"  # some pages failed
    FAILED = "failed"  # nothing could be read
    STOPPED = "stopped"  # the service shut down; the rest is found again by the next crawl


@dataclass(frozen=True, slots=True)
class Observed:
    """The observations of a crawl about the health of its source (crawler.health); all empty if there are none.

    `reasons`: why pages gave no article, and how often; a page counts at its first attempt only. `signals`: problems of
    listings as (name, detail), for example ("moved", the new address).
    """

    listing: str = ""  # digest of what was listed; "" if nothing was, or for 304 (not modified)
    newest: datetime | None = None  # of the dates in the listing
    reasons: tuple[tuple[str, int], ...] = ()
    paywalled: int = 0  # articles of which only the beginning could be read
    words: int = 0  # median of the run's articles
    signals: tuple[tuple[str, str], ...] = ()


class LeftOver(StrEnum):
    """Why a run did not fetch a candidate that a listing named, though it was not known."""

    TOO_OLD = "too_old"  # by the date in the listing
    NOT_ALLOWED = "not_allowed"  # by the source's `allow` or `deny`
    NAMED_BEFORE = "named_before"  # by another listing of the same run, or twice by this one
    UNUSABLE = "unusable"  # not a valid address
    FIRST_READING = "first_reading"  # without a date, when the listing was read for the first time: noted as seen
    OVER_LIMIT = "over_limit"  # more than the run fetches: it waits for the next run
    BUSY = "busy"  # another crawl has it, or an attempt failed and the next one is not due: it waits for a later run


@dataclass(frozen=True, slots=True)
class ReadListing:
    """One listing as a run read it: what its server answered, and what became of the candidates that it named.

    `named` is the sum of `new`, `known` and all of `left_over`. `kind`: "feed", "sitemap", "child" (of a sitemap
    index), "section", "home", "page"; "waiting" for what earlier runs left, "others" for the sum of the listings for
    which a run has no room.
    """

    kind: str
    address: str
    read: datetime
    status: int = 0  # of HTTP, 304 also where the body was the same as before; 0 without an answer
    error: str = ""  # why it could not be read
    named: int = 0
    new: int = 0  # requested by this run
    known: int = 0
    left_over: tuple[tuple[LeftOver, int], ...] = ()
    listings: int = 1  # of "others": how many


@dataclass(frozen=True, slots=True)
class Waiting:
    """A candidate that a listing named and that was not dealt with yet: durable until it is.

    `feed`: the URL key of the feed within which its guid counts; 0 where no feed named it.
    """

    key: int
    candidate: Candidate
    feed: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl of one source, for the history."""

    id: str
    source: str
    started: datetime
    finished: datetime | None = None
    outcome: Outcome = Outcome.DONE
    found: int = 0  # candidates listed
    new: int = 0  # articles stored
    unchanged: int = 0  # known before, or 304
    failed: int = 0  # pages that failed
    bytes: int = 0  # downloaded
    error: str = ""  # the first failure, one line
    pages: int = 0  # articles' pages that were asked for, each counted at its first attempt
    observed: Observed = Observed()

    @property
    def seconds(self) -> float:
        """Wall time, 0.0 while running."""
        return (self.finished - self.started).total_seconds() if self.finished else 0.0


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert: a rule matched an article. `id` is constant over retries.

    `kind` says what happened: "new", "changed", "headline", "removed", "grown", "spike", "first". `story` is the key of
    the article's story. "unhealthy" and "recovered" are about the source and no article: `article_id` is 0 then. The
    evidence: `revision` and `content_hash` identify the version that matched; `listed`, `fetched` and `matched` are
    times; the time sent is in its deliveries.
    """

    id: str
    rule: str
    rule_version: str
    source: str
    url: str
    title: str
    matched: datetime
    spans: tuple[Span, ...] = ()
    excerpts: tuple[str, ...] = field(default=())  # sentences around the spans, hits between «guillemets»
    article_id: int = 0
    published: datetime | None = None
    kind: str = "new"
    story: str = ""
    listed: datetime | None = None
    fetched: datetime | None = None
    revision: int = 0  # of the article; 0 is what was found first
    content_hash: str = ""  # of that revision
    outlets: int = 1  # that carry the story, as known when this was read
    baseline: bool = False  # what was there before its rule was
