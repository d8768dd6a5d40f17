"""How sources fare: which of them somebody has to look at, what they suffer from, and telling of it exactly once."""

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
class Illness:
    """A source that fell ill. `told`: when that was noticed; `recovered`: None while it lasts."""

    source: str
    condition: Condition
    since: datetime
    told: datetime
    detail: str = ""
    recovered: datetime | None = None


class Health:
    """Sources' health in the archive; every method may raise ArchiveError.

    `until`: what began later is left out: a clock that was set back since wrote it.
    """

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def odd(self, since: datetime, *, until: datetime) -> dict[str, datetime]:
        """The sources with runs since a moment that give reason to look at them, and when the last such run began."""
        recent = runs.c.started.between(since, until)
        chosen = select(runs.c.source, func.max(runs.c.started)).where(runs.c.odd == true(), recent)
        with self._read() as connection:
            return {row[0]: row[1] for row in connection.execute(chosen.group_by(runs.c.source))}

    def last_runs(self, sources: Collection[str], *, until: datetime) -> dict[str, datetime]:
        """When the last run of each of these sources began that has ended."""
        ended = runs.c.finished.is_not(None) & (runs.c.started <= until)
        chosen = select(runs.c.source, func.max(runs.c.started)).where(runs.c.source.in_(sources), ended)
        with self._read() as connection:
            return {row[0]: row[1] for row in connection.execute(chosen.group_by(runs.c.source))}

    def runs(self, source: str, limit: int, *, until: datetime) -> list[Run]:
        """The last runs of a source that have ended, the oldest first."""
        return self._runs(limit, runs.c.source == source, runs.c.started <= until)

    def telling(self, source: str, since: datetime, limit: int, *, until: datetime) -> list[Run]:
        """Those of them that asked for articles' pages, since a moment."""
        return self._runs(limit, runs.c.source == source, runs.c.started.between(since, until), runs.c.pages > 0)

    def _runs(self, limit: int, *which: ColumnElement[bool]) -> list[Run]:
        newest = (runs.c.started.desc(), runs.c.id.desc())
        chosen = select(runs).where(*which, runs.c.finished.is_not(None)).order_by(*newest).limit(limit)
        with self._read() as connection:
            return [run_of(row) for row in connection.execute(chosen).mappings()][::-1]

    def failing(self, since: datetime, *, until: datetime) -> tuple[int, int]:
        """How many sources' runs failed since a moment, and how many sources were crawled."""
        count = func.count(runs.c.source.distinct())
        recent = select(count).where(runs.c.started.between(since, until), runs.c.finished.is_not(None))
        with self._read() as connection:
            failed = connection.scalar(recent.where(runs.c.outcome == Outcome.FAILED.value)) or 0
            return failed, connection.scalar(recent) or 0

    def last_found(self, source: str, *, until: datetime) -> datetime | None:
        """When the newest article of a source was found."""
        with self._read() as connection:
            mine = (articles.c.source == source) & (articles.c.found <= until)
            latest = select(func.max(articles.c.found)).where(mine)
            found: datetime | None = connection.scalar(latest)
            return found

    def ill(self, sources: Collection[str] | None = None) -> list[Illness]:
        """What sources (all without `sources`) suffer from now, by source and by when it began."""
        table = source_health
        chosen = select(table).where(table.c.recovered.is_(None)).order_by(table.c.source, table.c.since, table.c.id)
        if sources is not None:
            chosen = chosen.where(table.c.source.in_(sources))
        return self._illnesses(chosen)

    def past(self, source: str, limit: int = 20) -> list[Illness]:
        """What a source suffered from, and does not any more; the last one first."""
        table = source_health
        mine = (table.c.source == source) & table.c.recovered.is_not(None)
        return self._illnesses(select(table).where(mine).order_by(table.c.recovered.desc()).limit(limit))

    def _illnesses(self, chosen: Select[Any]) -> list[Illness]:
        with self._read() as connection:
            rows = connection.execute(chosen).all()
        known = {condition.value for condition in Condition}
        return [
            Illness(row.source, Condition(row.condition), row.since, row.told, row.detail, row.recovered)
            for row in rows
            if row.condition in known  # a newer program may know more
        ]

    def begin(self, one: Illness, alert: Alert, channels: Sequence[str]) -> bool:
        """Note that a source fell ill, and raise the alert of it; False when that was noted before."""
        row = {
            "source": one.source,
            "condition": one.condition.value,
            "since": one.since,
            "told": one.told,
            "detail": clean(one.detail)[:MAX_DETAIL],
        }
        with self._write() as connection:
            lock_writers(connection)
            begun = bool(add(connection, source_health, [row], "id"))
            if begun:
                _raise(connection, alert, channels)
        return begun

    def end(self, source: str, condition: Condition, now: datetime, alert: Alert, channels: Sequence[str]) -> bool:
        """Note that a source is well again, and raise the alert of it; False when it was not ill."""
        table = source_health
        mine = (table.c.source == source) & (table.c.condition == condition.value) & table.c.recovered.is_(None)
        with self._write() as connection:
            lock_writers(connection)
            ended = connection.execute(update(table).where(mine).values(recovered=now)).rowcount > 0
            if ended:
                _raise(connection, alert, channels)
        return ended

    def forget(self, watched: Collection[str], now: datetime) -> None:
        """Sources that left the watch file are not ill any longer: nobody looks at them, and nobody is told."""
        gone = {one.source for one in self.ill()} - set(watched)
        if gone:
            mine = source_health.c.source.in_(gone) & source_health.c.recovered.is_(None)
            with self._write() as connection:
                connection.execute(update(source_health).where(mine).values(recovered=now))


def _raise(connection: Connection, alert: Alert, channels: Sequence[str]) -> None:
    """Channels without any: it stands in the list of alerts all the same."""
    if add(connection, alerts, [alert_values(alert, None)], "id"):
        add(connection, deliveries, [delivery_values(alert.id, channel, alert.matched) for channel in channels])
