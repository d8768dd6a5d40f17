"""The outbox: every delivery, stored with its alert, until it is sent or dead.

A delivery (alert, channel) waits until planning puts it into a message. The message is sent, retried and settled with
all its deliveries. Its id is decided here once and never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, FromClause, Select, delete, func, insert, select, update

from crawler.archive.model import Delivery, DeliveryState, Disabled, Due, OutgoingMessage, Queued, Silence
from crawler.archive.queries.alerts import alert_columns
from crawler.archive.tables import visible
from crawler.archive.tables.rows import clean, delivery_of, upsert
from crawler.archive.tables.schema import alerts, deliveries, disabled_channels, runs, silences
from crawler.health.canary import CANARY
from crawler.unanswered import is_unanswered

MAX_ERROR_CHARS = 500
HELD = "held until the channel is corrected: "  # the beginning of an error
LONGEST_WAIT = timedelta(hours=25)  # a day by Retry-After, by the last retry and by quiet hours, and some
MAX_WAITING = 2000  # of a channel, read for one planning

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]


class Outbox:
    """Deliveries in the archive; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    # From alerts to messages

    def waiting(self, limit: int = MAX_WAITING) -> list[Queued]:
        """Return deliveries that are in no message yet, longest waiting first, at most `limit` of a channel."""
        place = func.row_number().over(partition_by=deliveries.c.channel, order_by=deliveries.c.id).label("place")
        placed = select(deliveries.c.id, place).where(_PENDING, _WAITS).subquery()
        first = select(placed.c.id).where(placed.c.place <= limit)
        columns = (alerts.c[name] for name in ("id", "rule", "source", "story", "matched", "baseline"))
        statement = select(deliveries.c.id, deliveries.c.channel, *columns).join_from(deliveries, alerts)
        with self._read() as connection:
            rows = connection.execute(statement.where(deliveries.c.id.in_(first)).order_by(deliveries.c.id))
            return [Queued(*row) for row in rows]

    def bundle(self, message: str, form: str, ids: Sequence[int], now: datetime) -> int:
        """Put waiting deliveries into a message that is due immediately; return how many were still waiting."""
        values = {"message": message, "form": form, "created": now, "next_attempt": now}
        return self._update(deliveries.c.id.in_(ids) & _WAITS, values)

    def silence(self, ids: Sequence[int], now: datetime, reason: str) -> int:
        """Settle waiting deliveries as silenced; return how many were still waiting."""
        values = {"state": DeliveryState.SILENCED.value, "settled": now, "last_error": _line(reason)}
        return self._update(deliveries.c.id.in_(ids) & _WAITS, values)

    def created(self, channel: str, since: datetime, now: datetime) -> list[datetime]:
        """Return when the channel's messages were created, from `since` to `now`."""
        columns = (func.min(deliveries.c.created), deliveries.c.message)
        mine = (deliveries.c.channel == channel) & deliveries.c.created.between(since, now)
        with self._read() as connection:
            return [row[0] for row in connection.execute(select(*columns).where(mine).group_by(deliveries.c.message))]

    def last_created(self, channel: str, form: str, now: datetime) -> datetime | None:
        """Return when the channel's last message of this form was created, up to `now`."""
        mine = (deliveries.c.channel == channel) & (deliveries.c.form == form) & (deliveries.c.created <= now)
        with self._read() as connection:
            latest: datetime | None = connection.scalar(select(func.max(deliveries.c.created)).where(mine))
            return latest

    def first_runs(self) -> dict[str, datetime]:
        """Return when each source's first complete or partial crawl ended."""
        whole = runs.c.outcome.in_(("done", "partial")) & runs.c.finished.is_not(None)
        statement = select(runs.c.source, func.min(runs.c.finished)).where(whole).group_by(runs.c.source)
        with self._read() as connection:
            return {row[0]: row[1] for row in connection.execute(statement)}

    # Messages on their way

    def due(self, now: datetime, limit: int = 100) -> list[Due]:
        """Return messages whose next attempt is due, longest waiting first, at most `limit` of a channel.

        The limit keeps the backlog of a channel that hangs from hiding the messages of others. An attempt later than
        LONGEST_WAIT was planned by a clock that has been set back since: it is due too.
        """
        is_due = (deliveries.c.next_attempt <= now) | (deliveries.c.next_attempt > now + LONGEST_WAIT)
        first = func.min(deliveries.c.next_attempt)
        columns = (deliveries.c.channel, deliveries.c.message, func.max(deliveries.c.attempts).label("attempts"))
        place = func.row_number().over(partition_by=deliveries.c.channel, order_by=(first, deliveries.c.message))
        found = select(*columns, first.label("first"), place.label("place"))
        ready = found.where(_PENDING, ~_WAITS, is_due).group_by(*columns[:2]).subquery()
        statement = select(ready).where(ready.c.place <= limit).order_by(ready.c.first, ready.c.message)
        with self._read() as connection:
            return [Due(row.channel, row.message, row.attempts, row.first) for row in connection.execute(statement)]

    def message(self, channel: str, message: str) -> OutgoingMessage | None:
        """Return a message with the alerts that are still to be delivered; None if all of it is settled."""
        with self._read() as connection:
            found = _rows(connection, _joined().where(_of(channel, message), _PENDING).order_by(deliveries.c.id))
            created = connection.scalar(select(func.min(deliveries.c.created)).where(_of(channel, message)))
        if not found:
            return None
        first = found[0]
        pending = tuple(delivery.alert for delivery in found)
        return OutgoingMessage(
            channel, message, first.form, pending, first.attempts, first.next_attempt, created or first.next_attempt
        )

    def mark_sent(self, channel: str, message: str, now: datetime) -> int:
        """Record a success; return how many deliveries that settles, 0 if they were settled before."""
        return self._settle(channel, message, DeliveryState.SENT, now, "")

    def mark_dead(self, channel: str, message: str, now: datetime, error: str) -> int:
        """Mark a message as dead; `replay` revives it."""
        return self._settle(channel, message, DeliveryState.DEAD, now, error)

    def mark_failed(self, channel: str, message: str, next_attempt: datetime, error: str) -> int:
        """Record a failed attempt and when the next one is due; return 0 if the message was settled before."""
        values = {"next_attempt": next_attempt, "last_error": _line(error), "attempts": deliveries.c.attempts + 1}
        return self._update(_of(channel, message), values)

    def postpone(self, channel: str, message: str, until: datetime) -> int:
        """Move the next attempt; this does not count as an attempt."""
        return self._update(_of(channel, message), {"next_attempt": until})

    def hold(self, channel: str, message: str, until: datetime, error: str) -> int:
        """Let a message wait because the channel is misconfigured; this does not count as an attempt. See `release`."""
        return self._update(_of(channel, message), {"next_attempt": until, "last_error": _line(f"{HELD}{error}")})

    def release(self, channel: str, now: datetime) -> int:
        """Make the held messages of a channel due; return the number of deliveries."""
        return self._update((deliveries.c.channel == channel) & _HELD, {"next_attempt": now, "last_error": ""})

    def held(self, channel: str) -> str:
        """Return why messages of a channel are held, "" if none are."""
        mine = (deliveries.c.channel == channel) & _PENDING & _HELD
        with self._read() as connection:
            error: str | None = connection.scalar(select(deliveries.c.last_error).where(mine).limit(1))
        return (error or "").removeprefix(HELD)

    def retry_unreached(self, now: datetime, spread: timedelta, channel: str | None = None) -> int:
        """Make messages (of one channel) due within `spread` whose last attempt reached no host; return how many.

        Their retries start over: the network failed, not the receiver.
        """
        later = _PENDING & ~_WAITS & (deliveries.c.attempts > 0) & (deliveries.c.next_attempt > now + spread)
        if channel is not None:
            later &= deliveries.c.channel == channel
        columns = (deliveries.c.channel, deliveries.c.message, func.max(deliveries.c.last_error))
        chosen = select(*columns).where(later).group_by(*columns[:2])
        with self._write() as connection:
            found = [row for row in connection.execute(chosen) if is_unanswered(row[2])]
            for place, (to, message, _) in enumerate(found):
                values = {"next_attempt": now + spread * place / len(found), "attempts": 0}
                connection.execute(update(deliveries).where(_of(to, message), _PENDING).values(**values))
        return len(found)

    # For people

    def delivery(self, delivery_id: int) -> Delivery | None:
        """Return one delivery."""
        with self._read() as connection:
            return next(iter(_rows(connection, _shown().where(visible.deliveries.c.id == delivery_id))), None)

    def deliveries(
        self, *, state: DeliveryState | None = None, alert_id: str | None = None, limit: int = 100
    ) -> list[Delivery]:
        """Return the newest deliveries first; with `alert_id`, those of one alert."""
        shown = visible.deliveries
        statement = _shown() if state is None else _shown().where(shown.c.state == state.value)
        if alert_id is not None:
            statement = statement.where(shown.c.alert_id == alert_id)
        with self._read() as connection:
            return _rows(connection, statement.order_by(shown.c.id.desc()).limit(limit))

    def count(self, channel: str, state: DeliveryState) -> int:
        """Return the number of a channel's deliveries in this state."""
        mine = (deliveries.c.channel == channel) & (deliveries.c.state == state.value)
        with self._read() as connection:
            return connection.scalar(select(func.count()).select_from(deliveries).where(mine)) or 0

    def replay(self, now: datetime, *, alert_id: str | None = None, channel: str | None = None) -> int:
        """Make dead deliveries (all, or those of an alert or a channel) pending again, with all their attempts.

        The messages keep their ids and their bundles. Returns the number of deliveries.
        """
        chosen = (deliveries.c.state == DeliveryState.DEAD.value) & (deliveries.c.channel != CANARY)
        if channel is not None:
            chosen &= deliveries.c.channel == channel
        if alert_id is not None:
            chosen &= deliveries.c.message.in_(select(deliveries.c.message).where(deliveries.c.alert_id == alert_id))
        fresh = {"state": DeliveryState.PENDING.value, "attempts": 0, "next_attempt": now, "settled": None}
        with self._write() as connection:
            return connection.execute(update(deliveries).where(chosen).values(**fresh)).rowcount

    # Silences and closed channels

    def add_silence(self, what: str, name: str, until: datetime, now: datetime) -> None:
        """Stop the alerts of a rule, story or source until then."""
        with self._write() as connection:
            connection.execute(insert(silences).values(what=what, name=clean(name), until=until, created=now))

    def silences(self, now: datetime) -> list[Silence]:
        """Return the silences that are active at `now`."""
        columns = (silences.c.id, silences.c.what, silences.c.name, silences.c.until, silences.c.created)
        with self._read() as connection:
            rows = connection.execute(select(*columns).where(silences.c.until > now).order_by(silences.c.id))
            return [Silence(*row) for row in rows]

    def end_silences(self, what: str, name: str) -> int:
        """End the silences of a rule, story or source; return how many there were."""
        mine = (silences.c.what == what) & (silences.c.name == clean(name))
        with self._write() as connection:
            return connection.execute(delete(silences).where(mine)).rowcount

    def disable(self, channel: str, address: str, now: datetime, reason: str) -> None:
        """Disable this channel as long as it has this address."""
        values = {"channel": channel, "address": address, "since": now, "reason": _line(reason)}
        with self._write() as connection:
            upsert(connection, disabled_channels, values, key="channel")

    def enable(self, channel: str) -> bool:
        """Enable a channel again; return False if it was not disabled."""
        with self._write() as connection:
            return bool(
                connection.execute(delete(disabled_channels).where(disabled_channels.c.channel == channel)).rowcount
            )

    def disabled(self) -> dict[str, Disabled]:
        """Return the disabled channels, by id."""
        table = disabled_channels
        with self._read() as connection:
            rows = connection.execute(select(table.c.channel, table.c.address, table.c.since, table.c.reason))
            return {row[0]: Disabled(*row) for row in rows}

    def _settle(self, channel: str, message: str, state: DeliveryState, now: datetime, error: str) -> int:
        values = {"state": state.value, "settled": now, "last_error": _line(error)}
        return self._update(_of(channel, message), values | {"attempts": deliveries.c.attempts + 1})

    def _update(self, which: ColumnElement[bool], values: dict[str, Any]) -> int:
        with self._write() as connection:
            return connection.execute(update(deliveries).where(which, _PENDING).values(**values)).rowcount


_PENDING = deliveries.c.state == DeliveryState.PENDING.value
_WAITS = deliveries.c.message == ""
_HELD = deliveries.c.last_error.startswith(HELD, autoescape=True)


def _of(channel: str, message: str) -> ColumnElement[bool]:
    return (deliveries.c.channel == channel) & (deliveries.c.message == message)


def _joined(deliveries: FromClause = deliveries, alerts: FromClause = alerts) -> Select[Any]:
    own = [c.label(f"delivery_{c.name}") for c in deliveries.c if c.name != "alert_id"]
    both = deliveries.join(alerts, alerts.c.id == deliveries.c.alert_id)
    return select(*alert_columns(alerts), *own).select_from(both)


def _shown() -> Select[Any]:
    """Return the same without the canary."""
    return _joined(visible.deliveries, visible.alerts)


def _rows(connection: Connection, statement: Select[Any]) -> list[Delivery]:
    return [delivery_of(row) for row in connection.execute(statement).mappings()]


def _line(error: str) -> str:
    return clean(" ".join(error.split()))[:MAX_ERROR_CHARS]
