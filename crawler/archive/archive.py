"""The synchronous, thread-safe interface of the SQL archive: services call it from threads, commands directly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from crawler.archive.coverage.canary import Canaries, withdraw_if_hidden
from crawler.archive.coverage.outlets import CitedOutlets
from crawler.archive.coverage.overview import CoverageOverview
from crawler.archive.coverage.sightings import Coverage, Sightings, record
from crawler.archive.database import Database
from crawler.archive.failures import explained
from crawler.archive.model import (
    ArticleRow,
    Counts,
    Entry,
    ItemFilter,
    SourceStats,
    Stored,
)
from crawler.archive.queries import articles, history
from crawler.archive.queries import store as storing
from crawler.archive.queries.corrections import correct
from crawler.archive.queries.dashboard import Dashboard
from crawler.archive.queries.derived_alerts import DerivedAlerts
from crawler.archive.queries.feed_items import FeedItems
from crawler.archive.queries.health import Health
from crawler.archive.queries.latency import Stage, latency, latency_by_source
from crawler.archive.queries.listings import Listings, add_listings, forget_waiting
from crawler.archive.queries.outbox import Outbox
from crawler.archive.queries.pages import Pages
from crawler.archive.queries.revisits import Visits
from crawler.archive.queries.searches import Searches
from crawler.archive.queries.sources import Sources
from crawler.archive.queries.stories import Stories
from crawler.archive.queries.tokens import Tokens
from crawler.archive.queries.user_state import DismissedNearMisses, DismissedSuggestions, EndedSessions
from crawler.archive.search import search, texts
from crawler.items import Alert, Article, ReadListing, Run, Span
from crawler.rules import Matcher, Rule

EVERYTHING = ItemFilter()


class Archive(Database):
    """Articles, runs, alerts and deliveries in SQLite or PostgreSQL. Every method may raise ArchiveError."""

    @property
    def outbox(self) -> Outbox:
        """Deliveries, the messages that carry them, silences, closed channels."""
        return Outbox(self._read, self._write)

    @property
    def pages(self) -> Pages:
        """The stored original pages of articles."""
        return Pages(self._read, self._write)

    @property
    def derived_alerts(self) -> DerivedAlerts:
        """Alerts derived from the number of matches, and the rules seen so far."""
        return DerivedAlerts(self._read, self._write)

    @property
    def health(self) -> Health:
        """The health of sources: open and past problems."""
        return Health(self._read, self._write)

    @property
    def sources(self) -> Sources:
        """The sources of the watch file, current and former."""
        return Sources(self._read, self._write)

    @property
    def stories(self) -> Stories:
        """Stories and their copies."""
        return Stories(self._read, self._write)

    @property
    def visits(self) -> Visits:
        """Scheduled revisits of articles, and earlier versions."""
        return Visits(self._read, self._write)

    @property
    def feed_items(self) -> FeedItems:
        """Feed items by guid, with the article that each one led to."""
        return FeedItems(self._read, self._write)

    @property
    def listings(self) -> Listings:
        """Listings read by runs, and the candidates that wait."""
        return Listings(self._read, self._write)

    @property
    def coverage(self) -> Coverage:
        """Which of a site's listings named which article, and what that says of each source and week."""
        return Coverage(self._read, self._write)

    @property
    def coverage_overview(self) -> CoverageOverview:
        """Figures of coverage: last weeks of sources, freshness, hits of rules."""
        return CoverageOverview(self._read, self._write)

    @property
    def canaries(self) -> Canaries:
        """The canary, and the results of earlier ones."""
        return Canaries(self._read, self._write)

    @property
    def dashboard(self) -> Dashboard:
        """Alerts, runs and figures for the pages of the web interface."""
        return Dashboard(self._read, self._write)

    @property
    def searches(self) -> Searches:
        """Saved searches."""
        return Searches(self._read, self._write)

    @property
    def tokens(self) -> Tokens:
        """API tokens."""
        return Tokens(self._read, self._write)

    @property
    def ended_sessions(self) -> EndedSessions:
        """Signed-out sessions of the web page."""
        return EndedSessions(self._read, self._write)

    @property
    def dismissed_near_misses(self) -> DismissedNearMisses:
        """Near misses of rules that a user dismissed."""
        return DismissedNearMisses(self._read, self._write)

    @property
    def dismissed_suggestions(self) -> DismissedSuggestions:
        """Suggested sources that a user dismissed."""
        return DismissedSuggestions(self._read, self._write)

    @property
    def cited_outlets(self) -> CitedOutlets:
        """The outlets that articles of alerting stories cite."""
        return CitedOutlets(self._read, self._write)

    # Articles

    def store(self, batch: Sequence[Entry]) -> list[Stored]:
        """Store articles, their alerts and their deliveries in one transaction; return one result for each entry.

        When it returns, the batch is durable: it survives a crash of the process or the machine. Storing it again
        changes nothing.
        """
        storing.check(batch)
        if not batch:
            return []
        with self._write() as connection:
            return storing.store(connection, batch)

    def items(self, item_filter: ItemFilter = EVERYTHING, *, bodies: bool = True) -> Iterator[ArticleRow]:
        """Stream articles in bounded memory; `bodies=False` leaves out text, Markdown and captions, for lists."""
        with explained(self._subject):
            yield from articles.stream(self._engine, item_filter, bodies=bodies)

    def search(
        self, matcher: Matcher, item_filter: ItemFilter = EVERYTHING, *, bodies: bool = False
    ) -> Iterator[tuple[ArticleRow, tuple[Span, ...]]]:
        """Stream the articles that pass the filter and match a rule of `matcher`, in the filter's order.

        The spans point into title and text, title first. `bodies=False` leaves out Markdown and captions but keeps the
        text. For the next page, set `ItemFilter.after` from the last row, as for `items`.
        """
        with explained(self._subject):
            yield from search.search(self._engine, matcher, item_filter, bodies=bodies)

    def article(self, key: int | str) -> ArticleRow | None:
        """Return one article by id, URL or the first six or more characters of its content hash, or None."""
        with self._read() as connection:
            return articles.find(connection, key)

    def correct(self, article_id: int, article: Article, now: datetime) -> tuple[str, ...]:
        """Replace an article by what a better extractor read from its page; return the names of the changed fields.

        The earlier content is kept as a revision. No one is notified, and the next revisit stays as planned.
        """
        with self._write() as connection:
            return correct(connection, article_id, article, now)

    def last_id(self) -> int:
        """Return the highest article id; 0 in an empty archive."""
        with self._read() as connection:
            return articles.last_id(connection)

    def canonical_urls(self) -> Iterator[tuple[str, str]]:
        """Yield (canonical URL, content hash) of every article, oldest first, in bounded memory."""
        with explained(self._subject):
            yield from history.canonical_urls(self._engine)

    def id_range(self, since: datetime | None = None, until: datetime | None = None) -> tuple[int, int, int]:
        """Return the first and last id of the articles found in that period, and their number, or (0, 0, 0)."""
        with explained(self._subject):
            return texts.id_range(self._engine, since, until)

    def texts(
        self, first: int, last: int, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[tuple[int, Article]]:
        """Yield (id, article) for a range of ids, in order and bounded memory, with only the fields that rules read."""
        with explained(self._subject):
            yield from texts.texts(self._engine, first, last, since, until)

    def candidates(self, rule: Rule, first: int, last: int) -> Sequence[int] | None:
        """Return the ids from `first` to `last` of articles that `rule` may match, ascending; None if any may match."""
        with explained(self._subject):
            return search.candidates(self._engine, rule, first, last)

    def newest_candidates(self, rule: Rule, first: int, last: int, size: int) -> list[int]:
        """Return the ids of the newest articles that `rule` may match, of a range of ids; at most `size`."""
        with explained(self._subject):
            return search.newest_candidates(self._engine, rule, first, last, size)

    def texts_of(
        self, ids: Sequence[int], since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[tuple[int, Article]]:
        """Yield the articles with these ids, as `texts` does."""
        with explained(self._subject):
            yield from texts.texts_of(self._engine, ids, since, until)

    def story_ids(self, ids: Sequence[int]) -> dict[int, int]:
        """Return the story ids of articles, by article id; articles without a story are left out."""
        with explained(self._subject):
            return texts.story_ids(self._engine, ids)

    # Runs and figures

    def save_run(
        self, run: Run, read: Sequence[ReadListing] = (), done: Iterable[int] = (), seen: Sightings | None = None
    ) -> None:
        """Write a run; writing the same id again overwrites it.

        `read`: listings that have no record yet; `done`: the URL keys of candidates that no longer wait; `seen`: what
        its listings named.
        """
        with self._write() as connection:
            history.save_run(connection, run)
            add_listings(connection, run.id, read)
            forget_waiting(connection, run.source, done)
            withdraw_if_hidden(connection, run.source)
            if seen is not None:
                record(connection, run.source, seen, run.finished or run.started)

    def runs(self, source: str | None = None, *, limit: int = 50) -> list[Run]:
        """Return the runs that ended last, newest first."""
        with self._read() as connection:
            return history.latest_runs(connection, source, limit)

    def latency(self, since: datetime, source: str = "") -> list[Stage]:
        """Return how long each stage took for articles found since `since`, of one source or of all."""
        return latency(self._read, since, source)

    def latency_by_source(self, since: datetime) -> dict[str, list[Stage]]:
        """Return the same for each source that found something since `since`."""
        return latency_by_source(self._read, since)

    def publication_times(self, source: str, since: datetime) -> list[datetime]:
        """Return when the last articles of a source were published (or found, if unknown), at most 2,000."""
        with self._read() as connection:
            return history.publication_times(connection, source, since)

    def source_stats(self, since: datetime) -> list[SourceStats]:
        """Return figures for every source that has articles or runs; `recent` counts from `since` on."""
        with self._read() as connection:
            return history.source_stats(connection, since)

    def counts(self) -> Counts:
        """Return the number of rows of each kind."""
        with self._read() as connection:
            return history.counts(connection)

    # Alerts

    def alerts(
        self,
        *,
        rule: str | None = None,
        since: datetime | None = None,
        article_id: int | None = None,
        limit: int | None = 100,
    ) -> list[Alert]:
        """Return the newest alerts first, by time of the match."""
        with self._read() as connection:
            return history.latest_alerts(connection, rule=rule, since=since, article_id=article_id, limit=limit)

    def alert(self, alert_id: str) -> Alert | None:
        """Return one alert."""
        with self._read() as connection:
            return history.one_alert(connection, alert_id)
