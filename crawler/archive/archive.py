"""The one door to the SQL archive. Sync and thread-safe: a service calls it from threads, a command directly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

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
from crawler.archive.queries.announcements import Announcements
from crawler.archive.queries.corrections import correct
from crawler.archive.queries.dashboard import Dashboard
from crawler.archive.queries.health import Health
from crawler.archive.queries.latency import Stage, latency, latency_by_source
from crawler.archive.queries.listings import Listings, add_listings, forget_waiting
from crawler.archive.queries.outbox import Outbox
from crawler.archive.queries.pages import Pages
from crawler.archive.queries.revisits import Visits
from crawler.archive.queries.searches import Searches
from crawler.archive.queries.sign_outs import EndedSessions
from crawler.archive.queries.signals import Signals
from crawler.archive.queries.sources import Sources
from crawler.archive.queries.stories import Stories
from crawler.archive.queries.tokens import Tokens
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
        """The pages that articles were read from, where they are kept."""
        return Pages(self._read, self._write)

    @property
    def signals(self) -> Signals:
        """Alerts that follow from many matches, and the rules that are known."""
        return Signals(self._read, self._write)

    @property
    def health(self) -> Health:
        """How sources fare, and what they suffer from."""
        return Health(self._read, self._write)

    @property
    def sources(self) -> Sources:
        """The sources that the watch file names or named."""
        return Sources(self._read, self._write)

    @property
    def stories(self) -> Stories:
        """Stories and their copies."""
        return Stories(self._read, self._write)

    @property
    def visits(self) -> Visits:
        """When articles are looked at again, and what they were before."""
        return Visits(self._read, self._write)

    @property
    def announcements(self) -> Announcements:
        """What feeds listed, by guid."""
        return Announcements(self._read, self._write)

    @property
    def listings(self) -> Listings:
        """What runs read, and the candidates that wait."""
        return Listings(self._read, self._write)

    @property
    def dashboard(self) -> Dashboard:
        """Alerts, runs and figures for pages where people steer."""
        return Dashboard(self._read, self._write)

    @property
    def searches(self) -> Searches:
        """Searches that people keep."""
        return Searches(self._read, self._write)

    @property
    def tokens(self) -> Tokens:
        """Tokens that programs show instead of a password."""
        return Tokens(self._read, self._write)

    @property
    def ended_sessions(self) -> EndedSessions:
        """Sessions of the web page that were signed out."""
        return EndedSessions(self._read, self._write)

    # Articles

    def store(self, batch: Sequence[Entry]) -> list[Stored]:
        """Store articles, their alerts and their deliveries in one transaction; one result for each entry.

        When it returns, the batch survives the death of the process and of the machine. A repeat changes nothing.
        """
        storing.check(batch)
        if not batch:
            return []
        with self._write() as connection:
            return storing.store(connection, batch)

    def items(self, wanted: ItemFilter = EVERYTHING, *, bodies: bool = True) -> Iterator[ArticleRow]:
        """Stream articles in bounded memory; `bodies` False leaves text, markdown and captions out, for lists."""
        with explained(self._subject):
            yield from articles.stream(self._engine, wanted, bodies=bodies)

    def search(
        self, matcher: Matcher, wanted: ItemFilter = EVERYTHING, *, bodies: bool = False
    ) -> Iterator[tuple[ArticleRow, tuple[Span, ...]]]:
        """Articles of the filter that a rule of `matcher` matches, in the filter's order, streamed as they are found.

        The spans point into title and text, title first. `bodies` False leaves Markdown and captions out, the text
        stays. The next page: `ItemFilter.after` as of `items`, with the last row.
        """
        with explained(self._subject):
            yield from search.search(self._engine, matcher, wanted, bodies=bodies)

    def article(self, key: int | str) -> ArticleRow | None:
        """One article by id, URL or the first six or more characters of its content hash; None if there is none."""
        with self._read() as connection:
            return articles.find(connection, key)

    def correct(self, article_id: int, article: Article, now: datetime) -> tuple[str, ...]:
        """Let an article be what a better extractor read from its page; the names of the fields that changed.

        What it was stays as a revision. Nobody is told, and when it is looked at again stays as it was.
        """
        with self._write() as connection:
            return correct(connection, article_id, article, now)

    def last_id(self) -> int:
        """The id of the article that was stored last; 0 in an empty archive."""
        with self._read() as connection:
            return articles.last_id(connection)

    def canonical_urls(self) -> Iterator[tuple[str, str]]:
        """(canonical URL, content hash) of every article, the oldest first, in bounded memory."""
        with explained(self._subject):
            yield from history.canonical_urls(self._engine)

    def id_range(self, since: datetime | None = None, until: datetime | None = None) -> tuple[int, int, int]:
        """The first and last id of the articles found in that time, and their number; (0, 0, 0) for none."""
        with explained(self._subject):
            return texts.id_range(self._engine, since, until)

    def texts(
        self, first: int, last: int, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[tuple[int, Article]]:
        """What rules look at in the articles of a range of ids, as (id, article), by id: fast, in bounded memory."""
        with explained(self._subject):
            yield from texts.texts(self._engine, first, last, since, until)

    def candidates(self, rule: Rule, first: int, last: int) -> Sequence[int] | None:
        """The ids from `first` to `last` of articles that `rule` may match, ascending; None where all of them may."""
        with explained(self._subject):
            return search.candidates(self._engine, rule, first, last)

    def newest_candidates(self, rule: Rule, first: int, last: int, size: int) -> list[int]:
        """Return the ids of the newest articles that `rule` may match, of a range of ids; at most `size`."""
        with explained(self._subject):
            return search.newest_candidates(self._engine, rule, first, last, size)

    def texts_of(
        self, ids: Sequence[int], since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[tuple[int, Article]]:
        """As `texts`, of the articles of these ids."""
        with explained(self._subject):
            yield from texts.texts_of(self._engine, ids, since, until)

    def story_ids(self, ids: Sequence[int]) -> dict[int, int]:
        """The stories of articles, by the articles' ids; what has none is left out."""
        with explained(self._subject):
            return texts.story_ids(self._engine, ids)

    # Runs and figures

    def save_run(self, run: Run, read: Sequence[ReadListing] = (), done: Iterable[int] = ()) -> None:
        """Write a run; writing the same id again overwrites it.

        `read`: what it read and has no record yet; `done`: the URL keys of candidates that do not wait any longer.
        """
        with self._write() as connection:
            history.save_run(connection, run)
            add_listings(connection, run.id, read)
            forget_waiting(connection, run.source, done)

    def runs(self, source: str | None = None, *, limit: int = 50) -> list[Run]:
        """The newest runs that have ended first."""
        with self._read() as connection:
            return history.latest_runs(connection, source, limit)

    def latency(self, since: datetime, source: str = "") -> list[Stage]:
        """How long news took from stage to stage, of what was found since a moment; of one source, or of all."""
        return latency(self._read, since, source)

    def latency_by_source(self, since: datetime) -> dict[str, list[Stage]]:
        """The same of each source that found something since."""
        return latency_by_source(self._read, since)

    def moments(self, source: str, since: datetime) -> list[datetime]:
        """When the last articles of a source were published (found, where that is not known), at most 2,000."""
        with self._read() as connection:
            return history.moments(connection, source, since)

    def source_stats(self, since: datetime) -> list[SourceStats]:
        """Figures of every source that has articles or runs; `recent` counts from `since` on (for example midnight)."""
        with self._read() as connection:
            return history.source_stats(connection, since)

    def counts(self) -> Counts:
        """How many rows of each kind there are."""
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
        """The newest alerts first, by time matched."""
        with self._read() as connection:
            return history.latest_alerts(connection, rule=rule, since=since, article_id=article_id, limit=limit)

    def alert(self, alert_id: str) -> Alert | None:
        """One alert."""
        with self._read() as connection:
            return history.one_alert(connection, alert_id)
