"""Queries for revisits: the articles that are due, the results of revisits, and the versions of articles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection, Select, and_, delete, func, or_, select, update

from crawler.archive.coverage import outlets as cited
from crawler.archive.engine import lock_writers
from crawler.archive.model import Revision, Visit, Visited
from crawler.archive.queries import pages
from crawler.archive.queries.alerts import outlets
from crawler.archive.queries.feed_items import note
from crawler.archive.search import fulltext
from crawler.archive.search.candidate_query import words_of
from crawler.archive.tables.rows import (
    Row,
    Values,
    add,
    alert_values,
    article_of,
    article_values,
    clean,
    delivery_values,
    utc,
)
from crawler.archive.tables.schema import (
    alerts,
    articles,
    deliveries,
    revisions,
    stories,
    story_articles,
    visits,
)
from crawler.items import Alert, Article

MAX_REVISIONS = 100  # of one article; later ones replace the newest
Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]
_REPLACED = ("title", "text", "markdown", "lead", "authors", "published", "published_from", "published_uncertain",
             "modified", "modified_from", "word_count", "content_hash", "captions", "paywalled", "live")  # fmt: skip


class Visits:
    """Revisits in the archive; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def due_sources(self, now: datetime) -> list[str]:
        """Return the sources with articles that are due for a revisit."""
        with self._read() as connection:
            return sorted(connection.scalars(select(visits.c.source).where(visits.c.due <= now).distinct()))

    def due(self, source: str, now: datetime, limit: int = 100) -> list[Visit]:
        """Return the articles of a source that are due, longest waiting first, with their texts."""
        statement = (
            _visited()
            .where(visits.c.source == source, visits.c.due <= now)
            .order_by(visits.c.due, articles.c.id)
            .limit(limit)
        )
        with self._read() as connection:
            return [_visit(row) for row in connection.execute(statement).mappings()]

    def of(self, article_id: int) -> Visit | None:
        """Return an article as last seen; None if it is gone. Without further revisits, `due` is None."""
        with self._read() as connection:
            row = connection.execute(_visited().where(articles.c.id == article_id)).mappings().first()
            return _visit(row) if row is not None else None

    def record(self, seen: Visited) -> tuple[Alert, ...]:
        """Write the result of a revisit in one transaction; return the new alerts. A repeat changes nothing."""
        with self._write() as connection:
            lock_writers(connection)
            row = connection.execute(select(articles).where(articles.c.id == seen.article_id)).mappings().first()
            if row is None:
                return ()
            if seen.article is not None:
                _move(connection, seen.article_id, article_of(row), seen.article)
            if seen.article is not None and seen.changed:
                revise(connection, article_of(row), seen, seen.article)
                cited.replace(connection, seen.article_id, seen.article)
                pages.keep(connection, seen.article_id, seen.pages)
            if seen.feed_item is not None:
                note(connection, seen.feed_item, seen.article_id)
            number = _revision_number(connection, seen)
            values: Values = {"due": seen.due, "step": seen.step, "missing": seen.missing, "version": seen.version}
            values |= {"changed": seen.now} if seen.article is not None else {}
            values |= {"removed": seen.now} if seen.removed else {}
            connection.execute(update(visits).where(visits.c.article_id == seen.article_id).values(**values))
            return _raise_alerts(connection, seen, number)

    def hasten(self, sources: Collection[str], plan: Sequence[timedelta], due: datetime, now: datetime) -> int:
        """Make revisits due at `due` that were put off because no host answered; return how many.

        `plan`: that of these sources. Such a visit waits although the article has reached the age of its step.
        """
        reached = or_(*(and_(visits.c.step == n, articles.c.found <= now - age) for n, age in enumerate(plan)))
        late = select(articles.c.id).where(articles.c.id == visits.c.article_id, reached).exists()
        waiting = visits.c.source.in_(sources) & (visits.c.due > due) & visits.c.missing.is_(None)
        with self._write() as connection:
            return connection.execute(update(visits).where(waiting, late).values(due=due)).rowcount if plan else 0

    def revisions(self, article_id: int) -> list[Revision]:
        """Return the versions of an article, oldest first; [] for one that never changed."""
        statement = select(revisions).where(revisions.c.article_id == article_id).order_by(revisions.c.number)
        with self._read() as connection:
            return [_revision(row) for row in connection.execute(statement).mappings()]

    def removed(self, article_id: int) -> datetime | None:
        """Return when the removal of an article was confirmed; None if it was not."""
        with self._read() as connection:
            found: datetime | None = connection.scalar(
                select(visits.c.removed).where(visits.c.article_id == article_id)
            )
        return found


def _visited() -> Select[Any]:
    columns = (visits.c[name].label(f"visit_{name}") for name in ("due", "step", "missing", "version"))
    return (
        select(articles, *columns, stories.c.key.label("story_key"))
        .outerjoin(visits, visits.c.article_id == articles.c.id)
        .outerjoin(story_articles, story_articles.c.article_id == articles.c.id)
        .outerjoin(stories, stories.c.id == story_articles.c.story_id)
    )


def _visit(row: Row) -> Visit:
    return Visit(
        article_id=row["id"],
        article=article_of(row),
        due=row["visit_due"],
        step=row["visit_step"] or 0,
        story=row["story_key"] or "",
        missing=row["visit_missing"],
        version=row["visit_version"] or "",
    )


def _move(connection: Connection, article_id: int, old: Article, new: Article) -> None:
    """Give the article its new address, unless another article has it."""
    names = ("url", "canonical_url", "key", "url_key")
    before, after = article_values(old), article_values(new)
    taken = select(articles.c.id).where(articles.c.key == after["key"], articles.c.id != article_id)
    if all(before[name] == after[name] for name in names) or connection.scalar(taken) is not None:
        return
    values = {name: after[name] for name in names}
    connection.execute(update(articles).where(articles.c.id == article_id).values(**values))


def revise(connection: Connection, old: Article, seen: Visited, new: Article) -> None:
    """Store the first version, add or count the new one, and update the article's row."""
    article_id, found = seen.article_id, old.found or seen.now
    first = _values(article_id, 0, seen.old_version, old, found)
    count, last = connection.execute(
        select(func.count(), func.max(revisions.c.number)).where(revisions.c.article_id == article_id)
    ).one()
    if not count:
        add(connection, revisions, [first])
        last = 0
    known = (revisions.c.article_id == article_id) & (revisions.c.version == seen.version)
    again = connection.execute(
        update(revisions)
        .where(known, revisions.c.last_seen < seen.now)
        .values(last_seen=seen.now, times=revisions.c.times + 1)
    )
    if not again.rowcount:
        if count >= MAX_REVISIONS:
            full = (revisions.c.article_id == article_id) & (revisions.c.number == last)
            connection.execute(delete(revisions).where(full))
        fresh = _values(article_id, last + 1, seen.version, new, seen.now)
        add(connection, revisions, [fresh | {"admitted": seen.admitted, "changed": list(seen.changed)}])
    changed = article_values(new)
    connection.execute(
        update(articles).where(articles.c.id == article_id).values(**{name: changed[name] for name in _REPLACED})
    )
    as_stored = replace(old, title=new.title, text=new.text, authors=new.authors)
    fulltext.write(connection, [(article_id, words_of(as_stored))])


def _values(article_id: int, number: int, version: str, article: Article, seen: datetime) -> Values:
    return {
        "article_id": article_id,
        "number": number,
        "seen": seen,
        "last_seen": seen,
        "times": 1,
        "admitted": True,
        "changed": [],
        "version": version,
        "title": clean(article.title),
        "authors": [clean(name) for name in article.authors],
        "published": utc(article.published),
        "modified": utc(article.modified),
        "text": clean(article.text),
    }


def _revision_number(connection: Connection, seen: Visited) -> int:
    known = (revisions.c.article_id == seen.article_id) & (revisions.c.version == seen.version)
    return connection.scalar(select(revisions.c.number).where(known)) or 0


def _raise_alerts(connection: Connection, seen: Visited, revision: int) -> tuple[Alert, ...]:
    counts = outlets(connection, {alert.story for alert in seen.alerts if alert.story})
    whole = [replace(alert, revision=revision, outlets=counts.get(alert.story, 1)) for alert in seen.alerts]
    rows = add(connection, alerts, [alert_values(alert, seen.article_id) for alert in whole], "id")
    new_ids = {row["id"] for row in rows}
    add(
        connection,
        deliveries,
        [delivery_values(alert, channel, seen.now) for alert, channel in seen.channels if alert in new_ids],
    )
    return tuple(alert for alert in seen.alerts if alert.id in new_ids)


def _revision(row: Row) -> Revision:
    names: Sequence[str] = (
        "number",
        "seen",
        "last_seen",
        "times",
        "admitted",
        "title",
        "text",
        "published",
        "modified",
    )
    values = {name: row[name] for name in names}
    return Revision(**values, changed=tuple(row["changed"]), authors=tuple(row["authors"]))
