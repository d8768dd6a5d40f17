"""The transaction that stores a batch: articles, alerts and deliveries become durable together, or not at all.

Storing is idempotent, because a crash repeats work: an article is identified by its canonical URL, an alert by its id
and by (rule, story), a delivery by (alert, channel). Existing rows are left as they are.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from crawler.archive.coverage import outlets as cited
from crawler.archive.coverage.canary import withdraw
from crawler.archive.engine import lock_writers
from crawler.archive.model import Entry, Stored
from crawler.archive.queries import pages
from crawler.archive.queries.alerts import outlets
from crawler.archive.queries.feed_items import note
from crawler.archive.queries.grouping import assign
from crawler.archive.search import fulltext
from crawler.archive.search.candidate_query import words_of
from crawler.archive.tables.rows import (
    Values,
    add,
    alert_values,
    article_key,
    article_values,
    delivery_values,
    tag_keys,
)
from crawler.archive.tables.schema import alerts, article_tags, articles, deliveries, visits
from crawler.errors import ArchiveError
from crawler.health.canary import CANARY
from crawler.items import Alert


def check(batch: Sequence[Entry]) -> None:
    """Check a batch for errors of the caller before anything is written. Raises ArchiveError."""
    for entry in batch:
        subject = entry.article.url
        if entry.article.found is None:
            raise ArchiveError("an article without the time it was found", subject=subject)
        if not {alert for alert, _ in entry.channels} <= {alert.id for alert in entry.alerts}:
            raise ArchiveError("a channel for an alert that is not of this article", subject=subject)
        times = (entry.article.found, entry.article.published, entry.article.modified)
        if any(time and time.tzinfo is None for time in (*times, *(a.matched for a in entry.alerts))):
            raise ArchiveError("a time without a time zone", subject=subject)


def store(connection: Connection, batch: Sequence[Entry]) -> list[Stored]:
    """Store a batch in the running transaction; return one result for each entry, in order."""
    lock_writers(connection)
    values = [article_values(entry.article) for entry in batch]
    keys: list[bytes] = [row["key"] for row in values]
    new = _insert_articles(connection, values)
    ids = new | _known_ids(connection, [key for key in keys if key not in new])
    firsts = _firsts(batch, keys, new)
    words = [(new[key], words_of(entry.article)) for entry, key in firsts if entry.article.source != CANARY]
    fulltext.write(connection, words)
    cited.note(connection, [(new[key], entry.article) for entry, key in firsts])
    for entry, key in firsts:
        pages.keep(connection, new[key], entry.pages)
    _plan_visits(connection, batch, ids, new)
    for entry, key in zip(batch, keys, strict=True):
        if entry.feed_item is not None:
            note(connection, entry.feed_item, ids[key])
    stories = assign(connection, batch, [ids[key] for key in keys])
    raised = [
        (replace(alert, story=stories.get(ids[key], alert.story)), ids[key])
        for entry, key in zip(batch, keys, strict=True)
        for alert in entry.alerts
    ]
    new_alerts = _insert_alerts(connection, _counted(connection, raised))
    _insert_deliveries(connection, batch, new_alerts)
    if hidden := [ids[key] for entry, key in zip(batch, keys, strict=True) if entry.article.source == CANARY]:
        withdraw(connection, hidden, [stories[one] for one in hidden if one in stories])
    first = {key: position for position, key in reversed(list(enumerate(keys)))}
    return [
        Stored(ids[key], key in new and first[key] == position, _claim(entry.alerts, ids[key], new_alerts))
        for position, (entry, key) in enumerate(zip(batch, keys, strict=True))
    ]


def _firsts(batch: Sequence[Entry], keys: Sequence[bytes], new: Container[bytes]) -> list[tuple[Entry, bytes]]:
    """Return the entries that were stored as new articles: the first one of each key."""
    entries = {key: entry for key, entry in zip(reversed(keys), reversed(batch), strict=True) if key in new}
    return [(entry, key) for key, entry in entries.items()]


def _claim(alerted: Iterable[Alert], article_id: int, new_alerts: dict[str, int]) -> tuple[Alert, ...]:
    # pop: an alert that occurs twice in a batch is new once
    return tuple(
        replace(alert, article_id=article_id) for alert in alerted if new_alerts.pop(alert.id, None) is not None
    )


def _insert_articles(connection: Connection, values: Sequence[Values]) -> dict[bytes, int]:
    unique = {row["key"]: row for row in reversed(values)}  # the first of its key wins
    ordered = [row for row in values if unique[row["key"]] is row]
    new: dict[bytes, int] = {bytes(row["key"]): row["id"] for row in add(connection, articles, ordered, "id", "key")}
    tags = [
        {"tag": tag, "article_id": new[row["key"]]}
        for row in ordered
        if row["key"] in new
        for tag in tag_keys(row["tags"])
    ]
    add(connection, article_tags, tags)
    return new


def _plan_visits(
    connection: Connection, batch: Sequence[Entry], ids: Mapping[bytes, int], new: Container[bytes]
) -> None:
    rows = [
        {"article_id": ids[key], "source": entry.article.source, "due": entry.revisit, "step": 0}
        for entry in reversed(batch)
        if entry.revisit is not None and (key := article_key(entry.article)) in new
    ]
    add(connection, visits, rows)


def _known_ids(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, int]:
    if not keys:
        return {}
    rows = connection.execute(select(articles.c.key, articles.c.id).where(articles.c.key.in_(keys)))
    return {bytes(key): article_id for key, article_id in rows}


def _counted(connection: Connection, raised: Sequence[tuple[Alert, int]]) -> list[tuple[Alert, int]]:
    """Return the alerts with the number of outlets of their stories."""
    counts = outlets(connection, {alert.story for alert, _ in raised if alert.story})
    return [(replace(alert, outlets=counts.get(alert.story, 1)), article_id) for alert, article_id in raised]


def _insert_alerts(connection: Connection, raised: Sequence[tuple[Alert, int]]) -> dict[str, int]:
    rows = [alert_values(alert, article_id) for alert, article_id in raised]
    return {row["id"]: row["article_id"] for row in add(connection, alerts, rows, "id", "article_id")}


def _insert_deliveries(connection: Connection, batch: Sequence[Entry], new_alerts: Mapping[str, int]) -> None:
    due = {alert.id: alert.matched for entry in batch for alert in entry.alerts}
    rows = [
        delivery_values(alert, channel, due[alert])
        for entry in batch
        for alert, channel in entry.channels
        if alert in new_alerts
    ]
    add(connection, deliveries, rows)
