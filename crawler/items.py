"""Domain types: frozen, slotted dataclasses of plain values that can be pickled and compared.

All datetimes are aware. Unknown text is "", unknown datetimes are None, unknown lists are ().
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


@dataclass(frozen=True, slots=True)
class Candidate:
    """A page that might be an article, as a feed, sitemap or section page announces it.

    A feed item without a page is `own`: its article is the feed's `text`, and `url`, which has a fragment, is its
    address within the feed or page.
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
    listed: datetime | None = None  # when this crawler found it there
    published_uncertain: bool = False  # its zone, or the order of its numbers, is a guess
    guid: str = ""  # of a feed item, if it identifies it and differs from its link
    found_by: str = ""  # URL of the listing, if the source does not poll it and it was read as a check
    own: bool = False
    text: str = ""  # of an `own` item: paragraphs separated by one blank line


@dataclass(frozen=True, slots=True)
class Citation:
    """A reference of an article to an outlet.

    `kind`: "link" (`name` is the registered domain of `url`), "name" (as written in a phrase such as "according to";
    `url` is the link on it, or ""), "ordinary" (such a name that is also an ordinary word or another abbreviation:
    it needs other evidence) or "agency" (credited in the byline, the dateline or a note under the text).
    """

    kind: str
    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """One clean article.

    `text` holds paragraphs separated by one blank line, free of boilerplate and of the title, byline and captions.
    `lead` is the page's own summary (description) or "". `*_from`: where a date was found, for example "json-ld",
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
    published_uncertain: bool = False  # no zone was given or inferred (UTC is a guess), or the date is ambiguous
    modified: datetime | None = None
    modified_from: str = ""
    found: datetime | None = None  # when this crawler first found it
    listed: datetime | None = None  # when the listing that named it was read; None if none did
    fetched: datetime | None = None  # when its page was received
    found_by: str = ""  # the listing that named it first, if the source does not poll that one
    language: str = ""  # ISO 639-1, "" if unknown
    section: str = ""
    tags: tuple[str, ...] = ()
    image: str = ""
    lead: str = ""
    markdown: str = ""  # the same body with headings, lists, quotes, tables and link texts
    captions: tuple[str, ...] = ()
    agency: str = ""  # credited wire service: "AFP", "Reuters"
    paywalled: bool = False
    live: bool = False  # a live blog
    word_count: int = 0
    content_hash: str = ""  # crawler.text.content_hash of (title, text)
    citations: tuple[Citation, ...] = ()  # of other outlets; () for an article read from the archive


@dataclass(frozen=True, slots=True)
class Removed:
    """A block that the extractor removed as boilerplate, and the rule that applied."""

    text: str
    reason: str  # for example "label:related", "byline", "caption", "link-list"


@dataclass(frozen=True, slots=True)
class Extraction:
    """The result of one page: its article, or None and the reason, and the removed text."""

    article: Article | None
    reason: str = ""  # why there is no article: "empty", "not-html", "too-short", "index-page", "soft-404", ...
    removed: tuple[Removed, ...] = ()
    found_in: tuple[tuple[str, str], ...] = ()  # (field, where): ("title", "h1"), ("authors", "json-ld")
    next_page: str = ""  # URL of the next page of a multi-page article


@dataclass(frozen=True, slots=True)
class Span:
    """A matched term: offsets into the named field of the original article."""

    field: str  # "title" or "text"
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A match of one rule in one article."""

    rule: str  # id
    version: str  # changes when the rule's meaning does
    spans: tuple[Span, ...]


class Outcome(StrEnum):
    """The result of one crawl."""

    DONE = "done"
    PARTIAL = "partial"  # some pages failed
    FAILED = "failed"  # nothing could be read
    STOPPED = "stopped"  # the service shut down; the next crawl finds the rest again


OVERFLOW: Final = "overflow"  # a signal: all entries of a feed are new since the last poll


@dataclass(frozen=True, slots=True)
class Observed:
    """The observations of a crawl that bear on the health of its source (crawler.health). All empty: nothing unusual.

    `reasons`: why pages had no article, with counts; a page counts only at its first attempt. `signals`: problems of
    listings, as (name, detail), for example ("moved", the new address).
    """

    listing: str = ""  # digest of the listed candidates; "" if there were none, or after a 304
    newest: datetime | None = None  # of the dates in the listing
    reasons: tuple[tuple[str, int], ...] = ()
    paywalled: int = 0  # articles with only their beginning
    words: int = 0  # median length of the run's articles
    signals: tuple[tuple[str, str], ...] = ()

    @property
    def overflow(self) -> str:
        """The description of a feed all of whose entries were new; "" if there was none."""
        return dict(self.signals).get(OVERFLOW, "")


class LeftOver(StrEnum):
    """Why a run did not fetch a listed candidate that had not been seen before."""

    TOO_OLD = "too_old"  # by the date in the listing
    NOT_ALLOWED = "not_allowed"  # by the source's `allow` or `deny`
    NAMED_BEFORE = "named_before"  # by another listing of the same run, or twice by this one
    UNUSABLE = "unusable"  # not a valid address
    FIRST_READING = "first_reading"  # without a date, in a listing read for the first time: marked as seen
    OVER_LIMIT = "over_limit"  # of pages per run: it waits for the next run
    NOT_NEW = "not_new"  # in a listing read as a check: it was there at the first reading
    BUSY = "busy"  # another crawl has claimed it, or its next attempt is not due yet: it waits for a later run


@dataclass(frozen=True, slots=True)
class ReadListing:
    """One listing as a run read it: the response, and what became of its candidates.

    `named` is the sum of `new`, `known` and all of `left_over`. `kind`: "feed", "sitemap", "child" (of a sitemap
    index), "section", "home", "page"; "waiting" for candidates left over by earlier runs, "others" for the sum of
    the listings beyond the limit of a run.
    """

    kind: str
    address: str
    read: datetime
    status: int = 0  # HTTP status, 304 also if the body was unchanged; 0 without a response
    error: str = ""  # why it could not be read
    named: int = 0
    new: int = 0  # requested by this run
    known: int = 0
    left_over: tuple[tuple[LeftOver, int], ...] = ()
    listings: int = 1  # of "others": how many


@dataclass(frozen=True, slots=True)
class SiteListing:
    """A listing of a source's site, as a name for what it names. `own`: the source's schedule polls it."""

    kind: str  # "feed", "sitemap", "section", "home"
    address: str
    own: bool = True


@dataclass(frozen=True, slots=True)
class Waiting:
    """A listed candidate that has not been processed yet, stored until it is.

    `feed`: the URL key of the feed that its guid belongs to; 0 if no feed listed it.
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
    unchanged: int = 0  # seen before, or 304
    failed: int = 0  # pages that failed
    bytes: int = 0  # downloaded
    error: str = ""  # the first failure, one line
    pages: int = 0  # article pages requested, each counted at its first attempt
    observed: Observed = Observed()

    @property
    def seconds(self) -> float:
        """Duration, 0.0 while running."""
        return (self.finished - self.started).total_seconds() if self.finished else 0.0


@dataclass(frozen=True, slots=True)
class Alert:
    """A match of a rule that people are notified of. `id` is constant over retries.

    `kind`: what happened: "new", "changed", "headline", "removed", "grown", "spike", "first". `story` is the key of
    the article's story. "unhealthy" and "recovered" are about the source (or "this machine"), with `article_id` 0. The
    evidence: `revision` and `content_hash` identify the version of the article that matched, `listed`, `fetched` and
    `matched` are times; the time of sending is stored with its deliveries.
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
    revision: int = 0  # of the article; 0 is the first version
    content_hash: str = ""  # of that revision
    outlets: int = 1  # that carry the story, when this was read
    baseline: bool = False  # the article is older than its rule
