"""Bounded queries for the pages of the web interface: alerts with their deliveries, figures of sources, totals.

None of them counts or scans all articles: figures about articles come from indexes, or from the last id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, select, text, tuple_

from crawler.archive.model import Delivery, DeliveryState
from crawler.archive.queries.alerts import alert_columns
from crawler.archive.tables.columns import UtcTime
from crawler.archive.tables.rows import alert_of, run_of
from crawler.archive.tables.schema import articles, meta, runs, stories
from crawler.archive.tables.visible import alerts, deliveries
from crawler.items import Alert, Outcome, Run

FEW = 2000  # rows that are looked up by their ids
MOST = 10_000  # counts stop here
MAX_TIMES = 5000  # articles

_SOURCE_FIGURES = """SELECT value AS name,
(SELECT id FROM runs WHERE source = value ORDER BY started DESC LIMIT 1) AS last_run,
(SELECT max(found) FROM articles WHERE source = value) AS last_found,
(SELECT count(*) FROM (
    SELECT 1 FROM articles WHERE source = value AND found >= :since LIMIT :most) AS lately) AS recent
FROM {each}"""

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]
Place: TypeAlias = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """A filter for alerts; an empty one passes all.

    `state` selects alerts with a delivery in it. `before` is (matched, id) of the previous page's last alert.
    """

    rule: str = ""
    source: str = ""
    story: str = ""
    since: datetime | None = None
    state: DeliveryState | None = None
    before: Place | None = None


@dataclass(frozen=True, slots=True)
class RunFilter:
    """A filter for runs; an empty one passes all. `before` is (started, id) of the previous page's last run."""

    source: str = ""
    outcome: Outcome | None = None
    before: Place | None = None


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """Figures of one source. `recent`: articles found since the requested time."""

    last_run: Run | None = None
    last_found: datetime | None = None
    recent: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of the archive that are cheap to read. A count of MOST means that many or more."""

    last_id: int  # of articles: the approximate number of stored articles
    bytes: int
    schema: str
    database: str  # SQLite 3.46.1
    runs_today: int
    failed_today: int
    alerts_today: int
    waiting: int
    dead: int


class Dashboard:
    """Reads for live pages; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def alerts(self, alert_filter: AlertFilter, limit: int) -> list[Alert]:
        """Return the newest alerts first, by (matched, id)."""
        order = (alerts.c.matched.desc(), alerts.c.id.desc())
        with self._read() as connection:
            chosen = select(*alert_columns()).where(*_alerts(connection, alert_filter)).order_by(*order).limit(limit)
            return [alert_of(row) for row in connection.execute(chosen).mappings()]

    def deliveries(self, raised: Sequence[Alert]) -> dict[str, list[Delivery]]:
        """Return the deliveries of alerts by alert id, each in the order of the rule's channels."""
        known = {alert.id: alert for alert in raised}
        found: dict[str, list[Delivery]] = {alert.id: [] for alert in raised}
        statement = select(deliveries).where(deliveries.c.alert_id.in_(known)).order_by(deliveries.c.id)
        with self._read() as connection:
            for row in connection.execute(statement).mappings():
                found[row["alert_id"]].append(_delivery(row, known[row["alert_id"]]))
        return found

    def dead(self) -> dict[str, int]:
        """Return the number of dead deliveries of each channel, out of at most MOST."""
        some = select(deliveries.c.channel).where(deliveries.c.state == DeliveryState.DEAD.value).limit(MOST).subquery()
        count = select(some.c.channel, func.count()).group_by(some.c.channel).order_by(some.c.channel)
        with self._read() as connection:
            return {row[0]: row[1] for row in connection.execute(count)}

    def story_id(self, key: str) -> int | None:
        """Return the id of a story by its key."""
        with self._read() as connection:
            found: int | None = connection.scalar(select(stories.c.id).where(stories.c.key == key)) if key else None
            return found

    def alerts_by_day(self, days: Iterable[tuple[datetime, datetime]]) -> dict[str, list[int]]:
        """Return how many alerts each rule raised in each of these periods; rules without any are left out."""
        found: dict[str, list[int]] = {}
        times = list(days)
        with self._read() as connection:
            for at, (begin, end) in enumerate(times):
                within = (alerts.c.matched >= begin) & (alerts.c.matched < end) & ~alerts.c.baseline
                for rule, count in connection.execute(
                    select(alerts.c.rule, func.count()).where(within).group_by(alerts.c.rule)
                ):
                    found.setdefault(rule, [0] * len(times))[at] = count
        return found

    def runs(self, run_filter: RunFilter, limit: int) -> list[Run]:
        """Return the newest runs first, by (started, id)."""
        statement = select(runs).order_by(runs.c.started.desc(), runs.c.id.desc()).limit(limit)
        if run_filter.source:
            statement = statement.where(runs.c.source == run_filter.source)
        if run_filter.outcome is not None:
            statement = statement.where(runs.c.outcome == run_filter.outcome.value, runs.c.finished.is_not(None))
        if run_filter.before is not None:
            statement = statement.where(tuple_(runs.c.started, runs.c.id) < run_filter.before)
        with self._read() as connection:
            return [run_of(row) for row in connection.execute(statement).mappings()]

    def sources(self, names: Collection[str], since: datetime) -> dict[str, SourceFigures]:
        """Return figures of some sources: three index look-ups for each, in two statements."""
        with self._read() as connection:
            return _figures(connection, names, since)

    def publication_times(self, source: str, since: datetime) -> list[datetime]:
        """Return when articles of a source, found since `since`, were published or found; the newest MAX_TIMES.

        A publication time after the time found is replaced by the time found.
        """
        columns = (articles.c.found, articles.c.published)
        mine = (articles.c.source == source) & (articles.c.found >= since)
        statement = select(*columns).where(mine).order_by(articles.c.found.desc()).limit(MAX_TIMES)
        with self._read() as connection:
            return [min(found, published or found) for found, published in connection.execute(statement)]

    def figures(self, now: datetime) -> Figures:
        """Return the figures of the archive."""
        day = now - timedelta(days=1)
        started = runs.c.started >= day
        failed = started & (runs.c.outcome == Outcome.FAILED.value)
        with self._read() as connection:
            return Figures(
                last_id=connection.scalar(select(func.max(articles.c.id))) or 0,
                bytes=_bytes(connection),
                schema=connection.scalar(select(meta.c.value).where(meta.c.key == "schema")) or "",
                database=_database(connection),
                runs_today=_count(connection, select(runs.c.started).where(started)),
                failed_today=_count(connection, select(runs.c.started).where(failed)),
                alerts_today=_count(connection, select(alerts.c.matched).where(alerts.c.matched >= day)),
                waiting=_count(connection, _in_state(DeliveryState.PENDING)),
                dead=_count(connection, _in_state(DeliveryState.DEAD)),
            )


def _alerts(connection: Connection, alert_filter: AlertFilter) -> list[ColumnElement[bool]]:
    given = [(name, getattr(alert_filter, name)) for name in ("rule", "source", "story")]
    conditions: list[ColumnElement[bool]] = [alerts.c[name] == value for name, value in given if value]
    if alert_filter.since is not None:
        conditions.append(alerts.c.matched >= alert_filter.since)
    if alert_filter.before is not None:
        conditions.append(tuple_(alerts.c.matched, alerts.c.id) < alert_filter.before)
    if alert_filter.state is not None:
        conditions.append(_with_delivery(connection, alert_filter.state))
    return conditions


def _with_delivery(connection: Connection, state: DeliveryState) -> ColumnElement[bool]:
    """Select alerts with a delivery in this state: few are looked up by id; for many, the alerts are read in order."""
    ids = select(deliveries.c.alert_id).where(deliveries.c.state == state.value)
    if (connection.scalar(select(func.count()).select_from(ids.limit(FEW).subquery())) or 0) < FEW:
        return alerts.c.id.in_(ids)
    plain = func.coalesce(deliveries.c.state, "")  # avoids the index of states, which has too many rows of this one
    return exists().where(deliveries.c.alert_id == alerts.c.id, plain == state.value)


def _in_state(state: DeliveryState) -> Select[Any]:
    return select(deliveries.c.id).where(deliveries.c.state == state.value)


def _count(connection: Connection, chosen: Select[Any]) -> int:
    return connection.scalar(select(func.count()).select_from(chosen.limit(MOST).subquery())) or 0


def _figures(connection: Connection, names: Collection[str], since: datetime) -> dict[str, SourceFigures]:
    each = (
        "json_each(:names)" if connection.dialect.name == "sqlite" else "unnest(CAST(:names AS TEXT[])) AS one (value)"
    )
    given = json.dumps([*names]) if connection.dialect.name == "sqlite" else [*names]
    since_value = bindparam("since", since, type_=UtcTime())
    statement = text(_SOURCE_FIGURES.format(each=each)).bindparams(since_value).columns(last_found=UtcTime())
    rows = connection.execute(statement, {"names": given, "most": MOST}).all()
    known = select(runs).where(runs.c.id.in_([row.last_run for row in rows if row.last_run is not None]))
    last = {row["id"]: run_of(row) for row in connection.execute(known).mappings()}
    return {row.name: SourceFigures(last.get(row.last_run), row.last_found, row.recent) for row in rows}


def _bytes(connection: Connection) -> int:
    if connection.dialect.name == "sqlite":
        pages, size = (connection.scalar(text(f"PRAGMA {name}")) for name in ("page_count", "page_size"))
        return int(pages or 0) * int(size or 0)
    return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def _database(connection: Connection) -> str:
    version = ".".join(map(str, connection.dialect.server_version_info or ()))
    return f"{'SQLite' if connection.dialect.name == 'sqlite' else 'PostgreSQL'} {version}".strip()


def _delivery(row: Any, alert: Alert) -> Delivery:
    names = ("id", "channel", "attempts", "next_attempt", "last_error", "settled", "message", "form")
    return Delivery(alert=alert, state=DeliveryState(row["state"]), **{name: row[name] for name in names})
