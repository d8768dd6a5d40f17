"""Deliveries: each attempt is a task of its own; what a crash left behind is swept up."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from zoneinfo import ZoneInfo

from docket import Docket

from crawler.archive import Delivery
from crawler.errors import NotifyError
from crawler.notify import Sender, next_attempt, sender_for
from crawler.runtime import Runtime
from crawler.service.tasks import add_delivery

SWEEP_S = 5.0

_log = logging.getLogger(__name__)


class Deliveries:
    """Sends what the outbox holds. One channel that fails never delays another."""

    def __init__(self, runtime: Runtime, queue: Docket, write: Callable[[str], None]) -> None:
        self._runtime = runtime
        self._queue = queue
        self._write = write
        self._senders: dict[str, tuple[tuple[str, str], Sender]] = {}
        self._rng = random.Random()  # noqa: S311  jitter, no secret

    async def sweep(self) -> None:
        """Queues every delivery that is due; those already queued stay as they are."""
        desk = self._runtime.desk
        for delivery in await desk.call(desk.archive.due_deliveries, self._runtime.now()):
            await add_delivery(self._queue, delivery.id, delivery.attempts)

    async def deliver(self, delivery_id: int) -> None:
        """One attempt at one delivery. A delivery that is settled already is left alone."""
        desk = self._runtime.desk
        delivery = await desk.call(desk.archive.delivery, delivery_id)
        if delivery is None or delivery.settled is not None:
            return
        try:
            sender = await self._sender(delivery.channel)
            await sender.send(delivery.alert)
        except NotifyError as error:
            await self._failed(delivery, error)
        else:
            await desk.call(desk.archive.mark_sent, delivery_id, self._runtime.now())

    async def _sender(self, channel_id: str) -> Sender:
        channel = self._runtime.watch.channel_by_id.get(channel_id)
        if channel is None:
            raise NotifyError("no such channel in the watch file any more", retryable=False, subject=channel_id)
        key = (channel.url.get_secret_value(), channel.timezone)
        known = self._senders.get(channel_id)
        if known is not None and known[0] == key:
            return known[1]
        if known is not None:
            await known[1].close()
        sender = sender_for(channel_id, key[0], write=self._write, zone=ZoneInfo(channel.timezone))
        self._senders[channel_id] = (key, sender)
        return sender

    async def close(self) -> None:
        """Releases what the senders hold."""
        for _, sender in self._senders.values():
            await sender.close()

    async def _failed(self, delivery: Delivery, error: NotifyError) -> None:
        desk, now = self._runtime.desk, self._runtime.now()
        again = next_attempt(delivery.attempts + 1, now, self._rng) if error.retryable else None
        if again is None:
            _log.warning("given up: %s (`wirewatch alerts` lists it)", error)
            await desk.call(desk.archive.mark_dead, delivery.id, now, str(error))
        else:
            _log.warning("%s; next attempt at %s", error, f"{again:%H:%M:%S} UTC")
            await desk.call(desk.archive.mark_failed, delivery.id, again, str(error))
