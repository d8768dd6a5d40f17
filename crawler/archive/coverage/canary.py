"""The canary in the archive: it leaves no rows but its alert and delivery, which are hidden, and a bounded history."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, delete, select, update

from crawler.archive.engine import lock_writers
from crawler.archive.model import DeliveryState
from crawler.archive.tables.columns import metadata
from crawler.archive.tables.coverage import canaries
from crawler.archive.tables.rows import add, alert_values, clean, delivery_values, upsert
from crawler.archive.tables.schema import alerts, deliveries, stories
from crawler.health.canary import CANARY, CanaryResult, Stage
from crawler.items import Alert

KEPT: Final = timedelta(days=7)
MOST: Final = 1000  # results that are read
MAX_DETAIL: Final = 500
_OWN: Final = frozenset({"alerts", "canaries"})

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]


def withdraw(connection: Connection, ids: Collection[int] = (), story_keys: Collection[str] = ()) -> None:
    """Delete what the running transaction wrote about the canary, except its alert and delivery.

    Called in each transaction that writes for a source, so that no reader ever finds a row. `ids`, `story_keys`: of the
    articles that were stored.
    """
    connection.execute(
        update(alerts).where(alerts.c.article_id.in_(ids), alerts.c.rule == CANARY).values(article_id=None)
    )
    for table in reversed(metadata.sorted_tables):
        if "source" in table.c and table.name not in _OWN:
            connection.execute(delete(table).where(table.c.source == CANARY))
    connection.execute(delete(stories).where(stories.c.key.in_(story_keys), stories.c.representative.is_(None)))


def withdraw_if_hidden(connection: Connection, source: str) -> None:
    """Withdraw what was written for the canary's source, if that is the source."""
    if source == CANARY:
        withdraw(connection)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """How far the alert of a canary has come. None: not yet."""

    stored: datetime | None = None
    planned: datetime | None = None
    received: datetime | None = None
    error: str = ""


class Canaries:
    """The canary and its history; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def outgoing(self, token: str) -> Outgoing:
        """Return how far the alert of a canary has come."""
        columns = (
            alerts.c.matched,
            deliveries.c.created,
            deliveries.c.settled,
            deliveries.c.state,
            deliveries.c.last_error,
        )
        both = alerts.outerjoin(deliveries, deliveries.c.alert_id == alerts.c.id)
        mine = (alerts.c.rule == CANARY) & alerts.c.url.endswith(f"/{token}")
        with self._read() as connection:
            row = connection.execute(select(*columns).select_from(both).where(mine)).first()
        if row is None:
            return Outgoing()
        is_sent = row.state == DeliveryState.SENT.value
        return Outgoing(row.matched, row.created, row.settled if is_sent else None, row.last_error or "")

    def history(self, since: datetime) -> list[CanaryResult]:
        """Return the results of canaries published since `since`, newest first, at most MOST."""
        newest = canaries.c.published.desc()
        with self._read() as connection:
            rows = connection.execute(
                select(canaries).where(canaries.c.published >= since).order_by(newest).limit(MOST)
            )
            return [_result(row) for row in rows.mappings()]

    def last(self) -> CanaryResult | None:
        """Return the last result."""
        with self._read() as connection:
            row = connection.execute(select(canaries).order_by(canaries.c.published.desc()).limit(1)).mappings().first()
            return _result(row) if row is not None else None

    def end(self, result: CanaryResult, notice: Alert | None = None, channels: Sequence[str] = ()) -> None:
        """Record a result, delete older ones and the canary itself, and raise the notice, in one transaction."""
        values = {
            "token": result.token,
            "published": result.published,
            "judged": result.judged,
            "stopped": result.stopped.value if result.stopped else "",
            "detail": clean(result.detail)[:MAX_DETAIL],
            "passed": {stage.value: time.isoformat() for stage, time in result.passed},
            "recovered": result.recovered,
        }
        with self._write() as connection:
            lock_writers(connection)
            upsert(connection, canaries, values, key="token")
            connection.execute(delete(canaries).where(canaries.c.published < result.published - KEPT))
            if result.stopped is None:
                _recover(connection, result.judged)
                connection.execute(delete(alerts).where(alerts.c.rule == CANARY))
            if notice is not None and add(connection, alerts, [alert_values(notice, None)], "id"):
                rows = [delivery_values(notice.id, channel, notice.matched) for channel in channels]
                add(connection, deliveries, rows)

    def clear(self) -> None:
        """Delete the alert and delivery of an earlier canary."""
        with self._write() as connection:
            connection.execute(delete(alerts).where(alerts.c.rule == CANARY))


def _recover(connection: Connection, now: datetime) -> None:
    late = (canaries.c.stopped != "") & canaries.c.recovered.is_(None)
    connection.execute(update(canaries).where(late).values(recovered=now))


def _result(row: Any) -> CanaryResult:
    known = {stage.value: stage for stage in Stage}
    passed = tuple((known[name], datetime.fromisoformat(time)) for name, time in row["passed"].items() if name in known)
    stopped = known.get(row["stopped"])
    return CanaryResult(row["token"], row["published"], row["judged"], stopped, row["detail"], passed, row["recovered"])
