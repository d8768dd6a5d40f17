"""The outbox: every delivery that was written with its alert, until it is sent or given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from crawler.archive.model import Delivery, DeliveryState
from crawler.archive.rows import clean, delivery_of
from crawler.archive.schema import alerts, deliveries

MAX_ERROR_CHARS = 500


def due(connection: Connection, now: datetime, limit: int) -> list[Delivery]:
    """Pending deliveries whose next attempt is due at `now`, the longest waiting first, at most `limit` of a channel.

    A channel that hangs piles up deliveries; they must not hide those of the others.
    """
    waiting = (deliveries.c.next_attempt, deliveries.c.id)
    place = func.row_number().over(partition_by=deliveries.c.channel, order_by=waiting).label("place")
    placed = select(deliveries.c.id, place).where(_pending(), deliveries.c.next_attempt <= now).subquery()
    first = select(placed.c.id).where(placed.c.place <= limit)
    return _rows(connection, _joined().where(deliveries.c.id.in_(first)).order_by(*waiting))


def listed(connection: Connection, state: DeliveryState | None, limit: int) -> list[Delivery]:
    """The newest deliveries, of one state or of all."""
    statement = _joined() if state is None else _joined().where(deliveries.c.state == state.value)
    return _rows(connection, statement.order_by(deliveries.c.id.desc()).limit(limit))


def one(connection: Connection, delivery_id: int) -> Delivery | None:
    """One delivery."""
    return next(iter(_rows(connection, _joined().where(deliveries.c.id == delivery_id))), None)


def of_alert(connection: Connection, alert_id: str) -> list[Delivery]:
    """The deliveries of one alert, one for each channel."""
    return _rows(connection, _joined().where(deliveries.c.alert_id == alert_id).order_by(deliveries.c.id))


def mark_sent(connection: Connection, delivery_id: int, now: datetime) -> bool:
    """Note a success. False when the delivery was settled before."""
    return _settle(connection, delivery_id, DeliveryState.SENT, now, "")


def mark_dead(connection: Connection, delivery_id: int, now: datetime, error: str) -> bool:
    """Give a delivery up. False when it was settled before."""
    return _settle(connection, delivery_id, DeliveryState.DEAD, now, error)


def mark_failed(connection: Connection, delivery_id: int, next_attempt: datetime, error: str) -> bool:
    """Note a failed attempt and when the next one is due. False when the delivery was settled before."""
    values = {"next_attempt": next_attempt, "last_error": _line(error)}
    return _change(connection, delivery_id, values | {"attempts": deliveries.c.attempts + 1})


def replay(connection: Connection, now: datetime, ids: Sequence[int] | None) -> int:
    """Make dead deliveries pending again, due at `now` with all their attempts; all dead ones when `ids` is None."""
    statement = update(deliveries).where(deliveries.c.state == DeliveryState.DEAD.value)
    if ids is not None:
        statement = statement.where(deliveries.c.id.in_(ids))
    fresh = {"state": DeliveryState.PENDING.value, "attempts": 0, "next_attempt": now, "settled": None}
    return connection.execute(statement.values(**fresh)).rowcount


def _settle(connection: Connection, delivery_id: int, state: DeliveryState, now: datetime, error: str) -> bool:
    values = {"state": state.value, "settled": now, "last_error": _line(error)}
    return _change(connection, delivery_id, values | {"attempts": deliveries.c.attempts + 1})


def _change(connection: Connection, delivery_id: int, values: dict[str, Any]) -> bool:
    statement = update(deliveries).where(deliveries.c.id == delivery_id, _pending()).values(**values)
    return connection.execute(statement).rowcount == 1


def _pending() -> Any:
    return deliveries.c.state == DeliveryState.PENDING.value


def _joined() -> Select[Any]:
    own = [c.label(f"delivery_{c.name}") for c in deliveries.c if c.name != "alert_id"]
    return select(*alerts.c, *own).join_from(deliveries, alerts)


def _rows(connection: Connection, statement: Select[Any]) -> list[Delivery]:
    return [delivery_of(row) for row in connection.execute(statement).mappings()]


def _line(error: str) -> str:
    return clean(" ".join(error.split()))[:MAX_ERROR_CHARS]
