"""Queries for runs, alerts and figures, for live views and the command line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, case, func, select, update

from crawler.archive.model import Counts, DeliveryState, SourceStats
from crawler.archive.queries.alerts import alert_columns
from crawler.archive.tables.rows import Row, alert_of, run_of, run_values, upsert
from crawler.archive.tables.schema import articles, runs, sources
from crawler.archive.tables.visible import alerts, deliveries
from crawler.items import Alert, Outcome, Run

URL_PAGE = 5000  # rows
MAX_TIMES = 2000
KILLED = "the process was killed"  # the error of a run that never ended


def save_run(connection: Connection, run: Run) -> None:
    """Write a run, or overwrite it with its current state.

    The crawls of a source run one after another: earlier runs that have not ended were killed.
    """
    upsert(connection, runs, run_values(run), key="id")
    before = (runs.c.source == run.source) & (runs.c.started < run.started) & runs.c.finished.is_(None)
    killed = {"finished": run.started, "outcome": Outcome.STOPPED.value, "error": KILLED}
    connection.execute(update(runs).where(before).values(killed))


def latest_runs(connection: Connection, source: str | None, limit: int) -> list[Run]:
    """Return the newest finished runs, of one source or of all."""
    statement = (
        select(runs).where(runs.c.finished.is_not(None)).order_by(runs.c.started.desc(), runs.c.id.desc()).limit(limit)
    )
    if source is not None:
        statement = statement.where(runs.c.source == source)
    return [run_of(row) for row in connection.execute(statement).mappings()]


def latest_alerts(
    connection: Connection, *, rule: str | None, since: datetime | None, article_id: int | None, limit: int | None
) -> list[Alert]:
    """Return the newest alerts, by time of the match."""
    statement = select(*alert_columns()).order_by(alerts.c.matched.desc(), alerts.c.id.desc()).limit(limit)
    if rule is not None:
        statement = statement.where(alerts.c.rule == rule)
    if since is not None:
        statement = statement.where(alerts.c.matched >= since)
    if article_id is not None:
        statement = statement.where(alerts.c.article_id == article_id)
    return [alert_of(row) for row in connection.execute(statement).mappings()]


def one_alert(connection: Connection, alert_id: str) -> Alert | None:
    """Return one alert."""
    row = connection.execute(select(*alert_columns()).where(alerts.c.id == alert_id)).mappings().first()
    return alert_of(row) if row else None


def source_stats(connection: Connection, since: datetime) -> list[SourceStats]:
    """Return figures of every source with articles or runs, by name; `recent` counts articles found from `since` on."""
    recent = func.sum(case((articles.c.found >= since, 1), else_=0)).label("recent")
    last = func.max(articles.c.found).label("last")
    grouped = select(articles.c.source, func.count().label("total"), recent, last).group_by(articles.c.source)
    of_source: dict[str, Row] = {row["source"]: row for row in connection.execute(grouped).mappings()}
    last_run = _last_runs(connection)
    return [_stats(name, of_source.get(name), last_run.get(name)) for name in sorted(of_source.keys() | last_run)]


def publication_times(connection: Connection, source: str, since: datetime) -> list[datetime]:
    """Return when the newest articles of a source were published, or found if that is unknown."""
    when = func.coalesce(articles.c.published, articles.c.found, type_=articles.c.found.type)
    mine = (articles.c.source == source) & (articles.c.found >= since)
    newest = select(when).where(mine).order_by(articles.c.found.desc(), articles.c.id.desc()).limit(MAX_TIMES)
    return list(connection.scalars(newest))


def counts(connection: Connection) -> Counts:
    """Return the number of rows of each kind."""
    tables = {
        table.name: connection.scalar(select(func.count()).select_from(table)) for table in (articles, runs, alerts)
    }
    by_state = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    states = dict.fromkeys(DeliveryState, 0) | {DeliveryState(s): n for s, n in connection.execute(by_state)}
    return Counts(
        articles=tables["articles"] or 0,
        runs=tables["runs"] or 0,
        alerts=tables["alerts"] or 0,
        pending=states[DeliveryState.PENDING],
        sent=states[DeliveryState.SENT],
        dead=states[DeliveryState.DEAD],
    )


def canonical_urls(engine: Engine) -> Iterator[tuple[str, str]]:
    """Yield (canonical URL, content hash) of every article, oldest first, in short reads."""
    last = 0
    columns = (articles.c.id, articles.c.canonical_url, articles.c.content_hash)
    while True:
        statement = select(*columns).where(articles.c.id > last).order_by(articles.c.id).limit(URL_PAGE)
        with engine.connect() as connection:
            page: Any = connection.execute(statement).all()
        yield from ((url, content_hash) for _, url, content_hash in page)
        if len(page) < URL_PAGE:
            return
        last = page[-1][0]


def _last_runs(connection: Connection) -> dict[str, Run]:
    newest = select(runs.c.source, func.max(runs.c.started).label("started")).group_by(runs.c.source).subquery()
    both = (runs.c.source == newest.c.source) & (runs.c.started == newest.c.started)
    found = (run_of(row) for row in connection.execute(select(runs).join(newest, both)).mappings())
    return {run.source: run for run in found}


def _stats(source: str, row: Row | None, last_run: Run | None) -> SourceStats:
    if row is None:
        return SourceStats(source, 0, 0, None, last_run)
    return SourceStats(source, row["total"], int(row["recent"]), row["last"], last_run)


def last_runs(connection: Connection) -> dict[str, Run]:
    """Return the last finished run of each source of the watch file: one index look-up each."""
    other = runs.alias()
    newest = (
        select(func.max(other.c.started))
        .where(other.c.source == sources.c.id, other.c.finished.is_not(None))
        .correlate(sources)
        .scalar_subquery()
    )
    both = (runs.c.source == sources.c.id) & (runs.c.started == newest)
    statement = select(runs).select_from(sources.join(runs, both)).where(sources.c.removed.is_(None))
    return {run.source: run for run in map(run_of, connection.execute(statement).mappings())}


def first_started(connection: Connection, source: str) -> datetime | None:
    """Return when the source was first crawled, as far as runs are kept."""
    found: datetime | None = connection.scalar(select(func.min(runs.c.started)).where(runs.c.source == source))
    return found
