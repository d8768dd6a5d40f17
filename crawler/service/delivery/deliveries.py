"""Deliveries: messages are planned from the outbox, and each attempt at sending one is a task of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from docket import Docket

from crawler.archive import OutgoingMessage
from crawler.archive.queries.latency import AT_ONCE as AT_ONCE_FORMS
from crawler.archive.queries.outbox import LONGEST_WAIT
from crawler.config import Channel
from crawler.config.hidden import HIDDEN_CHANNEL
from crawler.errors import NotifyError, StateError, WirewatchError
from crawler.health.canary import CANARY
from crawler.notify import Dispatch, Form, Sender, Templates, next_attempt, sender_for
from crawler.notify.canary import CanarySender
from crawler.observe import metrics
from crawler.observe.noting import took
from crawler.pipelines.match import NEW
from crawler.runtime import Runtime
from crawler.schedule.local_time import quiet_until
from crawler.service.delivery.planning import address_key, closed_channels, plan_all, policy_of, urgent_rules
from crawler.service.worker.tasks import DELIVER, add_delivery
from crawler.state import LeaderLease
from crawler.state.keys import LEADER_RENEW_S

AFTER_MORE = timedelta(seconds=1)
HOLD = timedelta(hours=1)  # until a misconfigured channel is tried again, unless it is corrected before
SPREAD = timedelta(seconds=20)  # in which a channel that works again sends what could not reach it
AT_ONCE = 2  # messages of one channel; 1 while it fails

_log = logging.getLogger(__name__)


class Deliveries:
    """Sends the messages of the outbox. A channel that fails never delays another.

    Several processes may send; the one that holds `lease` plans the messages. `write` receives the lines of `terminal:`
    channels; `due` is set when there may be more to send; `home` is the public address of our page, "" for none.
    """

    def __init__(
        self,
        runtime: Runtime,
        queue: Docket,
        write: Callable[[str], None],
        due: asyncio.Event,
        lease: LeaderLease,
        home: str = "",
    ) -> None:
        self._runtime = runtime
        self._queue = queue
        self._write = write
        self._due = due
        self._lease = lease
        self._home = home

        async def deliver(channel: str, message: str) -> None:
            await self.deliver(channel, message)

        queue.register(deliver, names=[DELIVER])
        self._senders: dict[str, tuple[Channel, Sender]] = {}
        self._templates = Templates()
        self._failing: set[str] = set()
        self._known: Mapping[str, Channel] = {}  # the channels of the last sweep
        self._rng = random.Random()  # noqa: S311  jitter, no secret

    async def run(self) -> None:
        """Plan and queue messages whenever there may be some to send; never return."""
        try:
            while True:
                await self._wait(await self._swept())
        finally:
            with contextlib.suppress(StateError):  # then the lease expires
                await self._lease.release()

    async def _swept(self) -> datetime | None:
        self._due.clear()
        try:
            return await self.sweep() if await self._lease.hold() else None
        except WirewatchError as error:
            _log.warning("deliveries postponed: %s", error)
            return None

    async def _wait(self, again: datetime | None) -> None:
        wait_s = (again - self._runtime.now()).total_seconds() if again else LEADER_RENEW_S
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._due.wait(), min(LEADER_RENEW_S, max(0.05, wait_s)))

    async def sweep(self) -> datetime | None:
        """Plan messages and queue those that are due; return when to sweep again, None: when there is a new alert."""
        archive, now, watch = self._runtime.archive, self._runtime.now(), self._runtime.watch
        outbox = archive.sync.outbox
        await self._release_corrected(watch.channel_by_id)
        again = await archive.call(plan_all, outbox, watch, now)
        closed = await archive.call(closed_channels, outbox, watch)
        seen: Counter[str] = Counter()
        ready = await archive.call(outbox.due, now, AT_ONCE)
        for due in ready:
            seen[due.channel] += 1
            if due.channel not in closed and seen[due.channel] <= (1 if due.channel in self._failing else AT_ONCE):
                await add_delivery(self._queue, due)
        soon = now + AFTER_MORE  # another process may send these, and the channel may have more
        return min(again or soon, soon) if ready else again

    async def _release_corrected(self, channels: Mapping[str, Channel]) -> None:
        """Make the held messages of channels due that have changed; after a start, of all channels."""
        archive, now = self._runtime.archive, self._runtime.now()
        for name, channel in channels.items():
            if self._known.get(name) != channel:
                await archive.call(archive.sync.outbox.release, name, now)
        self._known = channels

    async def deliver(self, channel_id: str, message: str) -> None:
        """Try to send one message. Does nothing if it is settled already."""
        archive, now = self._runtime.archive, self._runtime.now()
        outbox = archive.sync.outbox
        outgoing = await archive.call(outbox.message, channel_id, message)
        if outgoing is None or now < outgoing.next_attempt <= now + LONGEST_WAIT:
            return
        if channel_id == CANARY:
            await self._deliver_canary(outgoing)
            return
        channel = self._runtime.watch.channel_by_id.get(channel_id)
        if channel is None:
            error = "the channel is no longer in the watch file"
            metrics.DELIVERIES.labels("gone", "dead").inc()
            await archive.call(outbox.mark_dead, channel_id, message, now, error)
            return
        if await self._held(channel, outgoing, now):
            return
        kind = kind_of(channel)
        try:
            with metrics.DELIVERY.labels(kind).time():
                sender = await self._sender(channel)
                await sender.send(await self._dispatch(channel, outgoing))
        except NotifyError as error:
            await self._failed(channel, outgoing, error)
        else:
            sent = self._runtime.now()
            await archive.call(outbox.mark_sent, channel_id, message, sent)
            if channel_id in self._failing:  # what failed with it need not wait for hours
                self._failing.discard(channel_id)
                await archive.call(outbox.retry_unreached, sent, SPREAD, channel_id)
            metrics.DELIVERIES.labels(kind, "sent").inc()
            observe_latency(outgoing, sent)
        self._due.set()

    async def _deliver_canary(self, outgoing: OutgoingMessage) -> None:
        """Send the canary to its hidden channel, which receives it here: the receipt is that it was sent."""
        archive, now = self._runtime.archive, self._runtime.now()
        outbox, sender = archive.sync.outbox, CanarySender()
        try:
            await sender.send(await self._dispatch(HIDDEN_CHANNEL, outgoing))
        except NotifyError as error:
            again = next_attempt(outgoing.attempts + 1, now, self._rng, timedelta(0))
            if again is not None:
                await archive.call(outbox.mark_failed, CANARY, outgoing.id, again, str(error))
        else:
            await archive.call(outbox.mark_sent, CANARY, outgoing.id, self._runtime.now())

    async def close(self) -> None:
        """Close the senders and templates."""
        for _, sender in self._senders.values():
            await sender.close()
        await self._templates.close()

    async def _held(self, channel: Channel, outgoing: OutgoingMessage, now: datetime) -> bool:
        """Return whether nothing may be sent now: the channel was paused or closed, or has quiet hours."""
        archive, policy = self._runtime.archive, policy_of(channel)
        if channel.id in await archive.call(closed_channels, archive.sync.outbox, self._runtime.watch):
            return True
        rules = urgent_rules(self._runtime.watch)
        urgent = any(alert.rule in rules for alert in outgoing.alerts)
        if policy.quiet is None or not policy.holds(now, urgent=urgent):
            return False
        until = quiet_until(now, policy.quiet, policy.zone)
        await archive.call(archive.sync.outbox.postpone, channel.id, outgoing.id, until)
        return True

    async def _dispatch(self, channel: Channel, outgoing: OutgoingMessage) -> Dispatch:
        text = ""
        if channel.template:
            try:
                text = await self._templates.render(channel.id, channel.template, outgoing.alerts)
            except NotifyError as error:  # the alert is sent anyway
                _log.warning("%s; sending the standard text", error)
        return Dispatch(outgoing.id, Form(outgoing.form), outgoing.alerts, outgoing.created, text, self._home)

    async def _sender(self, channel: Channel) -> Sender:
        known = self._senders.get(channel.id)
        if known is not None and known[0] == channel:
            return known[1]
        if known is not None:
            await known[1].close()
        try:
            sender = sender_of(channel, write=self._write, now=self._runtime.now)
        except NotifyError as error:
            error.misconfigured = True
            raise
        self._senders[channel.id] = (channel, sender)
        return sender

    async def _failed(self, channel: Channel, outgoing: OutgoingMessage, error: NotifyError) -> None:
        archive, now = self._runtime.archive, self._runtime.now()
        outbox = archive.sync.outbox
        self._failing.add(channel.id)
        pause = timedelta(seconds=error.retry_after_s)
        if error.misconfigured:
            _log.warning("%s; its deliveries wait until the channel is corrected", error)
            metrics.DELIVERIES.labels(kind_of(channel), "held").inc()
            corrected = self._runtime.watch.channel_by_id.get(channel.id) != channel
            await archive.call(outbox.hold, channel.id, outgoing.id, now if corrected else now + HOLD, str(error))
            return
        again = next_attempt(outgoing.attempts + 1, now, self._rng, pause) if error.retryable else None
        if error.gone:
            _log.warning("%s; channel closed (reopen it with `wirewatch channels open %s`)", error, channel.id)
            await archive.call(outbox.disable, channel.id, address_key(channel), now, error.message)
        metrics.DELIVERIES.labels(kind_of(channel), "dead" if again is None else "retried").inc()
        if again is None:
            _log.warning("delivery failed permanently: %s (see `wirewatch alerts dead`)", error)
            await archive.call(outbox.mark_dead, channel.id, outgoing.id, now, str(error))
        else:
            _log.warning("%s; next attempt at %s", error, f"{again:%H:%M:%S} UTC")
            await archive.call(outbox.mark_failed, channel.id, outgoing.id, again, str(error))


def kind_of(channel: Channel) -> str:
    """Return the scheme of the channel's address: the kind of service, which is not secret."""
    return channel.url.get_secret_value().partition(":")[0].lower()


def observe_latency(outgoing: OutgoingMessage, sent: datetime) -> None:
    """Record the latency of the new alerts in a message, unless it waited for a digest."""
    if outgoing.form in AT_ONCE_FORMS:
        for alert in outgoing.alerts:
            if alert.kind == NEW and not alert.baseline:
                took("matched_to_sent", alert.matched, sent)
                took("listed_to_sent", alert.listed, sent)


def sender_of(channel: Channel, *, write: Callable[[str], object], now: Callable[[], datetime]) -> Sender:
    """Return the sender of a channel of the watch file. Raises NotifyError."""
    return sender_for(
        channel.id,
        channel.url.get_secret_value(),
        write=write,
        zone=ZoneInfo(channel.timezone),
        secrets=[secret.get_secret_value() for secret in channel.secrets],
        private=channel.private,
        now=now,
    )
