"""Runs, alerts, deliveries and stories for an archive that has only articles; deleted again at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from crawler.archive import Archive
from crawler.archive.model import DeliveryState
from crawler.archive.tables.schema import alerts, articles, deliveries, runs, stories, story_articles
from crawler.items import Outcome

MARK = "bench-"
COPIES = 3  # of a story
RUNS = 4  # for each alert
_OUTCOMES = (Outcome.DONE, Outcome.DONE, Outcome.PARTIAL, Outcome.FAILED)
_CHUNK = 2_000  # rows


@contextmanager
def history(archive: Archive, count: int) -> Iterator[None]:
    """Insert so many alerts and stories, and four times as many runs, one minute apart, during the block."""
    archive.write(_delete)  # of a benchmark that was killed
    if count:
        archive.write(lambda connection: _put_in(connection, count, datetime.now(UTC)))
    try:
        yield
    finally:
        archive.write(_delete)


def _put_in(connection: Connection, count: int, now: datetime) -> None:
    newest = select(articles.c.id, articles.c.source, articles.c.url, articles.c.title).order_by(articles.c.id.desc())
    rows = connection.execute(newest.limit(count * COPIES)).all()
    firsts = rows[::COPIES]
    times = [now - timedelta(minutes=number) for number in range(count * RUNS)]
    _insert(connection, runs, [_run(number, rows[number % len(rows)].source, at) for number, at in enumerate(times)])
    _insert(connection, alerts, [_alert(row, number, times[number]) for number, row in enumerate(firsts)])
    sent = {"channel": "desk", "state": DeliveryState.SENT.value, "attempts": 1}
    _insert(
        connection,
        deliveries,
        [
            sent | {"alert_id": f"{MARK}{number}", "next_attempt": at, "settled": at}
            for number, (_, at) in enumerate(zip(firsts, times, strict=False))
        ],
    )
    _insert(connection, stories, [_story(row, number, times[number]) for number, row in enumerate(firsts)])
    ours = stories.c.key.startswith(MARK)
    ids = dict(connection.execute(select(stories.c.key, stories.c.id).where(ours)).tuples().all())
    copies = [
        {"article_id": row.id, "story_id": ids[f"{MARK}{number // COPIES}"], "site": f"{row.source}.example"}
        for number, row in enumerate(rows)
    ]
    _insert(connection, story_articles, copies)


def _run(number: int, source: str, at: datetime) -> dict[str, Any]:
    outcome = _OUTCOMES[number % len(_OUTCOMES)]
    counts = {"found": 30, "new": number % 7, "unchanged": 20, "failed": number % 3, "bytes": 90_000, "pages": 9}
    error = "https://www.outlet.example/news: answers 503" if outcome is Outcome.FAILED else ""
    ended = at + timedelta(seconds=8)
    named = {"id": f"{MARK}{number}", "source": source, "outcome": outcome.value, "error": error}
    return named | counts | {"started": at, "finished": ended, "odd": outcome is Outcome.FAILED}


def _alert(row: Any, number: int, at: datetime) -> dict[str, Any]:
    named = {"id": f"{MARK}{number}", "rule": f"r{number % 20}", "story": f"{MARK}{number}", "article_id": row.id}
    shown = {"source": row.source, "url": row.url, "title": row.title, "excerpts": [f"... {row.title} ..."]}
    return named | shown | {"spans": [["title", 0, 5]], "matched": at, "published": at}


def _story(row: Any, number: int, at: datetime) -> dict[str, Any]:
    seen = {"first_seen": at - timedelta(hours=1), "last_seen": at}
    return seen | {"key": f"{MARK}{number}", "representative": row.id, "words": 200}


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    for at in range(0, len(rows), _CHUNK):
        connection.execute(insert(table), rows[at : at + _CHUNK])


def _delete(connection: Connection) -> None:
    """Delete alerts and stories, and with them deliveries and copies."""
    for column in (runs.c.id, alerts.c.id, stories.c.key):
        connection.execute(delete(column.table).where(column.startswith(MARK)))
