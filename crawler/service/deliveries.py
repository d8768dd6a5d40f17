"""Deliveries: each attempt is a task of its own; what a crash left behind is swept up."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable

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
        self._senders: dict[str, tuple[str, Sender]] = {}
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
            await self._sender(delivery.channel).send(delivery.alert)
        except NotifyError as error:
            await self._failed(delivery, error)
        else:
            await desk.call(desk.archive.mark_sent, delivery_id, self._runtime.now())

    def _sender(self, channel_id: str) -> Sender:
        channel = self._runtime.watch.channel_by_id.get(channel_id)
        if channel is None:
            raise NotifyError("no such channel in the watch file any more", retryable=False, subject=channel_id)
        url = channel.url.get_secret_value()
        known = self._senders.get(channel_id)
        if known is None or known[0] != url:
            known = (url, sender_for(channel_id, url, write=self._write))
            self._senders[channel_id] = known
        return known[1]

    async def _failed(self, delivery: Delivery, error: NotifyError) -> None:
        desk, now = self._runtime.desk, self._runtime.now()
        again = next_attempt(delivery.attempts + 1, now, self._rng) if error.retryable else None
        if again is None:
            _log.warning("given up: %s (`wirewatch alerts` lists it)", error)
            await desk.call(desk.archive.mark_dead, delivery.id, now, str(error))
        else:
            _log.warning("%s; next attempt at %s", error, f"{again:%H:%M:%S} UTC")
            await desk.call(desk.archive.mark_failed, delivery.id, again, str(error))
