"""Queries for alerts derived from many matches, or from new rules, and the writes that raise them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Connection, case, select

from crawler.archive.engine import lock_writers
from crawler.archive.queries.alerts import Grown, grown
from crawler.archive.tables.rows import add, alert_values, delivery_values
from crawler.archive.tables.schema import alerts, articles, deliveries, known_rules
from crawler.items import Alert

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]


class DerivedAlerts:
    """Alerts without a newly stored article; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def matches(self, rule: str, since: datetime) -> list[tuple[datetime, str]]:
        """Return when a rule matched new stories, and the ids of those alerts, oldest first.

        A match that is older than the rule counts from when its article was found.
        """
        matched = case((alerts.c.baseline, articles.c.found), else_=alerts.c.matched)
        mine = (alerts.c.rule == rule) & (alerts.c.kind == "new") & (alerts.c.matched >= since)
        columns = (matched, alerts.c.id)
        with self._read() as connection:
            rows = connection.execute(select(*columns).join(articles).where(mine).order_by(*columns))
            return [(row[0], row[1]) for row in rows]

    def grown(self, rules: Sequence[str], since: datetime) -> list[Grown]:
        """Return stories with a copy since `since` and five times the outlets of these rules' last alerts."""
        with self._read() as connection:
            return grown(connection, rules, since)

    def known_rules(self) -> frozenset[str]:
        """Return the rules seen before: any other rule is new."""
        with self._read() as connection:
            return frozenset(connection.scalars(select(known_rules.c.rule)))

    def add_known_rules(self, rules: Sequence[str], now: datetime) -> None:
        """Record rules as seen."""
        with self._write() as connection:
            add(connection, known_rules, [{"rule": rule, "since": now} for rule in rules])

    def raise_alerts(self, raised: Sequence[Alert], channels: Sequence[str]) -> int:
        """Raise alerts about articles that are stored already; return how many are new."""
        found = {alert.id: alert for alert in raised}
        with self._write() as connection:
            lock_writers(connection)
            rows = [alert_values(alert, alert.article_id) for alert in raised]
            new = [row["id"] for row in add(connection, alerts, rows, "id")]
            add(
                connection,
                deliveries,
                [delivery_values(name, channel, found[name].matched) for name in new for channel in channels],
            )
        return len(new)
