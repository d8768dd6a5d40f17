"""Queries for the health of sources: abnormal runs, open and past problems, and their alerts, each raised once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, func, select, true, update

from crawler.archive.engine import lock_writers
from crawler.archive.tables.rows import add, alert_values, clean, delivery_values, run_of
from crawler.archive.tables.schema import alerts, articles, deliveries, runs, source_health
from crawler.health.conditions import Condition
from crawler.items import Alert, Outcome, Run

MAX_DETAIL = 500

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """A problem of a source. `detected`: when it was found; `recovered`: None while it is open."""

    source: str
    condition: Condition
    since: datetime
    detected: datetime
    detail: str = ""
    recovered: datetime | None = None


class Health:
    """The health of sources in the archive; every method may raise ArchiveError.

    `until`: runs that began later are left out; they were written before the clock was set back.
    """

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def abnormal(self, since: datetime, *, until: datetime) -> dict[str, datetime]:
        """Return the sources with abnormal runs since `since`, and when the last such run began."""
        recent = runs.c.started.between(since, until)
        chosen = select(runs.c.source, func.max(runs.c.started)).where(runs.c.abnormal == true(), recent)
        with self._read() as connection:
            return {row[0]: row[1] for row in connection.execute(chosen.group_by(runs.c.source))}

    def last_runs(self, sources: Collection[str], *, until: datetime) -> dict[str, datetime]:
        """Return when the last finished run of each of these sources began."""
        ended = runs.c.finished.is_not(None) & (runs.c.started <= until)
        chosen = select(runs.c.source, func.max(runs.c.started)).where(runs.c.source.in_(sources), ended)
        with self._read() as connection:
            return {row[0]: row[1] for row in connection.execute(chosen.group_by(runs.c.source))}

    def runs(self, source: str, limit: int, *, until: datetime) -> list[Run]:
        """Return the last finished runs of a source, oldest first."""
        return self._runs(limit, runs.c.source == source, runs.c.started <= until)

    def runs_with_pages(self, source: str, since: datetime, limit: int, *, until: datetime) -> list[Run]:
        """Return those of them since `since` that requested article pages."""
        return self._runs(limit, runs.c.source == source, runs.c.started.between(since, until), runs.c.pages > 0)

    def _runs(self, limit: int, *which: ColumnElement[bool]) -> list[Run]:
        newest = (runs.c.started.desc(), runs.c.id.desc())
        chosen = select(runs).where(*which, runs.c.finished.is_not(None)).order_by(*newest).limit(limit)
        with self._read() as connection:
            return [run_of(row) for row in connection.execute(chosen).mappings()][::-1]

    def failed(self, since: datetime, *, until: datetime) -> list[tuple[str, datetime, str]]:
        """Return the failed runs that began since `since`: source, begin, error."""
        recent = runs.c.started.between(since, until), runs.c.outcome == Outcome.FAILED.value
        chosen = select(runs.c.source, runs.c.started, runs.c.error).where(*recent, runs.c.finished.is_not(None))
        with self._read() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(chosen)]

    def incomplete(self, since: datetime, *, until: datetime) -> list[tuple[str, str]]:
        """Return the partial runs that ended since `since`: source, first error."""
        recent = runs.c.finished.between(since, until), runs.c.outcome == Outcome.PARTIAL.value
        with self._read() as connection:
            return [(row[0], row[1]) for row in connection.execute(select(runs.c.source, runs.c.error).where(*recent))]

    def answered(self, since: datetime, *, until: datetime) -> list[tuple[str, datetime, datetime]]:
        """Return the sources with complete or partial runs since `since`, and when the first and the last began."""
        recent = runs.c.started.between(since, until), runs.c.outcome.in_((Outcome.DONE.value, Outcome.PARTIAL.value))
        columns = runs.c.source, func.min(runs.c.started), func.max(runs.c.started)
        chosen = select(*columns).where(*recent, runs.c.finished.is_not(None)).group_by(runs.c.source)
        with self._read() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(chosen)]

    def last_found(self, source: str, *, until: datetime) -> datetime | None:
        """Return when the newest article of a source was found."""
        with self._read() as connection:
            mine = (articles.c.source == source) & (articles.c.found <= until)
            latest = select(func.max(articles.c.found)).where(mine)
            found: datetime | None = connection.scalar(latest)
            return found

    def open_problems(self, sources: Collection[str] | None = None) -> list[SourceProblem]:
        """Return the open problems of sources (all sources by default), by source and start."""
        table = source_health
        chosen = select(table).where(table.c.recovered.is_(None)).order_by(table.c.source, table.c.since, table.c.id)
        if sources is not None:
            chosen = chosen.where(table.c.source.in_(sources))
        return self._problems(chosen)

    def past_problems(self, source: str, limit: int = 20) -> list[SourceProblem]:
        """Return the past problems of a source, last recovered first."""
        table = source_health
        mine = (table.c.source == source) & table.c.recovered.is_not(None)
        return self._problems(select(table).where(mine).order_by(table.c.recovered.desc()).limit(limit))

    def _problems(self, chosen: Select[Any]) -> list[SourceProblem]:
        with self._read() as connection:
            rows = connection.execute(chosen).all()
        known = {condition.value for condition in Condition}
        return [
            SourceProblem(row.source, Condition(row.condition), row.since, row.detected, row.detail, row.recovered)
            for row in rows
            if row.condition in known  # a newer version may have written others
        ]

    def begin(self, one: SourceProblem, alert: Alert, channels: Sequence[str]) -> bool:
        """Open a problem and raise its alert; return False if it was open already."""
        row = {
            "source": one.source,
            "condition": one.condition.value,
            "since": one.since,
            "detected": one.detected,
            "detail": clean(one.detail)[:MAX_DETAIL],
        }
        with self._write() as connection:
            lock_writers(connection)
            begun = bool(add(connection, source_health, [row], "id"))
            if begun:
                _raise(connection, alert, channels)
        return begun

    def end(self, source: str, condition: Condition, now: datetime, alert: Alert, channels: Sequence[str]) -> bool:
        """Close a problem and raise the alert of the recovery; return False if it was not open."""
        table = source_health
        mine = (table.c.source == source) & (table.c.condition == condition.value) & table.c.recovered.is_(None)
        with self._write() as connection:
            lock_writers(connection)
            ended = connection.execute(update(table).where(mine).values(recovered=now)).rowcount > 0
            if ended:
                _raise(connection, alert, channels)
        return ended

    def notify(self, alert: Alert, channels: Sequence[str]) -> None:
        """Raise an alert that is about no single source, unless it exists."""
        with self._write() as connection:
            lock_writers(connection)
            _raise(connection, alert, channels)

    def forget(self, watched: Collection[str], now: datetime) -> None:
        """Close the problems of sources that are not in the watch file any more, without notification."""
        gone = {one.source for one in self.open_problems()} - set(watched)
        if gone:
            mine = source_health.c.source.in_(gone) & source_health.c.recovered.is_(None)
            with self._write() as connection:
                connection.execute(update(source_health).where(mine).values(recovered=now))


def _raise(connection: Connection, alert: Alert, channels: Sequence[str]) -> None:
    """Without channels the alert is only listed."""
    if add(connection, alerts, [alert_values(alert, None)], "id"):
        add(connection, deliveries, [delivery_values(alert.id, channel, alert.matched) for channel in channels])
